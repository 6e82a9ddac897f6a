"""The load generator as a Job: what it is, that a real API server takes it, and how its log is read."""

import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from neuronserve.bench import generator
from neuronserve.bench.events import GeneratorError
from neuronserve.bench.job import IMAGE, TOKENIZER, Place, objects
from neuronserve.bench.load import Load
from neuronserve.cli import bench_job
from neuronserve.cli.bench_job import running_in_cluster
from neuronserve.facts import pod_security
from neuronserve.status.kubeconfig import api_client
from tests.answering import PAGES
from tests.bench.api_server import UID, Pod, serving
from tests.kubernetes_api import KubernetesApi
from tests.project import ROOT

NAMESPACE = "bench"
PLACE = Place(NAMESPACE, "llm", ("llm-api-key", "api-key"), ("llm-hugging-face-token", "token"))
LOAD = generator.specification(Load(), "http://llm-serve-svc.bench.svc.cluster.local:8000/v1", "llama", "owner/llama")


def test_the_job_reads_the_key_from_the_secret() -> None:
    job, config_map = objects("a", PLACE, LOAD, 100)
    (container,) = job["spec"]["template"]["spec"]["containers"]
    variables = {one["name"]: one for one in container["env"]}
    assert variables[generator.KEY_VARIABLE]["valueFrom"]["secretKeyRef"] == {"name": "llm-api-key", "key": "api-key"}
    assert variables["HF_TOKEN"]["valueFrom"]["secretKeyRef"]["name"] == "llm-hugging-face-token"
    assert json.loads(config_map["data"]["load.json"])["model"] == "llama"
    assert config_map["data"]["guidellm_runner.py"] == generator.RUNNER.read_text()
    without, _ = objects("a", Place(NAMESPACE, "llm", None), LOAD, 100)
    assert [one["name"] for one in without["spec"]["template"]["spec"]["containers"][0]["env"]] == ["PATH", "HF_HOME"]


def test_the_tokenizer_of_a_model_in_the_services_image_is_copied(tmp_path: Path) -> None:
    model = tmp_path / "model"
    model.mkdir()
    for name in ("config.json", "tokenizer.json", "model.safetensors"):
        (model / name).touch()
    job, _ = objects("a", replace(PLACE, model=("image", str(model))), LOAD, 100)
    (copying,) = job["spec"]["template"]["spec"]["initContainers"]
    assert copying["image"] == "image"
    assert "env" not in copying
    *_, program, name = copying["command"]
    copied = tmp_path / "copied"
    subprocess.run([sys.executable, "-c", program.replace(TOKENIZER, str(copied)), name], check=True, cwd=ROOT)
    assert sorted(file.name for file in copied.iterdir()) == ["config.json", "tokenizer.json"]


@pytest.fixture(scope="module")
def api(kubeconfig: str) -> Iterator[KubernetesApi]:
    api = KubernetesApi(kubeconfig)
    labels = dict.fromkeys(pod_security.LABELS, "restricted")
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE, "labels": labels}}
    with api.applied([namespace]):
        yield api


def test_a_restricted_namespace_takes_it(api: KubernetesApi) -> None:
    job, config_map = objects("a", replace(PLACE, model=("image", "model")), LOAD, 100)
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "a", "namespace": NAMESPACE},
        "spec": job["spec"]["template"]["spec"],
    }
    for manifest in (job, config_map, pod):
        api.apply(manifest, dry_run=True)


EVENTS = "".join(json.dumps({"event": "response", "number": number}) + "\n" for number in range(20))


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_job, "LOOK_AGAIN_S", 0.01)


def read(pod: Pod, lines: int | None = None) -> list[str]:
    with (
        serving(pod) as kubeconfig,
        running_in_cluster(api_client(kubeconfig), PLACE, LOAD, 100, IMAGE) as log,
    ):
        return [line for _, line in zip(range(lines or 10**6), log, strict=False)]


