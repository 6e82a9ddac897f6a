"""The arguments of :class:`~neuronserve.components.cluster.Cluster`.

TypedDicts without string annotations and literals: Pulumi reads them to offer the component in its other
languages. The defaults are in :mod:`~neuronserve.components.cluster.settings`.
"""

from typing import NotRequired, TypedDict

import pulumi


class SystemNodesArgs(TypedDict):
    """The managed node group for what runs the cluster: Karpenter, DNS, operators."""

    instance_types: NotRequired[list[str]]
    """EC2 instance types with x86-64 processors, the preferred one first. Default m7i.large, m6i.large."""
    min_size: NotRequired[int]
    """Fewest nodes; Karpenter's two replicas need two. Default 2."""
    max_size: NotRequired[int]
    """Most nodes. Default 4."""
    desired_size: NotRequired[int]
    """Nodes to start with. Default: min_size."""
    disk_gib: NotRequired[int]
    """Size of a node's disk in GiB, at least 20. Default 50."""


class ExistingClusterArgs(TypedDict):
    """A cluster that is there already; with neither name nor kubeconfig, that of the ambient kubeconfig."""

    name: NotRequired[str]
    """Name of an EKS cluster in the provider's account and region."""
    kubeconfig: NotRequired[pulumi.Input[str]]
    """Path or content of a kubeconfig, for any Kubernetes."""
    context: NotRequired[str]
    """Context of the kubeconfig; its current one when unset."""


class ClusterArgs(TypedDict):
    """The arguments of Cluster: either existing, or network and subnets for a new one."""

    existing: NotRequired[ExistingClusterArgs]
    """A cluster to use instead of making one; then nothing is made, and nothing else but the version may be set."""
    cluster_name: NotRequired[str]
    """The EKS cluster's name. Default: the component's."""
    version: NotRequired[str]
    """Kubernetes version, such as 1.35, in standard support. Default 1.35."""
    vpc_id: NotRequired[pulumi.Input[str]]
    """The VPC of a new cluster."""
    subnet_ids: NotRequired[pulumi.Input[list[pulumi.Input[str]]]]
    """Subnets for the control plane's network interfaces, in at least two zones."""
    node_subnet_ids: NotRequired[pulumi.Input[list[pulumi.Input[str]]]]
    """Subnets for the system nodes, in several zones, with a way to the registries of the images."""
    endpoint_public_access: NotRequired[bool]
    """Whether the API server can be reached from outside the VPC, from public_access_cidrs only. Default false."""
    public_access_cidrs: NotRequired[list[str]]
    """The networks from which it can be reached, such as 203.0.113.7/32."""
    allow_public_access_from_anywhere: NotRequired[bool]
    """Admits 0.0.0.0/0 to public_access_cidrs. Default false."""
    administrators: NotRequired[list[pulumi.Input[str]]]
    """ARNs of IAM roles and users that administer the cluster, besides whoever makes it."""
    log_retention_days: NotRequired[int]
    """Days for which CloudWatch keeps the control plane's logs. Default 90."""
    deletion_protection: NotRequired[bool]
    """Whether EKS refuses to delete the cluster until this is unset. Default false."""
    system_nodes: NotRequired[SystemNodesArgs]
    """The nodes that Karpenter and the operators run on."""
    add_on_versions: NotRequired[dict[str, str]]
    """Versions by add-on name, in place of the pinned ones."""
    aws_profile: NotRequired[str]
    """Profile of the AWS CLI with which kubectl and Pulumi get tokens; the ambient credentials when unset."""
    tags: NotRequired[dict[str, str]]
    """Tags of the cluster; those of everything come from the provider."""
