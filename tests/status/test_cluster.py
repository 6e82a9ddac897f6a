"""Reading from a real API server, and what is said where that cannot be."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from neuronserve.status.cluster import Cluster
from neuronserve.status.kubeconfig import UnreachableError, api_client, is_path
from neuronserve.status.service_status import service_status
from tests.answering import PAGES, answering
from tests.kubeconfig import kubeconfig_of
from tests.kubernetes_api import KubernetesApi

NAMESPACE = "status"
POD = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "llm-1", "namespace": NAMESPACE, "labels": {"app.kubernetes.io/instance": "llm"}},
    "spec": {"schedulerName": "nobodys-scheduler", "containers": [{"name": "ray-worker", "image": "none"}]},
}


@pytest.fixture(scope="module")
def api(kubeconfig: str) -> Iterator[KubernetesApi]:
    api = KubernetesApi(kubeconfig)
    with api.applied([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}]):
        yield api


@pytest.mark.parametrize("given", ["path", "content"])
def test_a_kubeconfig_is_given_as_path_or_content(api: KubernetesApi, kubeconfig: str, given: str) -> None:
    cluster = Cluster(api_client(kubeconfig if given == "path" else Path(kubeconfig).read_text()))
    with api.applied([POD]):
        seen = cluster.observe(NAMESPACE, "llm")
    assert seen.ray_service is None
    assert [pod["metadata"]["name"] for pod in seen.pods] == ["llm-1"]
    assert cluster.observe(NAMESPACE, "other").pods == []


def test_an_object_is_read_as_the_api_has_it(api: KubernetesApi, kubeconfig: str) -> None:
    service = {
        "apiVersion": "ray.io/v1",
        "kind": "RayService",
        "metadata": {"name": "idle", "namespace": NAMESPACE},
        "spec": {"rayClusterConfig": {"headGroupSpec": {"template": {"spec": POD["spec"]}}}},
    }
    with api.applied([service]):
        seen = Cluster(api_client(kubeconfig)).observe(NAMESPACE, "idle")
    assert seen.ray_service is not None
    assert seen.ray_service["spec"]["rayClusterConfig"]["headGroupSpec"]["template"]
    assert service_status(seen).state == "not ready"


def test_who_may_not_read_is_told_so(api: KubernetesApi, kubeconfig: str) -> None:
    known = yaml.safe_load(Path(kubeconfig).read_text())
    known["users"][0]["user"] = {"token": "nobody's"}
    with pytest.raises(UnreachableError, match="answers 401 Unauthorized"):
        Cluster(api_client(yaml.safe_dump(known))).observe(NAMESPACE, "llm")


def test_a_server_that_does_not_answer_is_named_with_the_reason() -> None:
    known = kubeconfig_of("https://127.0.0.1:9")
    why = r"does not answer: Failed to establish a new connection: \[Errno \d+\] Connection refused"
    with pytest.raises(UnreachableError, match=rf"^https://127\.0\.0\.1:9 {why}$"):
        Cluster(api_client(known)).observe(NAMESPACE, "llm")
    with pytest.raises(UnreachableError, match="kubeconfig cannot be used"):
        Cluster(api_client(known, context="other"))


SERVICE = json.dumps({"kind": "RayService", "metadata": {"name": "llm"}})


@pytest.mark.parametrize("page", PAGES)
def test_what_is_no_kubernetes_is_called_so(page: tuple[str, str]) -> None:
    type_, text = page
    for service in (text, SERVICE):
        with answering(lambda path, service=service: service if "rayservices" in path else text, type_) as address:  # type: ignore[misc]
            cluster = Cluster(api_client(kubeconfig_of(f"http://{address}")))
            with pytest.raises(UnreachableError, match=f"^http://{address} is no Kubernetes API server$"):
                cluster.observe(NAMESPACE, "llm")


@pytest.mark.parametrize("text", ["{}", "apiVersion: v1", "{", "a\nb"])
def test_what_is_no_kubeconfig_is_refused(text: str) -> None:
    assert not is_path(text)
    with pytest.raises(UnreachableError, match="kubeconfig cannot be used"):
        Cluster(api_client(text))


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"\xff\x00", "it is no text"),
        (b"hello", "it is not laid out as a kubeconfig"),
        (b"- 1", "it is not laid out as a kubeconfig"),
        (
            kubeconfig_of("https://x", **{"certificate-authority-data": "abc"}).encode(),
            "a certificate or a key in it is no base64",
        ),
        (b"a: 1", "Expected key current-context"),
    ],
)
def test_a_file_that_is_no_kubeconfig_is_named(tmp_path: Path, content: bytes, why: str) -> None:
    file = tmp_path / "kubeconfig"
    file.write_bytes(content)
    with pytest.raises(UnreachableError, match=f"kubeconfig cannot be used: .*{why}") as raised:
        api_client(str(file))
    assert str(raised.value).count(str(file)) == 1


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnreachableError, match=f"kubeconfig cannot be used: there is no file {tmp_path}/none$"):
        api_client(str(tmp_path / "none"))