def test_the_log_is_read_and_both_objects_go(capsys: pytest.CaptureFixture[str]) -> None:
    pod = Pod(["Pending", "Running", "Running", "Succeeded"], EVENTS)
    assert read(pod) == EVENTS.splitlines()
    assert pod.made.keys() == pod.deleted == {"Job", "ConfigMap"}
    assert capsys.readouterr().err == ""
    assert pod.made["Job"]["metadata"]["name"] == pod.made["ConfigMap"]["metadata"]["name"]
    (owner,) = pod.made["ConfigMap"]["metadata"]["ownerReferences"]
    assert (owner["kind"], owner["uid"]) == ("Job", UID)


def test_a_connection_that_breaks_off_loses_and_doubles_nothing() -> None:
    pod = Pod(["Running", "Running", "Running", "Running", "Succeeded"], EVENTS, cut=[0, 50, 51])
    assert read(pod) == EVENTS.splitlines()


def test_both_objects_go_when_the_reader_stops() -> None:
    pod = Pod(["Running"], EVENTS)
    assert len(read(pod, lines=3)) == 3
    assert pod.deleted == {"Job", "ConfigMap"}


def test_a_pod_that_fails_says_how() -> None:
    pod = Pod(["Running", "Failed"], EVENTS, container={"terminated": {"exitCode": 137, "reason": "OOMKilled"}})
    with pytest.raises(GeneratorError, match="pod bench-1 failed: OOMKilled 137"):
        read(pod)
    assert pod.deleted == {"Job", "ConfigMap"}


def test_a_container_that_never_started_has_no_log_and_says_why() -> None:
    ended = {"exitCode": 128, "reason": "StartError", "message": 'cannot run:\nexec: "python": not found'}
    pod = Pod(["Failed"], log=None, container={"terminated": ended})
    with pytest.raises(GeneratorError, match='pod bench-1 failed: StartError 128: exec: "python": not found'):
        read(pod)
    assert pod.deleted == {"Job", "ConfigMap"}


