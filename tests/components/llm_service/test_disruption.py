"""Who may take a service's pods away, and how many at a time."""

import uuid
from typing import Any

import pytest
from kubernetes import client, config

from tests.components.llm_service.deployed import BUDGET, NEURON, RAY_SERVICE, changed, deploy
from tests.kubernetes_api import KubernetesApi
from tests.waiting import wait_until


def test_a_drain_takes_one_worker_at_a_time() -> None:
    # Three replicas of eight cores fit a node, so ten take four workers.
    plan = deploy(changed(NEURON, replicas={"min": 10, "max": 12}))
    budget = plan.resource(BUDGET, "llm-worker-budget").inputs["spec"]
    workers = plan.resource(RAY_SERVICE).inputs["spec"]["rayClusterConfig"]["workerGroupSpecs"][0]
    assert budget["minAvailable"] == workers["minReplicas"] - 1 == 3
    # A percentage or maxUnavailable would need a controller that knows how many there should be.
    assert "maxUnavailable" not in budget
    assert budget["selector"]["matchLabels"].items() <= workers["template"]["metadata"]["labels"].items()
    (of_the_head,) = deploy(NEURON).of_type(BUDGET)
    assert of_the_head.name == "llm-head-budget", "one worker alone could never be moved"


def test_a_drain_takes_a_head_with_which_replicas_do_not_go() -> None:
    plan = deploy(NEURON)
    budget = plan.resource(BUDGET).inputs["spec"]
    head = plan.resource(RAY_SERVICE).inputs["spec"]["rayClusterConfig"]["headGroupSpec"]["template"]
    assert budget["minAvailable"] == 1
    assert budget["selector"]["matchLabels"].items() <= head["metadata"]["labels"].items()
    for storage in ({"storage": "Embedded"}, {"storage": "Redis", "redis_address": "redis://redis:6379"}):
        assert not deploy(changed(NEURON, head_fault_tolerance=storage)).of_type(BUDGET), storage


def test_a_program_chooses_whether_karpenter_may_move_pods() -> None:
    def annotations(**changes: Any) -> list[Any]:
        cluster = deploy(changed(NEURON, **changes)).resource(RAY_SERVICE).inputs["spec"]["rayClusterConfig"]
        templates = [group["template"] for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"])]
        return [
            template["metadata"].get("annotations", {}).get("karpenter.sh/do-not-disrupt") for template in templates
        ]

    assert annotations() == ["true", "true"]
    assert annotations(do_not_disrupt=False) == [None, None]


@pytest.fixture
def core(kubeconfig: str) -> client.CoreV1Api:
    return client.CoreV1Api(config.new_client_from_config(kubeconfig))  # type: ignore[no-untyped-call]


def test_a_worker_is_not_evicted_while_the_one_before_it_starts(core: client.CoreV1Api, kubeconfig: str) -> None:
    namespace = f"workers-{uuid.uuid4().hex[:8]}"
    plan = deploy(changed(NEURON, replicas={"min": 6}, namespace=namespace))
    budget = plan.resource(BUDGET, "llm-worker-budget")
    (group,) = plan.resource(RAY_SERVICE).inputs["spec"]["rayClusterConfig"]["workerGroupSpecs"]
    labels = group["template"]["metadata"]["labels"]

    def say(name: str, *, ready: bool) -> None:
        """Say of a pod what a kubelet would."""
        status = {"phase": "Running", "conditions": [{"type": "Ready", "status": str(ready)}]}
        core.patch_namespaced_pod_status(name, namespace, {"status": status})

    def start(name: str) -> None:
        spec = {"containers": [{"name": "ray-worker", "image": "none"}]}
        core.create_namespaced_pod(namespace, {"metadata": {"name": name, "labels": labels}, "spec": spec})
        say(name, ready=True)

    def evicted(name: str) -> bool:
        try:
            core.create_namespaced_pod_eviction(name, namespace, {"metadata": {"name": name}})
        except client.ApiException as error:
            if error.status == 429:  # Too Many Requests, which is a budget's answer
                return False
            raise
        return True

    def counted(healthy: int) -> None:
        def is_so() -> bool:
            status = api.current(applied)["status"] or {}
            return (
                status.get("observedGeneration") is not None
                and status.get("currentHealthy") == healthy
                and not status.get("disruptedPods")
            )

        wait_until(f"the budget counts {healthy} ready workers", is_so, 30)

    api = KubernetesApi(kubeconfig)
    applied = {"apiVersion": "policy/v1", "kind": "PodDisruptionBudget", **budget.inputs}
    with api.applied([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}}, applied]):
        start("first")
        start("second")
        counted(2)
        assert evicted("first")
        start("next")
        say("next", ready=False)
        counted(1)
        assert not evicted("second")
        say("next", ready=True)
        counted(2)
        assert evicted("second")
        # What does not get ready keeps no node, even where too few are.
        say("next", ready=False)
        counted(0)
        assert evicted("next")
