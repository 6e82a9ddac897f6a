"""Every object of every stack, in order, on a real API server: schemas, CEL rules, strict fields, Pod Security."""

import contextlib
import copy
import time
from pathlib import Path
from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException

from neuronserve.plan.program import synthesise
from neuronserve.plan.project import load_project
from tests.applicable import applicable
from tests.kubernetes_api import KubernetesApi, refusal

ROOT = Path(__file__).resolve().parents[2]
STACKS = load_project(ROOT).stacks
QUIET_S = 1
DEADLINE_S = 60


def settled(api: KubernetesApi, manifests: list[dict[str, Any]]) -> list[Any]:
    """Return the objects once no controller has touched any of them for a while."""

    def read() -> list[Any]:
        return [api.current(manifest) for manifest in manifests]

    def generations(found: list[Any]) -> list[int | None]:
        return [one.metadata.generation for one in found]

    seen, since = read(), time.monotonic()
    deadline = since + DEADLINE_S
    while time.monotonic() - since < QUIET_S:
        assert time.monotonic() < deadline, "a controller keeps changing these objects"
        now = read()
        if generations(now) != generations(seen):
            since = time.monotonic()
        seen = now
    return seen


def known(one: Any) -> Any:
    """Return the spec of an object without what KubeRay 1.6 does not know of it."""
    spec = copy.deepcopy(one.to_dict().get("spec"))
    with contextlib.suppress(KeyError, TypeError):
        del spec["rayClusterConfig"]["autoscalerOptions"]["args"]
    return spec


@pytest.fixture(scope="module")
def api(kubeconfig: str) -> KubernetesApi:
    return KubernetesApi(kubeconfig)


@pytest.mark.parametrize("stack", STACKS)
def test_applies_in_order_and_again_without_a_change(api: KubernetesApi, stack: str) -> None:
    stack_objects = applicable(synthesise(ROOT, stack))
    with api.applied(stack_objects):
        for manifest, before in zip(stack_objects, settled(api, stack_objects), strict=True):
            again = api.apply(manifest)
            if known(before) == known(again) and before.spec != again.spec:
                continue  # an operator older than its CRDs, which drops what it does not know whenever it writes
            # Controllers write status at any time; a change of anything else counts up the generation.
            assert again.metadata.generation == before.metadata.generation, manifest["kind"]
            assert again.spec == before.spec


def test_the_server_refuses_what_is_wrong(api: KubernetesApi) -> None:
    """A check of the check: strict validation is on, and the schemas are there."""
    namespace, *_, ray_service = applicable(synthesise(ROOT, "local"))
    assert ray_service["kind"] == "RayService"
    ray_service["spec"]["rayClusterConfig"]["headGroupSpec"]["rayStartParameters"] = {}
    with api.applied([namespace]), pytest.raises(ApiException) as refused:
        api.apply(ray_service)
    assert "rayStartParameters" in refusal(refused.value)