def test_an_image_that_is_not_there_ends_the_wait() -> None:
    pod = Pod(["Pending"], container={"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}})
    with pytest.raises(GeneratorError, match="pod bench-1 cannot start: ImagePullBackOff: no such image"):
        read(pod)


def test_a_pod_without_room_is_told_of_once_and_waited_for() -> None:
    message = "0/1 nodes are available: 1 Insufficient cpu."
    pod = Pod(["Pending", "Pending", "Pending", "Running", "Succeeded"], EVENTS, unschedulable=message)
    waiting, *events = read(pod)
    assert json.loads(waiting) == {"event": "waiting", "message": f"pod bench-1 has no room: {message}"}
    assert events == EVENTS.splitlines()


def test_a_pod_that_never_starts_says_what_it_waits_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bench_job, "START_S", 0.1)
    pod = Pod(["Pending"], container={"waiting": {"reason": "ContainerCreating"}})
    with pytest.raises(GeneratorError, match="has not started for 0.1 s: ContainerCreating"):
        read(pod)


FORBIDDEN = (403, "jobs.batch is forbidden: User nobody cannot create it")
UNDELETABLE = {
    "delete Job": (403, "jobs.batch is forbidden: User nobody cannot delete it."),
    "delete ConfigMap": (403, "configmaps is forbidden: User nobody cannot delete it"),
}


def stays(pod: Pod, *kinds: str) -> list[str]:
    """Return patterns of what is told of objects that stay."""
    name = pod.made["Job"]["metadata"]["name"]
    goes = {"Job": "an hour after it has ended", "ConfigMap": "with its Job"}
    return [
        rf"{kind} {name} in namespace bench stays: http://127\.0\.0\.1:\d+ answers 403 Forbidden: \w+(\.batch)? is "
        rf"forbidden: User nobody cannot delete it\. Kubernetes deletes it {goes[kind]}, "
        rf"or: kubectl delete {kind.lower()} {name} -n bench"
        for kind in kinds
    ]


def assert_told(capsys: pytest.CaptureFixture[str], patterns: list[str]) -> None:
    told = capsys.readouterr().err.splitlines()
    assert len(told) == len(patterns), told
    for line, pattern in zip(told, patterns, strict=True):
        assert re.fullmatch(pattern, line), line


def test_a_user_who_may_not_make_jobs_is_told_so_and_leaves_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    pod = Pod(["Pending"], refuse={"Job": FORBIDDEN, **UNDELETABLE})
    with pytest.raises(GeneratorError, match="answers 403 Forbidden: jobs.batch is forbidden: User nobody cannot cre"):
        read(pod)
    assert pod.made.keys() == pod.deleted == set()
    assert pod.asked_to_delete == []
    assert_told(capsys, [])


def test_of_what_is_half_made_only_that_is_deleted() -> None:
    pod = Pod(["Pending"], refuse={"ConfigMap": (403, "configmaps is forbidden"), "delete ConfigMap": (403, "no")})
    with pytest.raises(GeneratorError, match="answers 403 Forbidden: configmaps is forbidden"):
        read(pod)
    assert pod.asked_to_delete == ["Job"]


@pytest.mark.parametrize("kinds", [("Job",), ("ConfigMap",), ("Job", "ConfigMap")])
def test_a_good_run_stays_good_where_its_objects_stay(
    kinds: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    pod = Pod(["Succeeded"], EVENTS, refuse={f"delete {kind}": UNDELETABLE[f"delete {kind}"] for kind in kinds})
    assert read(pod) == EVENTS.splitlines()
    assert pod.deleted == {"Job", "ConfigMap"} - {*kinds}
    assert_told(capsys, stays(pod, *kinds))


def test_ctrl_c_stays_ctrl_c_where_its_objects_stay(capsys: pytest.CaptureFixture[str]) -> None:
    pod = Pod(["Running"], EVENTS, refuse=UNDELETABLE)
    with serving(pod) as kubeconfig:
        running = running_in_cluster(api_client(kubeconfig), PLACE, LOAD, 100, IMAGE)
        next(running.__enter__())
        interrupt = KeyboardInterrupt()
        assert not running.__exit__(KeyboardInterrupt, interrupt, None)
    assert_told(capsys, stays(pod, "Job", "ConfigMap"))


def test_ctrl_c_while_one_is_deleted_leaves_the_other_to_be_deleted(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stopped(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("kubernetes.client.BatchV1Api.delete_namespaced_job", stopped)
    pod = Pod(["Succeeded"], EVENTS)
    assert read(pod) == EVENTS.splitlines()
    assert pod.deleted == {"ConfigMap"}
    assert "stays: its deletion was stopped. Kubernetes deletes it" in capsys.readouterr().err


def test_a_job_that_may_have_been_made_is_deleted() -> None:
    pod = Pod(["Pending"], unanswered={"Job"})
    with pytest.raises(GeneratorError, match="does not answer: "):
        read(pod)
    assert pod.deleted == {"Job"}


def test_a_cluster_that_is_down_is_told_of_in_short(capsys: pytest.CaptureFixture[str]) -> None:
    with serving(Pod(["Pending"])) as kubeconfig:
        client = api_client(kubeconfig)
    with pytest.raises(GeneratorError) as raised, running_in_cluster(client, PLACE, LOAD, 100, IMAGE):
        pass
    assert re.fullmatch(
        r"http://127\.0\.0\.1:\d+ does not answer: Failed to establish a new connection: \[Errno \d+\] Connection "
        r"refused\. Name another kubeconfig with --kubeconfig, or --context\.",
        str(raised.value),
    )
    assert "stays" not in capsys.readouterr().err


@pytest.mark.parametrize("methods", [("GET", "POST", "DELETE"), ("GET",)])
@pytest.mark.parametrize("page", PAGES)
def test_a_page_in_place_of_kubernetes_is_called_so(methods: tuple[str, ...], page: tuple[str, str]) -> None:
    pod = Pod(["Running"], EVENTS, page_for=methods, page=page)
    with pytest.raises(GeneratorError, match=r"http://127\.0\.0\.1:\d+ is no Kubernetes API server\. Name another ku"):
        read(pod)
    assert pod.made.keys() == pod.deleted == {*pod.asked_to_delete}


@pytest.mark.parametrize("page", PAGES)
def test_a_page_in_place_of_a_deletion_is_no_deletion(
    page: tuple[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert read(Pod(["Succeeded"], EVENTS, page_for=("DELETE",), page=page)) == EVENTS.splitlines()
    told = capsys.readouterr().err
    assert re.search(r"Job .* stays: http://127\.0\.0\.1:\d+ is no Kubernetes API server\. Kubernetes deletes", told)
