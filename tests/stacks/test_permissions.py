"""What the pods of a stack may ask of the API server, as far as its plan decides that."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from neuronserve.components.llm_service.autoscaler import TOKEN_DIRECTORY, TOKEN_VOLUME
from neuronserve.plan.plan import Plan

STACKS = ("local", "inf2-8xlarge", "inf2-48xlarge", "inf2-and-trn1", "trn1-32xlarge")

each = pytest.mark.parametrize("stack", STACKS)


def pods(plan: Plan) -> Iterator[dict[str, Any]]:
    for service in plan.of_type("kubernetes:ray.io/v1:RayService"):
        cluster = service.inputs["spec"]["rayClusterConfig"]
        for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"]):
            yield group["template"]["spec"]


@each
def test_it_grants_nobody_anything(plan_of: Callable[[str], Plan], stack: str) -> None:
    """Roles come with charts, for what is in them, and from KubeRay, for Ray's autoscaler."""
    assert [one.urn for one in plan_of(stack).resources if ":rbac." in one.type] == []


@each
def test_no_account_of_its_own_gives_a_pod_a_token(plan_of: Callable[[str], Plan], stack: str) -> None:
    plan = plan_of(stack)
    accounts = plan.of_type("kubernetes:core/v1:ServiceAccount")
    assert all(account.inputs["automountServiceAccountToken"] is False for account in accounts)
    names = {account.inputs["metadata"]["name"] for account in accounts}
    for pod in pods(plan):
        assert pod["serviceAccountName"] in names
        assert pod["automountServiceAccountToken"] is False


@each
def test_a_token_is_mounted_by_the_autoscaler_alone(plan_of: Callable[[str], Plan], stack: str) -> None:
    plan = plan_of(stack)
    for pod in pods(plan):
        assert TOKEN_VOLUME not in json.dumps(pod["containers"])
        assert TOKEN_DIRECTORY not in json.dumps(pod["containers"])
    for service in plan.of_type("kubernetes:ray.io/v1:RayService"):
        mounts = service.inputs["spec"]["rayClusterConfig"]["autoscalerOptions"]["volumeMounts"]
        assert {"name": TOKEN_VOLUME, "mountPath": TOKEN_DIRECTORY, "readOnly": True} in mounts


@each
def test_whatever_runs_is_locked_down(plan_of: Callable[[str], Plan], stack: str) -> None:
    plan = plan_of(stack)
    services = plan.of_type("kubernetes:ray.io/v1:RayService")
    clusters = [service.inputs["spec"]["rayClusterConfig"] for service in services]
    contexts = [container["securityContext"] for pod in pods(plan) for container in pod["containers"]]
    contexts += [cluster["autoscalerOptions"]["securityContext"] for cluster in clusters]
    for context in contexts:
        assert context["allowPrivilegeEscalation"] is False
        assert context["capabilities"] == {"drop": ["ALL"]}
        assert context["readOnlyRootFilesystem"] is True
    for pod in pods(plan):
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        # What can be written to has a name, and goes with the pod.
        sources = [set(volume) - {"name"} for volume in pod["volumes"]]
        assert all(source in ({"emptyDir"}, {"secret"}, {"projected"}) for source in sources)
