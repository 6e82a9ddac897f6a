"""The EKS add-ons of a cluster, and what each is given."""

from dataclasses import dataclass, field
from typing import Any

from neuronserve.facts.kubernetes_versions import KUBERNETES_VERSIONS
from neuronserve.facts.system_nodes import on_system_nodes


@dataclass(frozen=True)
class EksAddOn:
    """One add-on.

    Add-ons that are DaemonSets are made before the nodes, which are not ready without them. Those with a Deployment
    come after: without a node EKS would wait for their pods until it calls them degraded.
    """

    name: str
    after_nodes: bool
    configuration: dict[str, Any] = field(default_factory=dict)
    """In the schema of ``aws eks describe-addon-configuration``."""
    service_account: str | None = None
    """In kube-system; None for an add-on that does nothing in AWS."""
    managed_policy: str | None = None
    """Name of the AWS policy that its pods need, below ``policy/``
    (https://docs.aws.amazon.com/aws-managed-policy/latest/reference/)."""


EKS_ADD_ONS = (
    EksAddOn(
        "vpc-cni",
        after_nodes=False,
        configuration={
            "enableNetworkPolicy": "true",
            "env": {
                # Whole /28 prefixes: an inf2 node runs as many pods as kubelet allows, on few network interfaces.
                "ENABLE_PREFIX_DELEGATION": "true",
                "WARM_PREFIX_TARGET": "1",
                # Addresses are those of the node's subnet, whatever other subnets of the VPC are tagged for pods.
                "ENABLE_SUBNET_DISCOVERY": "false",
            },
        },
        service_account="aws-node",
        managed_policy="AmazonEKS_CNI_Policy",
    ),
    EksAddOn("kube-proxy", after_nodes=False),
    EksAddOn("eks-pod-identity-agent", after_nodes=False),
    EksAddOn("eks-node-monitoring-agent", after_nodes=False),
    EksAddOn("coredns", after_nodes=True, configuration=on_system_nodes()),
    EksAddOn(
        "aws-ebs-csi-driver",
        after_nodes=True,
        configuration={"controller": on_system_nodes()},
        service_account="ebs-csi-controller-sa",
        managed_policy="AmazonEBSCSIDriverPolicyV2",
    ),
    EksAddOn("metrics-server", after_nodes=True, configuration={"replicas": 2, **on_system_nodes()}),
)

EKS_ADD_ON_NAMES = frozenset(add_on.name for add_on in EKS_ADD_ONS)


def eks_add_on_version(name: str, kubernetes_version: str) -> str:
    """Return the version of an add-on that is pinned for a version of Kubernetes."""
    return KUBERNETES_VERSIONS[kubernetes_version].add_ons[name]
