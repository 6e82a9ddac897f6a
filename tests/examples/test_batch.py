"""The example of a batch: its objects on a real API server, and its program with a real engine, on the CPU."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from neuronserve.components.llm_service.job_cluster import ENGINES_VARIABLE
from tests.applicable import applicable
from tests.examples.planning import planned
from tests.examples.test_plans import EXAMPLES, PROGRAMS
from tests.kubernetes_api import KubernetesApi

ENGINES = {
    "settings": {"accelerator": "cpu", "model": "smollm2-135m-instruct", "max_model_len": 512, "max_num_seqs": 4},
    "actorOptions": {"num_cpus": 1},
    "number": 1,
}
PROMPTS = {"1": "What is the capital of Japan?", "2": "What is the capital of Egypt?"}
"""Of other countries the model is in two minds, and processors differ in how they round."""
TIMEOUT_S = 500


def test_a_server_takes_the_job_and_its_namespace_the_pods(kubeconfig: str) -> None:
    *before, job = applicable(planned(PROGRAMS["batch"]))
    assert job["kind"] == "RayJob"
    api = KubernetesApi(kubeconfig)
    with api.applied(before):
        spec = api.apply(job, dry_run=True).spec.to_dict()
        assert spec["submissionMode"] == "HTTPMode"
        cluster = spec["rayClusterSpec"]
        for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"]):
            metadata = {**group["template"]["metadata"], "name": "pod", "namespace": "batch"}
            pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": group["template"]["spec"]}
            api.apply(pod, dry_run=True)


def answered(prompts: Path, answers: Path) -> str:
    environment = {
        **os.environ,
        "PYTHONPATH": str(EXAMPLES.parent),
        "RAY_USAGE_STATS_ENABLED": "0",
        "VLLM_CPU_OMP_THREADS_BIND": "nobind",
        ENGINES_VARIABLE: json.dumps(ENGINES),
    }
    command = [sys.executable, EXAMPLES / "batch" / "answer.py", prompts, answers]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=TIMEOUT_S, check=False)
    assert not done.returncode, done.stdout + done.stderr
    return done.stdout + done.stderr


@pytest.mark.server
@pytest.mark.timeout(2 * TIMEOUT_S)
def test_prompts_are_answered_once(tmp_path: Path) -> None:
    prompts, answers = tmp_path / "prompts.jsonl", tmp_path / "answers"
    answers.mkdir()
    prompts.write_text("".join(json.dumps({"id": key, "prompt": text}) + "\n" for key, text in PROMPTS.items()))
    said = answered(prompts, answers)
    assert not [text for text in PROMPTS.values() if text in said]
    (file,) = answers.iterdir()
    found = {one["id"]: one["answer"] for one in map(json.loads, file.read_text().splitlines())}
    assert "Tokyo" in found["1"]
    assert "Cairo" in found["2"]

    written = file.stat().st_mtime_ns
    answered(prompts, answers)
    assert (file.stat().st_mtime_ns, [*answers.iterdir()]) == (written, [file])
