"""Who reaches a service's pods and whom they reach: the policies of a plan, and pods that the real KubeRay makes.

The rules are read, not enforced.
"""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest
from kubernetes.client.exceptions import ApiException

from neuronserve.components.llm_service.args import LlmServiceArgs
from neuronserve.plan.errors import ProgramError
from neuronserve.plan.plan import Plan
from tests.components.llm_service.deployed import (
    CPU,
    NETWORK_POLICY,
    RAY_SERVICE,
    SERVICE_ACCOUNT,
    changed,
    deploy,
)
from tests.kubernetes_api import KubernetesApi, refusal
from tests.network_policies import Peer, Policy, admitted
from tests.waiting import wait_until

API, DASHBOARD, CLIENT, GCS, METRICS = 8000, 8265, 10001, 6379, 8080
RAY_PORTS = [DASHBOARD, CLIENT, GCS, METRICS, 52365, 12345]

OPERATOR_LABELS = {
    "app.kubernetes.io/name": "kuberay-operator",
    "app.kubernetes.io/instance": "kuberay",
    "app.kubernetes.io/component": "kuberay-operator",
}
"""As in KubeRay 1.7, ``helm-chart/kuberay-operator/templates/deployment.yaml``."""
OPERATOR = Peer("10.1.9.1", "kuberay-operator", OPERATOR_LABELS)
DNS = Peer("10.1.9.2", "kube-system", {"k8s-app": "kube-dns"})
PROMETHEUS = Peer("10.1.9.3", "monitoring", {"app": "prometheus"})
STRANGER = Peer("10.1.9.4", "elsewhere", {"app": "chat"})
METADATA, POD_IDENTITY = Peer("169.254.169.254"), Peer("169.254.170.23")
HUB, API_SERVER, OTHER_HOST = Peer("3.5.7.9"), Peer("10.1.240.5"), Peer("10.1.7.7")

OPEN = {
    "client_namespaces": ["elsewhere"],
    "client_cidrs": ["10.1.128.0/20"],
    "monitoring_namespaces": ["monitoring"],
    "operator_namespace": "ray-system",
    "egress": [{"to": [{"ipBlock": {"cidr": "10.1.7.7/32"}}], "ports": [{"port": 6379}]}],
}
SCALED = {"replicas": {"min": 1, "max": 2}}


def in_namespace(namespace: str, **changes: Any) -> LlmServiceArgs:
    return changed(CPU, namespace=namespace, require_api_key=False, **changes)


def policies_of(plan: Plan) -> list[Policy]:
    return [resource.inputs for resource in plan.of_type(NETWORK_POLICY)]


@pytest.fixture(scope="module")
def pods(kubeconfig: str) -> Iterator[tuple[Peer, Peer]]:
    """Return head and worker of a service with a second replica at most, as the operator in the cluster makes them."""
    api = KubernetesApi(kubeconfig)
    name = f"policies-{uuid.uuid4().hex[:8]}"
    plan = deploy(in_namespace(name, **SCALED))
    account, ray_service = (plan.resource(kind).inputs for kind in (SERVICE_ACCOUNT, RAY_SERVICE))
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    account = {"apiVersion": "v1", "kind": "ServiceAccount", **account}

    def made(node_type: str) -> list[Any]:
        return api.list_in("v1", "Pod", name, f"ray.io/node-type={node_type}")

    with api.applied([namespace, account, {**ray_service, "apiVersion": "ray.io/v1", "kind": "RayService"}]):
        try:
            wait_until("KubeRay's operator made the pods", lambda: made("head") and made("worker"), 60)
        except AssertionError:
            if api.list_in("ray.io/v1", "RayCluster", name):
                raise
            pytest.skip("no KubeRay operator runs in this cluster")
        (head,), (worker,) = made("head"), made("worker")
        yield (
            Peer("10.1.1.1", name, head.metadata.labels.to_dict()),
            Peer("10.1.1.2", name, worker.metadata.labels.to_dict()),
        )


def policies_for(pod: Peer, **network_policy: Any) -> list[Policy]:
    assert pod.namespace
    return policies_of(deploy(in_namespace(pod.namespace, network_policy=network_policy, **SCALED)))


