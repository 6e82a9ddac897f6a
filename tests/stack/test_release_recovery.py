"""What becomes of a release whose name is taken; through the engine: tests/engine/test_killed_release.py."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import pulumi
import pytest

from neuronserve.stack.hooks.release_recovery import IN_PROGRESS, NAME_IN_USE, ReleaseRecovery, remove_secrets
from neuronserve.status.kubeconfig import UnreachableError, api_client
from tests.kubernetes_api import KubernetesApi

NAMESPACE = "releases"
INPUTS = {"name": "karpenter", "namespace": NAMESPACE}


class OneCluster:
    """A way into a cluster."""

    def __init__(self, client: Any) -> None:
        self._client = client

    async def ask(self, question: Callable[[Any], Any]) -> Any:
        if isinstance(self._client, Exception):
            raise self._client
        return question(self._client)


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    texts: list[str] = []
    for level in ("info", "warn", "error"):
        monkeypatch.setattr(pulumi.log, level, lambda text, level=level: texts.append(f"{level}: {text}"))
    monkeypatch.setattr(pulumi, "ErrorHook", lambda *_: None)
    return texts


def recovered(client: Any, *errors: str, takes_over: bool = False, inputs: Any = INPUTS) -> bool:
    recovery = ReleaseRecovery(OneCluster(client), takes_over=takes_over)  # type: ignore[arg-type]
    args = pulumi.ErrorHookArgs("urn", "", "name", "type", new_inputs=inputs, errors=[*errors])
    return asyncio.run(recovery._recover(args))


@pytest.fixture
def records(kubeconfig: str) -> Iterator[Callable[[], set[str]]]:
    """Records of two releases, one of them with a revision that is pending; what is left of them is returned."""
    api = KubernetesApi(kubeconfig)

    def record(release: str, revision: int, status: str) -> dict[str, Any]:
        labels = {"owner": "helm", "name": release, "status": status, "version": str(revision)}
        metadata = {"name": f"sh.helm.release.v1.{release}.v{revision}", "namespace": NAMESPACE, "labels": labels}
        return {"apiVersion": "v1", "kind": "Secret", "metadata": metadata}

    every = [
        record("karpenter", 1, "deployed"),
        record("karpenter", 2, "pending-upgrade"),
        record("karpenter-crd", 1, "pending-install"),
    ]
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
    with api.applied([namespace]), api.applied(every):
        yield lambda: {secret.metadata.name.partition("v1.")[2] for secret in api.list_in("v1", "Secret", NAMESPACE)}


def test_a_pending_revision_goes_and_the_others_stay(
    records: Callable[[], set[str]], kubeconfig: str, said: list[str]
) -> None:
    assert recovered(api_client(kubeconfig), IN_PROGRESS)
    assert records() == {"karpenter.v1", "karpenter-crd.v1"}
    assert said == ["info: An earlier run was interrupted at release karpenter, and this one goes on from there."]


def test_a_release_that_may_be_somebody_elses_is_left_alone(
    records: Callable[[], set[str]], kubeconfig: str, said: list[str]
) -> None:
    client = api_client(kubeconfig)
    remove_secrets(client, NAMESPACE, "version=2")
    assert not recovered(client, NAME_IN_USE)
    assert "karpenter.v1" in records()
    (text,) = said
    assert text.startswith("error: Release karpenter is in namespace releases already.")
    assert text.endswith("kubectl --namespace releases delete secret --selector owner=helm,name=karpenter")


def test_in_a_cluster_of_the_stacks_own_it_is_taken_over(
    records: Callable[[], set[str]], kubeconfig: str, said: list[str]
) -> None:
    assert recovered(api_client(kubeconfig), NAME_IN_USE, takes_over=True)
    assert records() == {"karpenter-crd.v1"}


@pytest.mark.parametrize(
    ("errors", "inputs"),
    [(["timed out"], INPUTS), ([NAME_IN_USE, NAME_IN_USE], INPUTS), ([NAME_IN_USE], None)],
    ids=["another error", "a second time", "a delete"],
)
def test_nothing_else_is_tried_again(errors: list[str], inputs: Any, said: list[str]) -> None:
    assert not recovered(AssertionError("nobody asks"), *errors, inputs=inputs)
    assert said == []


def test_a_cluster_that_cannot_be_asked_is_said(said: list[str]) -> None:
    assert not recovered(UnreachableError("https://x does not answer"), NAME_IN_USE)
    assert said == [
        "warn: Release karpenter is there already, and its record cannot be read. https://x does not answer"
    ]
