"""The same questions to the real scheduler and the real Karpenter, with imaginary nodes (Karpenter's KWOK provider).

Its nodes know no zone ids, so requirements on these are left out; and it knows a pool's EC2NodeClass by name alone.
"""

import copy
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from neuronserve.plan.plan import Plan
from neuronserve.plan.program import synthesise
from neuronserve.plan.project import load_project
from neuronserve.review.placement import NODE_POOL, Pods, placements, ray_pods
from neuronserve.status.cluster import Cluster
from neuronserve.status.kubeconfig import api_client
from neuronserve.status.service_status import service_status
from neuronserve.status.text import told
from tests.applicable import applicable
from tests.kubernetes_api import KubernetesApi
from tests.spoilt_plan import RAY_SERVICE, spoilt, worker
from tests.waiting import wait_until

ROOT = Path(__file__).resolve().parents[2]
AWS_STACKS = [stack for stack in load_project(ROOT).stacks if stack != "local"]
NAMESPACE = "placement"
DEADLINE_S = 90
OPERATOR_DEADLINE_S = 15
"""Until the first sign of KubeRay."""
KWOK = "karpenter.kwok.sh"


@pytest.fixture(scope="module")
def api(kubeconfig: str) -> Iterator[KubernetesApi]:
    api = KubernetesApi(kubeconfig)
    definition = api.get("apiextensions.k8s.io/v1", "CustomResourceDefinition", f"kwoknodeclasses.{KWOK}")
    if definition is None:
        pytest.skip(f"the cluster has no KWOKNodeClass ({KWOK}): no Karpenter with imaginary nodes to ask")
    with api.applied([{"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}]):
        yield api


def pools(plan: Plan) -> list[dict[str, Any]]:
    """Return the plan's node pools, for imaginary nodes, each after its class."""
    objects = []
    for resource in plan.of_type(NODE_POOL):
        pool = copy.deepcopy(resource.inputs)
        template = pool["spec"]["template"]["spec"]
        template["nodeClassRef"] |= {"group": KWOK, "kind": "KWOKNodeClass"}
        template["requirements"] = [one for one in template["requirements"] if "zone-id" not in one["key"]]
        metadata = {"name": pool["metadata"]["name"]}
        objects += [
            {"apiVersion": f"{KWOK}/v1alpha1", "kind": "KWOKNodeClass", "metadata": metadata},
            {"apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": metadata, "spec": pool["spec"]},
        ]
    return objects


def in_namespace(plan: Plan) -> list[dict[str, Any]]:
    """Return the namespace of a plan's services, with all that is in it, and its priorities."""
    places = ((one, one["metadata"].get("namespace"), one["metadata"]["name"]) for one in applicable(plan))
    return [
        one
        for one, namespace, name in places
        if "vllm" in (namespace, name) or (one["kind"] == "PriorityClass" and name.startswith("vllm-"))
    ]


def copies(pods: Pods, number: int) -> list[dict[str, Any]]:
    spec = {key: value for key, value in pods.spec.items() if key not in {"serviceAccountName", "priorityClassName"}}
    return [
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": f"{pods.name.replace(' ', '-')}-{index}", "namespace": NAMESPACE},
            "spec": spec,
        }
        for index in range(number)
    ]


def answer(api: KubernetesApi, pod: dict[str, Any], reason: str = "") -> tuple[str | None, str]:
    """Return the name of the node that a pod was given, or None and Karpenter's reason.

    A refusal that does not name ``reason`` is not the answer yet: a pool may not have been ready.
    """
    name, found = pod["metadata"]["name"], []

    def answered() -> bool:
        there = api.get("v1", "Pod", name, NAMESPACE)
        node = there.spec.get("nodeName")
        events = api.list_in("v1", "Event", NAMESPACE)
        refusals = [
            event.message
            for event in events
            if event.involvedObject.uid == there.metadata.uid
            and "karpenter" in str(event.to_dict())
            and "Failed" in event.reason
            and reason in event.message
        ]
        if node or refusals:
            found.append((node, "" if node else refusals[-1]))
        return bool(found)

    wait_until(f"somebody says where {name} goes", answered, DEADLINE_S)
    return found[-1]


@pytest.mark.parametrize("stack", AWS_STACKS)
def test_every_pod_gets_the_node_that_the_plan_says(api: KubernetesApi, stack: str) -> None:
    plan = synthesise(ROOT, stack)
    expected = {placement.pods: placement for placement in placements(plan)}
    with api.applied(pools(plan)):
        for pods in ray_pods(plan):
            every = copies(pods, pods.most)
            with api.applied(every):
                for pod in every:
                    node, reason = answer(api, pod)
                    assert node, reason
                    labels = api.get("v1", "Node", node).metadata.labels
                    assert labels["karpenter.sh/nodepool"] == expected[pods.name].pool
                    if "worker" in pods.name:
                        assert labels["node.kubernetes.io/instance-type"] == expected[pods.name].instance_type


@contextmanager
def served(api: KubernetesApi, services: list[dict[str, Any]]) -> Iterator[None]:
    """Apply RayServices; at the end delete them with their pods, which nobody ends on imaginary nodes."""
    namespace = services[0]["metadata"]["namespace"]
    try:
        with api.applied(services):
            yield
    finally:
        wait_until("their clusters are gone", lambda: not api.list_in("ray.io/v1", "RayCluster", namespace), DEADLINE_S)
        for pod in api.list_in("v1", "Pod", namespace):
            api.delete(pod.to_dict() | {"apiVersion": "v1", "kind": "Pod"})


def test_kuberay_and_karpenter_give_two_services_their_nodes(api: KubernetesApi) -> None:
    plan = synthesise(ROOT, "inf2-and-trn1")
    objects = in_namespace(plan)
    services = [one for one in objects if one["kind"] == "RayService"]
    assert len(services) == 2

    def pods() -> list[Any]:
        return api.list_in("v1", "Pod", "vllm")

    started = time.monotonic()
    with (
        api.applied(pools(plan)),
        api.applied([one for one in objects if one not in services]),
        served(api, services),
    ):
        while not pods():
            if time.monotonic() - started > OPERATOR_DEADLINE_S and not api.list_in("v1", "Event", "vllm"):
                pytest.skip("no KubeRay operator runs in this cluster")
            time.sleep(0.5)
        wait_until(
            "head and worker of each service have a node",
            lambda: len(pods()) == 4 and all(pod.spec.get("nodeName") for pod in pods()),
            DEADLINE_S,
        )
        found = {}
        for pod in pods():
            labels, node = pod.metadata.labels, api.get("v1", "Node", pod.spec.nodeName).metadata.labels
            place = node["karpenter.sh/nodepool"], node["node.kubernetes.io/instance-type"]
            found[labels["app.kubernetes.io/instance"], labels["ray.io/node-type"]] = place
    assert {key: pool for key, (pool, _) in found.items() if key[1] == "head"} == {
        ("llama3", "head"): "default",
        ("llama3-1-long", "head"): "default",
    }
    assert found["llama3", "worker"] == ("inferentia-inf2", "inf2.8xlarge")
    assert found["llama3-1-long", "worker"] == ("trainium-trn1", "trn1.32xlarge")


@pytest.mark.parametrize(
    ("token", "spoil", "reason"),
    [
        (RAY_SERVICE, lambda service: worker(service).pop("tolerations"), "did not tolerate taint"),
        (
            RAY_SERVICE,
            lambda service: worker(service)["containers"][0]["resources"].update(
                requests={"memory": "200Gi"}, limits={"memory": "200Gi"}
            ),
            "no instance type has enough resources",
        ),
        (
            RAY_SERVICE,
            lambda service: worker(service)["nodeSelector"].update({"example.com/instance": "inf2"}),
            "example.com/instance",
        ),
        (NODE_POOL, lambda pool: pool["spec"]["limits"].update(cpu="16"), "limits"),
    ],
    ids=["toleration", "memory", "label", "limit"],
)
def test_they_agree_on_planted_mistakes(
    api: KubernetesApi, token: str, spoil: Callable[[Any], object], reason: str
) -> None:
    plan = spoilt(synthesise(ROOT, "inf2-8xlarge"), token, spoil)
    (ours,) = [placement for placement in placements(plan) if "worker" in placement.pods]
    assert ours.pool is None
    (pods,) = [pods for pods in ray_pods(plan) if "worker" in pods.name]
    (pod,) = copies(pods, 1)
    with api.applied(pools(plan)), api.applied([pod]):
        node, theirs = answer(api, pod, reason)
    assert node is None
    assert reason in theirs


def test_status_passes_on_what_karpenter_says(api: KubernetesApi, kubeconfig: str) -> None:
    plan = spoilt(synthesise(ROOT, "inf2-8xlarge"), RAY_SERVICE, lambda service: worker(service)["tolerations"].clear())
    objects = in_namespace(plan)
    (service,) = [one for one in objects if one["kind"] == "RayService"]
    cluster, said = Cluster(api_client(kubeconfig)), [""]

    def is_told() -> bool:
        status = service_status(cluster.observe("vllm", service["metadata"]["name"]))
        said[0] = told(status)
        return "did not tolerate taint" in said[0]

    with (
        api.applied(pools(plan)),
        api.applied([one for one in objects if one is not service]),
        served(api, [service]),
    ):
        wait_until("a status says why the worker has no node", is_told, DEADLINE_S)
    assert "karpenter: Failed to schedule pod" in said[0]
    assert "vllm-llama3-inf2 in namespace vllm: not ready, 0 pods answer" in said[0]
    assert "worker pod vllm-llama3-inf2-" in said[0]