def test_each_policy_is_of_the_pods_of_its_kind(pods: tuple[Peer, Peer]) -> None:
    head, worker = pods
    policies = {policy["metadata"]["name"]: policy for policy in policies_for(head)}
    assert policies.keys() == {"llm-head", "llm-worker"}
    for pod, name in ((head, "llm-head"), (worker, "llm-worker")):
        wanted = policies[name]["spec"]["podSelector"]["matchLabels"].items()
        assert wanted <= pod.labels.items()
        assert not wanted <= (worker if pod is head else head).labels.items()


def test_from_another_namespace_nothing_is_reached(pods: tuple[Peer, Peer]) -> None:
    for pod in pods:
        for port in (API, *RAY_PORTS):
            assert not admitted(policies_for(pod), STRANGER, pod, port), port
            assert not admitted(policies_for(pod), OTHER_HOST, pod, port), port


def test_requests_come_from_the_own_namespace_and_from_those_that_are_named(pods: tuple[Peer, Peer]) -> None:
    for pod in pods:
        policies = policies_for(pod)
        neighbour = Peer("10.1.1.9", pod.namespace, {"app": "chat"})
        assert admitted(policies, neighbour, pod, API)
        named = policies_for(pod, **OPEN)
        assert admitted(named, neighbour, pod, API)
        assert admitted(named, STRANGER, pod, API)
        balancer = Peer("10.1.130.2")
        assert admitted(named, balancer, pod, API)
        for client in (neighbour, STRANGER, balancer):
            for port in RAY_PORTS:
                assert not admitted(named, client, pod, port), port


def test_only_monitoring_that_is_named_scrapes_metrics(pods: tuple[Peer, Peer]) -> None:
    for pod in pods:
        assert not admitted(policies_for(pod), PROMETHEUS, pod, METRICS)
        named = policies_for(pod, **OPEN)
        assert admitted(named, PROMETHEUS, pod, METRICS)
        assert not any(admitted(named, PROMETHEUS, pod, port) for port in (API, DASHBOARD, CLIENT, GCS))


def test_the_operator_reaches_the_dashboard_and_the_proxy_of_the_head(pods: tuple[Peer, Peer]) -> None:
    head, worker = pods
    policies, moved = policies_for(head), Peer("10.1.9.1", "ray-system", OPERATOR_LABELS)
    assert admitted(policies, OPERATOR, head, DASHBOARD)
    assert admitted(policies, OPERATOR, head, API)
    assert not any(admitted(policies, OPERATOR, head, port) for port in (CLIENT, GCS, METRICS))
    assert not any(admitted(policies, OPERATOR, worker, port) for port in (API, *RAY_PORTS))
    pretender = Peer("10.1.9.5", "kuberay-operator", {"app": "chat"})
    assert not admitted(policies, pretender, head, DASHBOARD)
    assert not admitted(policies, moved, head, DASHBOARD)
    assert admitted(policies_for(head, **OPEN), moved, head, DASHBOARD)


def test_pods_of_a_service_reach_each_other_at_every_port(pods: tuple[Peer, Peer]) -> None:
    head, worker = pods
    policies = policies_for(head)
    for source, target in ((head, worker), (worker, head), (worker, worker)):
        assert all(admitted(policies, source, target, port) for port in (API, *RAY_PORTS))


def test_pods_reach_what_they_need_and_nothing_else(pods: tuple[Peer, Peer]) -> None:
    head, worker = pods
    policies = policies_for(head)
    for pod in pods:
        assert all(admitted(policies, pod, DNS, 53, protocol) for protocol in ("TCP", "UDP"))
        assert not any(admitted(policies, pod, METADATA, port) for port in (80, 443))
        for port in (22, 80, 5432):
            assert not any(admitted(policies, pod, other, port) for other in (OTHER_HOST, STRANGER, HUB)), port
        assert not admitted(policies, pod, Peer("8.8.8.8"), 53, "UDP")
        # Something of the user's own.
        assert not admitted(policies, pod, OTHER_HOST, 6379)
        assert admitted(policies_for(pod, **OPEN), pod, OTHER_HOST, 6379)
    # Workers load models. Other pods and hosts have nothing for them.
    assert admitted(policies, worker, HUB, 443)
    assert admitted(policies, worker, POD_IDENTITY, 80)
    assert not admitted(policies, worker, API_SERVER, 443)
    assert not admitted(policies, worker, STRANGER, 443)
    # The autoscaler in the head asks for pods.
    assert admitted(policies, head, API_SERVER, 443)
    assert admitted(policies, head, API_SERVER, 6443)


