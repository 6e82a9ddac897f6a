"""The NetworkPolicies of an LLM service: who may reach its pods, and whom these may reach.

A policy admits, and whatever no policy of a pod admits is refused. Kubelet's probes come from the pod's own node, which
no policy shuts out, as does what ``kubectl port-forward`` brings.
"""

from collections.abc import Sequence
from typing import Any

import pulumi

from neuronserve.components.llm_service.ray_service_spec import (
    HEAD_PORTS,
    METRICS_PORT,
    pod_labels,
    service_labels,
)
from neuronserve.components.llm_service.settings import NetworkPolicySettings
from neuronserve.facts.kube_ray import OPERATOR_LABELS

NAMESPACE_NAME = "kubernetes.io/metadata.name"
"""Label that Kubernetes gives each namespace."""

ANYWHERE = "0.0.0.0/0"
LINK_LOCAL = "169.254.0.0/16"
"""Holds the metadata address of a node, which hands out the credentials of the node's role."""
PRIVATE = ("10.0.0.0/8", "100.64.0.0/10", "172.16.0.0/12", "192.168.0.0/16")
"""Addresses of networks of one's own (RFC 1918, RFC 6598): other pods, other hosts of the VPC."""

POD_IDENTITY_AGENT = "169.254.170.23/32"
"""Hands a pod the credentials of its own service account, on port 80
(https://docs.aws.amazon.com/eks/latest/userguide/pod-id-how-it-works.html)."""

NODE_LOCAL_DNS = "169.254.20.10/32"
"""Where clusters that have it run a DNS cache on each node
(https://kubernetes.io/docs/tasks/administer-cluster/nodelocaldns/)."""

DNS_PORT, HTTPS_PORT = 53, 443
API_SERVER_PORTS = (HTTPS_PORT, 6443)
"""On EKS, and elsewhere: a policy may be asked before or after the address of its Service became that of a server."""


def network_policy_spec(name: str, component: str, settings: NetworkPolicySettings, *, asks_api_server: bool) -> Any:
    """Return the ``spec`` of the NetworkPolicy (``networking.k8s.io/v1``) of a service's heads or of its workers.

    Args:
        name: the service's name.
        component: ``head`` or ``worker``.
        settings: whom the user lets in and out besides.
        asks_api_server: whether these pods look after others, as Ray's autoscaler in the head does.
    """
    return {
        "podSelector": {"matchLabels": pod_labels(name, component)},
        "policyTypes": ["Ingress", "Egress"],
        "ingress": _ingress(name, component, settings),
        "egress": _egress(name, component, settings, asks_api_server=asks_api_server),
    }


def head_storage_policy_spec(name: str, port: pulumi.Input[int]) -> Any:
    """Return the ``spec`` of the NetworkPolicy that lets a service's heads out to their Redis, in the own networks.

    It is one of its own: when a service comes to have another storage, the heads of its old Ray cluster need this one
    until the new cluster answers, and only what is deleted goes after that.

    Args:
        name: the service's name.
        port: that of the Redis.
    """
    return {
        "podSelector": {"matchLabels": pod_labels(name, "head")},
        "policyTypes": ["Egress"],
        "egress": [{"to": [*map(block, PRIVATE)], "ports": ports(port)}],
    }


def _ingress(name: str, component: str, settings: NetworkPolicySettings) -> list[dict[str, Any]]:
    serve = HEAD_PORTS["serve"]
    clients = [{"podSelector": {}}, *pods_of(settings.client_namespaces), *map(block, settings.client_cidrs)]
    rules = [{"from": [_own_pods(name)]}, {"from": clients, "ports": ports(serve)}]
    if settings.monitoring_namespaces:
        rules.append({"from": pods_of(settings.monitoring_namespaces), "ports": ports(METRICS_PORT)})
    if component == "head":
        # It configures Serve through the dashboard, and asks the head's proxy, of all proxies, whether it is well
        # (KubeRay 1.7, `updateHeadPodServeLabel`).
        (namespace,) = pods_of([settings.operator_namespace])
        operator = namespace | {"podSelector": {"matchLabels": OPERATOR_LABELS}}
        rules.append({"from": [operator], "ports": ports(HEAD_PORTS["dashboard"], serve)})
    return rules


def _egress(
    name: str, component: str, settings: NetworkPolicySettings, *, asks_api_server: bool
) -> list[dict[str, Any]]:
    rules = [{"to": [_own_pods(name)]}, dns_rule()]
    if asks_api_server:
        rules.append({"to": [block(ANYWHERE, but=[LINK_LOCAL])], "ports": ports(*API_SERVER_PORTS)})
    if component == "worker":
        # Where models come from: S3, by whatever way, and Hugging Face have public addresses.
        rules.append({"to": [block(ANYWHERE, but=[LINK_LOCAL, *PRIVATE])], "ports": ports(HTTPS_PORT)})
        rules.append({"to": [block(POD_IDENTITY_AGENT)], "ports": ports(80)})
    return [*rules, *settings.egress]


def _own_pods(name: str) -> dict[str, Any]:
    """Return all pods of a service: Ray's own ports are many, and a second cluster is one of an upgrade."""
    return {"podSelector": {"matchLabels": service_labels(name)}}


def dns_rule() -> dict[str, Any]:
    """Return the rule that lets pods ask for names."""
    (system,) = pods_of(["kube-system"])
    dns = system | {"podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}
    return {"to": [dns, block(NODE_LOCAL_DNS)], "ports": [*ports(DNS_PORT), *ports(DNS_PORT, protocol="UDP")]}


def pods_of(namespaces: Sequence[pulumi.Input[str]]) -> list[dict[str, Any]]:
    """Return peers: all pods of some namespaces."""
    return [{"namespaceSelector": {"matchLabels": {NAMESPACE_NAME: namespace}}} for namespace in namespaces]


def block(cidr: pulumi.Input[str], but: Sequence[str] = ()) -> dict[str, Any]:
    """Return a peer: the addresses of a block, but for those of others."""
    return {"ipBlock": {"cidr": cidr, **({"except": [*but]} if but else {})}}


def ports(*numbers: pulumi.Input[int], protocol: str = "TCP") -> list[dict[str, Any]]:
    """Return the ports of a rule."""
    return [{"protocol": protocol, "port": number} for number in numbers]
