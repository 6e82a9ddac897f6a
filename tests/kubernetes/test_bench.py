"""`neuronserve bench --in-cluster`: guidellm in a Job beside the service, and nothing left of it.

Its image is built here, from the pinned packages; that of guidellm's makers lies in a registry.
"""

import base64
import contextlib
import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from tests.kubernetes.conftest import Note
from tests.kubernetes.image import BENCH_DOCKERFILE, BENCH_NAME, image_archive
from tests.kubernetes.kubectl import Kubectl, eventually
from tests.kubernetes.local_stack import KEY, NAMESPACE, LocalStack
from tests.kubernetes.throw_away import Cluster
from tests.project import ROOT

SMALL = ("--input-tokens", "60", "--input-stddev", "5", "--output-tokens", "20", "--output-stddev", "3")
LABEL = "app.kubernetes.io/name=neuronserve-bench"
TOLD_S = 240
"""Until the first answer is told of: guidellm starts on the processors on which the engine runs."""
GONE_S = 30


@pytest.fixture(scope="module")
def bench_image(image: None, cluster: Cluster, note: Note) -> str:
    """An image with guidellm, in the cluster's nodes."""
    began = time.monotonic()
    archive = image_archive(cluster.base, BENCH_NAME, BENCH_DOCKERFILE)
    cluster.load(archive)
    note("guidellm's image", f"{archive.stat().st_size / 1e9:.2f} GB, loaded after {time.monotonic() - began:.0f} s")
    return BENCH_NAME


@dataclass
class Run:
    """The command while it runs, and what was seen of it."""

    process: "subprocess.Popen[bytes]"
    kubectl: Kubectl
    folder: Path
    objects: str = ""
    """All that the cluster held of it, as JSON, each time that somebody looked."""
    kinds: set[str] = field(default_factory=set)

    def look(self) -> list[dict[str, Any]]:
        """Return the objects that there are now."""
        found = self.kubectl.get("jobs,configmaps,pods", "-n", NAMESPACE, "-l", LABEL)["items"]
        self.objects += json.dumps(found)
        self.kinds |= {one["kind"] for one in found}
        return list(found)

    def pod(self) -> str | None:
        """Return the Job's pod, once it runs."""
        pods = [one for one in self.look() if one["kind"] == "Pod" and one["status"].get("phase") != "Pending"]
        return str(pods[0]["metadata"]["name"]) if pods else None

    def said(self) -> str:
        """Return what the command has written."""
        return "".join((self.folder / name).read_text() for name in ("stdout", "stderr"))

    def steps(self) -> dict[int, tuple[dict[str, Any], list[dict[str, Any]]]]:
        """Return summary and responses of each number of users."""
        found = {}
        for file in self.folder.glob("bench-results/*/*_summary.json"):
            values = json.loads(file.read_text())
            records = json.loads(Path(str(file).replace("_summary", "_individual_responses")).read_text())
            found[values["num_concurrent_requests"]] = values, records
        return found

    def leaves_nothing(self) -> None:
        """Fail unless the Job and its ConfigMap have gone with the command, and the pod soon after."""
        assert {one["kind"] for one in self.look()} <= {"Pod"}
        eventually("the pod has gone", lambda: not self.look(), GONE_S)


@contextlib.contextmanager
def bench(kubectl: Kubectl, folder: Path, *words: str) -> Iterator[Run]:
    """Start the command, as a person does who has a kubeconfig and no key."""
    command = [sys.executable, "-m", "neuronserve.cli", "bench", "--stack", "local", "--project", str(ROOT)]
    command += ["--in-cluster", "--kubeconfig", kubectl.kubeconfig, *SMALL, *words]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    with (
        (folder / "stdout").open("wb") as out,
        (folder / "stderr").open("wb") as err,
        subprocess.Popen(command, cwd=folder, env=environment, stdout=out, stderr=err) as process,
    ):
        try:
            yield Run(process, kubectl, folder)
        finally:
            process.kill()


