"""The arguments of the components in ``components/cluster``.

Generated from the settings classes by `make generate`: a change belongs there.
"""

from typing import NotRequired, TypedDict

import pulumi


class SystemNodesArgs(TypedDict):
    """The managed node group for what runs the cluster: Karpenter, DNS, operators."""

    instance_types: NotRequired[pulumi.Input[list[str]] | None]
    """EC2 instance types with x86-64 processors, the preferred one first. Default: [m7i.large, m6i.large]."""
    min_size: NotRequired[pulumi.Input[int] | None]
    """Fewest nodes. With one to start with, a stack's operators have one replica, and nothing takes over from it.
    Default: 2."""
    max_size: NotRequired[pulumi.Input[int] | None]
    """Most nodes. Default: 4."""
    desired_size: NotRequired[pulumi.Input[int] | None]
    """Nodes to start with. Default: min_size."""
    disk_gib: NotRequired[pulumi.Input[int] | None]
    """Size of a node's disk in GiB, at least 20. Default: 50."""


class ClusterArgs(TypedDict):
    """The arguments of Cluster."""

    cluster_name: NotRequired[pulumi.Input[str] | None]
    """The EKS cluster's name. Default: the component's and the stack's, in a stack file <project>-<stack>."""
    version: NotRequired[pulumi.Input[str] | None]
    """Kubernetes version, in standard support. Default: 1.35."""
    endpoint_public_access: NotRequired[pulumi.Input[bool] | None]
    """Whether the API server can be reached from outside the VPC, from public_access_cidrs only. Default: false."""
    public_access_cidrs: NotRequired[pulumi.Input[list[pulumi.Input[str]]] | None]
    """The networks from which it can be reached, such as [203.0.113.7/32]."""
    allow_public_access_from_anywhere: NotRequired[bool | None]
    """Admits 0.0.0.0/0 to public_access_cidrs. Default: false."""
    administrators: NotRequired[list[pulumi.Input[str]] | None]
    """ARNs of IAM roles and users that administer the cluster, besides whoever makes it."""
    log_retention_in_days: NotRequired[pulumi.Input[int] | None]
    """Days for which CloudWatch keeps the control plane's logs. Default: 90."""
    deletion_protection: NotRequired[pulumi.Input[bool] | None]
    """Whether EKS refuses to delete the cluster until this is unset. Default: false."""
    system_nodes: NotRequired[SystemNodesArgs | None]
    """The nodes that Karpenter and the operators run on."""
    eks_add_on_versions: NotRequired[dict[str, pulumi.Input[str]] | None]
    """Versions of EKS add-ons by name, in place of the pinned ones."""
    adopt_log_group: NotRequired[bool | None]
    """Whether the log group of the control plane is taken over, with its logs, where it is there already. Default:
    false."""
    vpc_id: pulumi.Input[str]
    """The cluster's VPC."""
    subnet_ids: pulumi.Input[list[pulumi.Input[str]]]
    """Subnets for the control plane's network interfaces, in at least two zones."""
    node_subnet_ids: pulumi.Input[list[pulumi.Input[str]]]
    """Subnets for the system nodes, in several zones, with a way to the registries of the images."""
    aws_profile: NotRequired[pulumi.Input[str] | None]
    """Profile of the AWS CLI with which kubectl and Pulumi get tokens. Default: the ambient credentials."""
    tags: NotRequired[dict[str, pulumi.Input[str]] | None]
    """Tags of the cluster and of the system nodes' instances; those of everything come from the provider."""


class ExistingClusterArgs(TypedDict):
    """An EKS cluster that is there already."""

    name: pulumi.Input[str]
    """Name of an EKS cluster in the provider's account and region."""
    aws_profile: NotRequired[pulumi.Input[str] | None]
    """Profile of the AWS CLI with which kubectl and Pulumi get tokens. Default: the ambient credentials."""


class EksClusterArgs(TypedDict):
    """An EKS cluster, as far as what runs in it has to know it."""

    name: pulumi.Input[str]
    """The cluster's name."""
    arn: pulumi.Input[str]
    """Its ARN."""
    region: pulumi.Input[str]
    """Its region."""
    vpc_id: pulumi.Input[str]
    """Its VPC."""
    security_group_ids: pulumi.Input[list[pulumi.Input[str]]]
    """Security groups of the nodes that Karpenter makes."""
    discovery_tag: NotRequired[pulumi.Input[str] | None]
    """Value of the tag karpenter.sh/discovery of the subnets of these nodes."""
    subnet_ids: NotRequired[pulumi.Input[list[pulumi.Input[str]]] | None]
    """These subnets themselves, in place of discovery_tag."""
    system_nodes: NotRequired[bool | None]
    """Whether it has system nodes, as a Cluster makes them, for what runs the cluster. Default: false."""
    isolated_vpc: NotRequired[bool | None]
    """Whether nothing leads out of its VPC. Default: false."""


class DefaultStorageClassArgs(TypedDict):
    """The arguments of DefaultStorageClass."""

    storage_class_name: NotRequired[pulumi.Input[str] | None]
    """Name of the StorageClass. Default: gp3."""
