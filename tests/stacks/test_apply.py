"""Every object of every stack, in order, on a real API server: schemas, CEL rules, strict fields, Pod Security."""

import copy
from pathlib import Path
from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException

from neuronserve.plan.manifests import manifests
from neuronserve.plan.program import synthesise
from neuronserve.plan.project import load_project
from tests.kubernetes_api import KubernetesApi, refusal

ROOT = Path(__file__).resolve().parents[2]
STACKS = load_project(ROOT).stacks


def objects(stack: str) -> list[dict[str, Any]]:
    return [copy.deepcopy(manifest) for _, manifest in manifests(synthesise(ROOT, stack))]


@pytest.fixture(scope="module")
def api(kubeconfig: str) -> KubernetesApi:
    return KubernetesApi(kubeconfig)


@pytest.mark.parametrize("stack", STACKS)
def test_applies_in_order_and_again_without_a_change(api: KubernetesApi, stack: str) -> None:
    stack_objects = objects(stack)
    with api.applied(stack_objects) as first:
        again = [api.apply(manifest) for manifest in stack_objects]
        # Controllers write status; what a user would see as a change is the generation or a field's value.
        assert [copy_.spec for copy_ in again] == [original.spec for original in first]
        assert [copy_.metadata.generation for copy_ in again] == [original.metadata.generation for original in first]


def test_the_server_refuses_what_is_wrong(api: KubernetesApi) -> None:
    """A check of the check: strict validation is on, and the schemas are there."""
    namespace, *_, ray_service = objects("local")
    assert ray_service["kind"] == "RayService"
    ray_service["spec"]["rayClusterConfig"]["headGroupSpec"]["rayStartParameters"] = {}
    with api.applied([namespace]), pytest.raises(ApiException) as refused:
        api.apply(ray_service)
    assert "rayStartParameters" in refusal(refused.value)