def test_a_run_and_nothing_left_of_it(
    stack: LocalStack, kubectl: Kubectl, bench_image: str, note: Note, tmp_path: Path
) -> None:
    stack.wait_until_ready()
    began = time.monotonic()
    with bench(kubectl, tmp_path, "--image", bench_image, "--users", "1,2", "--requests-per-user", "3") as run:
        pod = eventually("the pod runs", run.pod, TOLD_S, run.said)
        log = kubectl("logs", "--follow", pod, "-n", NAMESPACE, "-c", "bench", seconds=2 * TOLD_S)
        run.look()
        code = run.process.wait(TOLD_S)
        run.leaves_nothing()
    assert code == 0, run.said()
    note("bench --in-cluster, 1 and 2 users, 9 requests", f"{time.monotonic() - began:.0f} s")
    steps = run.steps()
    assert {users: len(records) for users, (_, records) in steps.items()} == {1: 3, 2: 6}
    for users, (values, records) in steps.items():
        assert values["results_num_completed_requests"] == len(records)
        assert values["results_number_errors"] == 0
        assert values["generator"] == "guidellm 0.8.1"
        assert all(10 < record["number_output_tokens"] < 30 for record in records)
        assert all(0 < record["ttft_s"] < record["end_to_end_latency_s"] for record in records)
        speed = values["results_mean_output_throughput_token_per_s"]
        note(f"  {users} users", f"first token {values['results_ttft_s_mean']:.2f} s, {speed:.1f} tokens a second")
    (folder,) = (tmp_path / "bench-results").iterdir()
    assert {"report.html", "report.md", "report.png"} < {file.name for file in folder.iterdir()}
    assert run.kinds == {"Job", "ConfigMap", "Pod"}
    assert log.count('"response"') == 9
    written = b"".join(file.read_bytes() for file in folder.iterdir()).decode(errors="replace")
    events = kubectl("get", "events", "-n", NAMESPACE, "--output", "json")
    for key in (KEY, base64.b64encode(KEY.encode()).decode()):
        assert key not in run.objects + log + run.said() + written + events


def test_ctrl_c_takes_the_job_along_and_keeps_what_is_done(
    stack: LocalStack, kubectl: Kubectl, bench_image: str, tmp_path: Path
) -> None:
    stack.wait_until_ready()
    with bench(kubectl, tmp_path, "--image", bench_image, "--users", "2", "--requests-per-user", "200") as run:
        pod = eventually("the pod runs", run.pod, TOLD_S, run.said)
        log = ("logs", pod, "-n", NAMESPACE, "-c", "bench")
        eventually("answers come", lambda: kubectl(*log).count('"response"') > 3, TOLD_S, run.said)
        run.process.send_signal(signal.SIGINT)
        code = run.process.wait(TOLD_S)
        run.leaves_nothing()
    assert code == 130, run.said()
    assert "Stopped." in run.said()
    values, records = run.steps()[2]
    assert values["is_whole"] is False
    assert 3 <= len(records) < 400
    assert not any(record["error_code"] for record in records)


def test_what_a_killed_command_leaves_goes_with_its_job(
    stack: LocalStack, kubectl: Kubectl, bench_image: str, tmp_path: Path
) -> None:
    with bench(kubectl, tmp_path, "--image", bench_image, "--users", "1", "--requests-per-user", "200") as run:
        pod = eventually("the pod runs", run.pod, TOLD_S, run.said)
        run.process.kill()
        run.process.wait(TOLD_S)
        assert run.pod() == pod
        kubectl("delete", "jobs", "-n", NAMESPACE, "-l", LABEL)
        eventually("all has gone", lambda: not run.look(), GONE_S)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--image", "localhost/neuronserve:not-there"), "cannot start: ErrImagePull"),
        (("--image", "localhost/neuronserve:cpu"), "failed: .*(python|guidellm)"),
        (("--image", BENCH_NAME, "--tokenizer", "/not-there"), "The load generator failed: /not-there is no folder"),
    ],
)
def test_what_cannot_start_says_why(  # noqa: PLR0917
    stack: LocalStack, kubectl: Kubectl, bench_image: str, tmp_path: Path, words: tuple[str, ...], says: str
) -> None:
    with bench(kubectl, tmp_path, *words) as run:
        code = run.process.wait(TOLD_S)
        run.leaves_nothing()
    assert code == 1, run.said()
    assert re.search(says, " ".join(run.said().split())), run.said()
    assert not run.steps()