def test_a_head_without_an_autoscaler_reaches_no_api_server() -> None:
    policies = policies_of(deploy(in_namespace("vllm", upgrade_strategy="None")))
    (labels,) = (one["spec"]["podSelector"]["matchLabels"] for one in policies if one["metadata"]["name"] == "llm-head")
    head = Peer("10.1.1.1", "vllm", labels)
    assert not any(admitted(policies, head, other, port) for other in (API_SERVER, HUB) for port in (443, 6443))


def test_policies_are_there_before_the_pods_and_can_be_left_out() -> None:
    plan = deploy(CPU)
    policies = {policy.urn for policy in plan.of_type(NETWORK_POLICY)}
    assert len(policies) == 2
    assert policies <= set(plan.resource(RAY_SERVICE).dependencies)
    assert not deploy(changed(CPU, network_policy={"enabled": False})).of_type(NETWORK_POLICY)


def test_the_api_server_takes_them(kubeconfig: str) -> None:
    api, name = KubernetesApi(kubeconfig), f"policies-{uuid.uuid4().hex[:8]}"
    kind = {"apiVersion": "networking.k8s.io/v1", "kind": "NetworkPolicy"}
    plan = deploy(in_namespace(name, network_policy=OPEN, **SCALED))
    policies = [{**kind, **policy} for policy in policies_of(plan)]
    namespace = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}
    with api.applied([namespace, *policies]) as (_, *applied):
        for policy, there in zip(policies, applied, strict=True):
            # The server adds the protocol of the user's rule, and nothing else.
            expected = {**policy["spec"], "egress": [*policy["spec"]["egress"]]}
            rule = expected["egress"].pop()
            expected["egress"].append({**rule, "ports": [{"port": 6379, "protocol": "TCP"}]})
            assert there.spec.to_dict() == expected
    policies[0]["spec"]["ingress"][0]["form"] = []
    with api.applied([namespace]), pytest.raises(ApiException) as refused:
        api.apply(policies[0])
    assert "form" in refusal(refused.value)


@pytest.mark.parametrize(
    ("network_policy", "problem"),
    [
        (
            {"enabled": False, "client_namespaces": ["a"]},
            "network_policy.enabled is false, so there are no NetworkPolicies, and network_policy.client_namespaces "
            "would do nothing. Remove network_policy.client_namespaces, or network_policy.enabled.",
        ),
        (
            {"client_namespaces": ["open-webui", "Team A"]},
            "network_policy.client_namespaces has 'Team A', which is no name of a namespace; that should hold only "
            "lower-case letters, digits and '-', neither start nor end with '-', and have at most 63 characters.",
        ),
        (
            {"operator_namespace": "ray_system"},
            "network_policy.operator_namespace is 'ray_system', which is no name of a namespace; that should hold only "
            "lower-case letters, digits and '-', neither start nor end with '-', and have at most 63 characters.",
        ),
        (
            {"client_cidrs": ["10.1.0.0/16", "10.1.2.3/20"]},
            "network_policy.client_cidrs has '10.1.2.3/20', which is not a CIDR block: the block of that address is "
            "10.1.0.0/20.",
        ),
        (
            {"client_cidrs": ["the VPC"]},
            "network_policy.client_cidrs has 'the VPC', which is not a CIDR block: it should be a range of addresses "
            "such as 10.1.0.0/20.",
        ),
        (
            {"egress": [{"from": []}]},
            "network_policy.egress has a rule with from; a rule has `to`, `ports` or both, as Kubernetes writes them: "
            "{to: [{ipBlock: {cidr: 10.1.2.3/32}}], ports: [{port: 6379}]}.",
        ),
    ],
)
def test_mistakes(network_policy: dict[str, Any], problem: str) -> None:
    with pytest.raises(ProgramError) as refused:
        deploy(changed(CPU, network_policy=network_policy))
    assert str(refused.value) == f"LlmService llm cannot be deployed: 1 problem.\n  1. {problem}"
