"""The settings of a cluster."""

from typing import Annotated

import pulumi
from pydantic import BeforeValidator, Field

from neuronserve.facts.aws import LARGEST_GP3_GIB
from neuronserve.facts.kubernetes_versions import DEFAULT_VERSION
from neuronserve.settings import Later, Required, Settings, Text, WholeNumber

MOST_SYSTEM_NODES = 450
"""Nodes in a managed node group (https://docs.aws.amazon.com/eks/latest/userguide/service-quotas.html)."""


def _in_quotes(version: object) -> object:
    """Refuse what YAML made of a version without quotes: 1.40 would be 1.4."""
    if isinstance(version, float):
        raise ValueError(f'it should be text: write it in quotes, such as "{version:g}"')
    return version


KubernetesVersion = Annotated[Text, BeforeValidator(_in_quotes)]


class SystemNodesSettings(Settings):
    """The managed node group for what runs the cluster: Karpenter, DNS, operators."""

    instance_types: Later[Annotated[list[Text], Field(min_length=1)]] = Field(
        default_factory=lambda: ["m7i.large", "m6i.large"]
    )
    """EC2 instance types with x86-64 processors, the preferred one first."""
    min_size: Later[Annotated[WholeNumber, Field(ge=1)]] = 2
    """Fewest nodes. With one to start with, a stack's operators have one replica, and nothing takes over from it."""
    max_size: Later[Annotated[WholeNumber, Field(ge=1, le=MOST_SYSTEM_NODES)]] = 4
    """Most nodes."""
    desired_size: Later[Annotated[WholeNumber, Field(ge=1)]] | None = None
    """Nodes to start with. Default: min_size."""
    disk_gib: Later[Annotated[WholeNumber, Field(ge=20, le=LARGEST_GP3_GIB)]] = 50
    """Size of a node's disk in GiB, at least 20."""

    @property
    def desired(self) -> int | pulumi.Output[int]:
        """Nodes to start with."""
        return self.min_size if self.desired_size is None else self.desired_size


class ClusterOptions(Settings):
    """The EKS cluster that is made."""

    cluster_name: Later[Text] | None = None
    """The EKS cluster's name. Default: the component's and the stack's, in a stack file <project>-<stack>."""
    version: Later[KubernetesVersion] = DEFAULT_VERSION
    """Kubernetes version, in standard support."""
    endpoint_public_access: Later[bool] = False
    """Whether the API server can be reached from outside the VPC, from public_access_cidrs only."""
    public_access_cidrs: Later[list[Later[Text]]] = Field(default_factory=list)
    """The networks from which it can be reached, such as [203.0.113.7/32]."""
    allow_public_access_from_anywhere: bool = False
    """Admits 0.0.0.0/0 to public_access_cidrs."""
    administrators: list[Later[Text]] = Field(default_factory=list)
    """ARNs of IAM roles and users that administer the cluster, besides whoever makes it."""
    log_retention_in_days: Later[WholeNumber] = 90
    """Days for which CloudWatch keeps the control plane's logs."""
    deletion_protection: Later[bool] = False
    """Whether EKS refuses to delete the cluster until this is unset."""
    system_nodes: SystemNodesSettings = SystemNodesSettings()
    """The nodes that Karpenter and the operators run on."""
    eks_add_on_versions: dict[str, Later[Text]] = Field(default_factory=dict)
    """Versions of EKS add-ons by name, in place of the pinned ones."""


class ClusterSettings(ClusterOptions):
    """The arguments of Cluster."""

    adopt_log_group: bool = False
    """Whether the log group of the control plane is taken over, with its logs, where it is there already."""

    vpc_id: Annotated[Later[Text], Required("the VPC of the cluster", stand_in="stand-in")]
    """The cluster's VPC."""
    subnet_ids: Annotated[
        Later[list[Later[Text]]],
        Required("the subnets of its control plane, in at least two zones", stand_in=["stand-in"]),
    ]
    """Subnets for the control plane's network interfaces, in at least two zones."""
    node_subnet_ids: Annotated[
        Later[list[Later[Text]]], Required("the subnets of its system nodes", stand_in=["stand-in"])
    ]
    """Subnets for the system nodes, in several zones, with a way to the registries of the images."""
    aws_profile: Later[Text] | None = None
    """Profile of the AWS CLI with which kubectl and Pulumi get tokens. Default: the ambient credentials."""
    tags: dict[str, Later[Text]] = Field(default_factory=dict)
    """Tags of the cluster and of the system nodes' instances; those of everything come from the provider."""

    @property
    def name(self) -> str | pulumi.Output[str]:
        """The EKS cluster's name; the component has filled it in."""
        return self.cluster_name or ""


class ExistingClusterSettings(Settings):
    """An EKS cluster that is there already."""

    name: Annotated[Later[Text], Required("the name of the EKS cluster", stand_in="stand-in")]
    """Name of an EKS cluster in the provider's account and region."""
    aws_profile: Later[Text] | None = None
    """Profile of the AWS CLI with which kubectl and Pulumi get tokens. Default: the ambient credentials."""


class EksClusterSettings(Settings):
    """An EKS cluster, as far as what runs in it has to know it."""

    name: Annotated[Later[Text], Required("the name of the EKS cluster", stand_in="stand-in")]
    """The cluster's name."""
    arn: Annotated[Later[Text], Required("the ARN of the EKS cluster", stand_in="stand-in")]
    """Its ARN."""
    region: Annotated[Later[Text], Required("the cluster's region, such as us-west-2", stand_in="us-west-2")]
    """Its region."""
    vpc_id: Annotated[Later[Text], Required("the id of the cluster's VPC", stand_in="stand-in")]
    """Its VPC."""
    security_group_ids: Annotated[
        Later[list[Later[Text]]], Required("the security groups of its nodes", stand_in=["stand-in"])
    ]
    """Security groups of the nodes that Karpenter makes."""
    discovery_tag: Later[Text] | None = None
    """Value of the tag karpenter.sh/discovery of the subnets of these nodes."""
    subnet_ids: Later[list[Later[Text]]] | None = None
    """These subnets themselves, in place of discovery_tag."""
    system_nodes: bool = False
    """Whether it has system nodes, as a Cluster makes them, for what runs the cluster."""
    isolated_vpc: bool = False
    """Whether nothing leads out of its VPC."""


class DefaultStorageClassSettings(Settings):
    """The arguments of DefaultStorageClass."""

    storage_class_name: Later[Text] = "gp3"
    """Name of the StorageClass."""
