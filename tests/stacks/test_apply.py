"""Every object of every stack, in order, on a real API server: schemas, CEL rules, strict fields, Pod Security."""

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException

from neuronserve.plan.aws_inputs import REFERENCE
from neuronserve.plan.manifests import manifests
from neuronserve.plan.program import synthesise
from neuronserve.plan.project import load_project
from tests.kubernetes_api import KubernetesApi, refusal

ROOT = Path(__file__).resolve().parents[2]
STACKS = load_project(ROOT).stacks
QUIET_S = 1


def objects(stack: str) -> list[dict[str, Any]]:
    """Return the objects of a stack, with something like it for what only the cloud knows."""
    text = json.dumps([manifest for _, manifest in manifests(synthesise(ROOT, stack))])
    with_groups = re.sub(r"\$\{urn:[^}]*SecurityGroupId\}", "sg-0123456789abcdef0", text)
    known: list[dict[str, Any]] = json.loads(REFERENCE.sub("known-later", with_groups))
    return known


def wait_until_settled(api: KubernetesApi, manifest: dict[str, Any]) -> Any:
    """Return an object once no controller has touched it for a while."""

    def read() -> Any:
        metadata = manifest["metadata"]
        return api.get(manifest["apiVersion"], manifest["kind"], metadata["name"], metadata.get("namespace"))

    seen, since = read(), time.monotonic()
    while time.monotonic() - since < QUIET_S:
        if (now := read()).metadata.generation != seen.metadata.generation:
            seen, since = now, time.monotonic()
        time.sleep(0.1)
    return read()


@pytest.fixture(scope="module")
def api(kubeconfig: str) -> KubernetesApi:
    return KubernetesApi(kubeconfig)


@pytest.mark.parametrize("stack", STACKS)
def test_applies_in_order_and_again_without_a_change(api: KubernetesApi, stack: str) -> None:
    stack_objects = objects(stack)
    with api.applied(stack_objects):
        for manifest in stack_objects:
            settled = wait_until_settled(api, manifest)
            again = api.apply(manifest)
            # Controllers write status at any time; a change of anything else counts up the generation.
            assert again.metadata.generation == settled.metadata.generation, manifest["kind"]
            assert again.spec == settled.spec


def test_the_server_refuses_what_is_wrong(api: KubernetesApi) -> None:
    """A check of the check: strict validation is on, and the schemas are there."""
    namespace, *_, ray_service = objects("local")
    assert ray_service["kind"] == "RayService"
    ray_service["spec"]["rayClusterConfig"]["headGroupSpec"]["rayStartParameters"] = {}
    with api.applied([namespace]), pytest.raises(ApiException) as refused:
        api.apply(ray_service)
    assert "rayStartParameters" in refusal(refused.value)
