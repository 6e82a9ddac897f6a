"""Workers of another user, or with capabilities, and the namespace that admits them."""

import uuid
from collections.abc import Iterator
from typing import Any

import pulumi
import pytest
from kubernetes.client.exceptions import ApiException

from neuronserve.components.llm_service.args import LlmServiceArgs
from neuronserve.components.llm_service.llm_service import LlmService
from neuronserve.components.llm_service.serving_namespace import ServingNamespace
from neuronserve.facts.pod_security import PodSecurity, loosest
from neuronserve.plan.errors import ProgramError
from neuronserve.plan.plan import Plan
from neuronserve.plan.program import run
from tests.components.llm_service.deployed import CPU, NAMESPACE, NEURON, RAY_SERVICE, changed, deploy
from tests.kubernetes_api import KubernetesApi

RESTRICTED, BASELINE, PRIVILEGED = PodSecurity
ENFORCE = "pod-security.kubernetes.io/enforce"

CONTEXTS: list[tuple[dict[str, Any], PodSecurity]] = [
    ({}, RESTRICTED),
    ({"run_as_user": 2000}, RESTRICTED),
    ({"run_as_user": 0}, BASELINE),
    ({"run_as_user": 0, "capabilities": {"add": ["NET_BIND_SERVICE"]}}, BASELINE),
    ({"run_as_user": 0, "capabilities": {"add": ["DAC_OVERRIDE"]}}, BASELINE),
    ({"run_as_user": 0, "capabilities": {"add": ["IPC_LOCK"]}}, PRIVILEGED),
    ({"run_as_user": 0, "capabilities": {"add": ["IPC_LOCK", "SYS_ADMIN"]}}, PRIVILEGED),
]
each_context = pytest.mark.parametrize(("context", "level"), CONTEXTS, ids=[str(context) for context, _ in CONTEXTS])


def with_context(service: LlmServiceArgs, context: dict[str, Any]) -> LlmServiceArgs:
    return changed(service, worker={"security_context": context})


def templates(plan: Plan) -> tuple[Any, Any]:
    """Return the pod templates of head and workers."""
    cluster = plan.resource(RAY_SERVICE).inputs["spec"]["rayClusterConfig"]
    return cluster["headGroupSpec"]["template"], cluster["workerGroupSpecs"][0]["template"]


@pytest.mark.parametrize("service", [CPU, NEURON], ids=["cpu", "neuron"])
def test_a_worker_gets_the_user_and_the_capabilities_and_the_head_does_not(service: LlmServiceArgs) -> None:
    context = {"run_as_user": 0, "capabilities": {"add": ["IPC_LOCK", "SYS_ADMIN"]}}
    head, worker = templates(deploy(with_context(service, context)))
    as_it_was, _ = templates(deploy(service))
    assert head == as_it_was
    assert worker["spec"]["containers"][0]["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"], "add": ["IPC_LOCK", "SYS_ADMIN"]},
        "readOnlyRootFilesystem": True,
        "runAsUser": 0,
        "runAsNonRoot": False,
    }
    # Files of volumes are the group's, which stays.
    assert worker["spec"]["securityContext"]["runAsGroup"] == worker["spec"]["securityContext"]["fsGroup"] == 1000


@each_context
def test_a_service_says_what_its_namespace_has_to_admit(context: dict[str, Any], level: PodSecurity) -> None:
    def program() -> None:
        ServingNamespace("vllm", {"pod_security": level})
        pulumi.export("needed", LlmService("llm", with_context(CPU, context)).pod_security)

    plan = run(program)
    assert plan.outputs["needed"] == level
    labels = plan.resource(NAMESPACE).inputs["metadata"]["labels"]
    assert labels[ENFORCE] == labels["pod-security.kubernetes.io/warn"] == level


def test_the_loosest_of_all_decides() -> None:
    assert loosest([]) == RESTRICTED
    assert loosest([RESTRICTED, BASELINE]) == loosest([BASELINE, RESTRICTED]) == BASELINE
    assert loosest([PRIVILEGED, BASELINE, RESTRICTED]) == PRIVILEGED


@pytest.mark.parametrize(
    ("context", "problem"),
    [
        (
            {"capabilities": {"add": ["IPC_LOCK", "SYS_ADMIN"]}},
            "worker.security_context.capabilities.add is IPC_LOCK, SYS_ADMIN, and worker.security_context.run_as_user "
            "is 1000: programs of a user other than root do not get the capabilities of their container. Set "
            "worker.security_context.run_as_user to 0, or remove worker.security_context.capabilities.add.",
        ),
        (
            {"run_as_user": 0, "capabilities": {"add": ["CAP_IPC_LOCK"]}},
            "worker.security_context.capabilities.add has 'CAP_IPC_LOCK', which is no Linux capability. "
            "Set it to IPC_LOCK.",
        ),
        (
            {"run_as_user": 0, "capabilities": {"add": ["ROOT"]}},
            "worker.security_context.capabilities.add has 'ROOT', which is no Linux capability. Name them as "
            "Kubernetes does, such as IPC_LOCK (capabilities(7), without CAP_).",
        ),
    ],
)
def test_capabilities_without_an_effect_are_refused(context: dict[str, Any], problem: str) -> None:
    with pytest.raises(ProgramError) as refused:
        deploy(with_context(NEURON, context))
    assert str(refused.value) == f"LlmService llm cannot be deployed: 1 problem.\n  1. {problem}"


@pytest.fixture(scope="module")
def namespaces(kubeconfig: str) -> Iterator[dict[PodSecurity, str]]:
    """Make a namespace for each standard, with the service's account in it."""
    api = KubernetesApi(kubeconfig)
    names = {level: f"{level}-{uuid.uuid4().hex[:8]}" for level in PodSecurity}
    objects: list[dict[str, Any]] = []
    for level, name in names.items():
        metadata = {"name": name, "labels": {ENFORCE: level.value}}
        objects.append({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
        objects.append({"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "llm", "namespace": name}})
    with api.applied(objects):
        yield names


@each_context
def test_pod_security_admits_the_pods_with_that_standard_and_with_no_stricter_one(
    kubeconfig: str, namespaces: dict[PodSecurity, str], context: dict[str, Any], level: PodSecurity
) -> None:
    api = KubernetesApi(kubeconfig)
    pods = [
        {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": template["spec"]}
        for name, template in zip(("head", "worker"), templates(deploy(with_context(CPU, context))), strict=True)
    ]

    def create_in(namespace: str) -> None:
        with api.applied([pod | {"metadata": pod["metadata"] | {"namespace": namespace}} for pod in pods]):
            pass

    create_in(namespaces[level])
    for stricter in list(PodSecurity)[: list(PodSecurity).index(level)]:
        with pytest.raises(ApiException, match=f'violates PodSecurity \\\\"{stricter}'):
            create_in(namespaces[stricter])
