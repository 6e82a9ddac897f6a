"""The arguments of :class:`~neuronserve.components.network.Network`.

TypedDicts without string annotations and literals: Pulumi reads them to offer the component in its other
languages. The defaults are in :mod:`~neuronserve.components.network.settings`.
"""

from enum import StrEnum
from typing import NotRequired, TypedDict

import pulumi


class NatGateways(StrEnum):
    """How private subnets reach the internet."""

    SINGLE = "Single"
    """Through one NAT gateway: cheap, and gone with its zone."""
    ONE_PER_ZONE = "OnePerZone"
    """Through one in each zone: no traffic between zones, and no zone needs another."""
    NONE = "None"
    """Not at all: images and charts come from a mirror, AWS is reached through interface endpoints."""


class InterfaceEndpoint(StrEnum):
    """AWS services that can be reached without leaving the VPC."""

    ECR_API = "ecr.api"
    ECR_DKR = "ecr.dkr"
    STS = "sts"
    LOGS = "logs"
    EC2 = "ec2"
    SSM = "ssm"
    SQS = "sqs"
    EKS = "eks"
    EKS_AUTH = "eks-auth"


class FlowLogsArgs(TypedDict):
    """Records of the traffic of the VPC, in CloudWatch."""

    retention_days: NotRequired[int]
    """Days for which they are kept. Default 30."""


class ExistingNetworkArgs(TypedDict):
    """A VPC that is there already, with its subnets."""

    vpc_id: str
    """The VPC."""
    private_subnet_ids: list[str]
    """Subnets for nodes, in at least two zones, with a way to the registries of the images."""
    intra_subnet_ids: NotRequired[list[str]]
    """Subnets for the control plane's network interfaces. Default: those for nodes."""
    public_subnet_ids: NotRequired[list[str]]
    """Subnets for public load balancers. Default none."""
    pod_subnet_ids: NotRequired[list[str]]
    """Subnets for pods, tagged kubernetes.io/role/cni = 1. Default none: pods get addresses where their node is."""


class NetworkArgs(TypedDict):
    """The arguments of Network: besides the region either existing, or any of the others."""

    region: str
    """The provider's region, such as us-west-2."""
    existing: NotRequired[ExistingNetworkArgs]
    """A VPC to use instead of making one; then nothing is made, and nothing else may be set."""
    cidr: NotRequired[str]
    """The VPC's own addresses, from /16 to /23. Default 10.1.0.0/16."""
    pod_cidr: NotRequired[str]
    """Further addresses, for pods, from /16 to /24. Default 100.64.0.0/16."""
    zones: NotRequired[list[str]]
    """Two to four availability zones, all by name (us-west-2a) or all by id (usw2-az1). Default: looked up."""
    zone_count: NotRequired[int]
    """How many zones to look up, where zones is not set. Default 2."""
    nat_gateways: NotRequired[NatGateways]
    """How private subnets reach the internet. Default Single."""
    interface_endpoints: NotRequired[list[InterfaceEndpoint]]
    """AWS services to reach without leaving the VPC, besides S3. Default none."""
    flow_logs: NotRequired[FlowLogsArgs]
    """Records of the traffic. Default: none."""
    discovery_tag: NotRequired[pulumi.Input[str]]
    """Value of the tag karpenter.sh/discovery of the subnets for nodes. Default: the component's name."""
    tags: NotRequired[dict[str, str]]
    """Tags of the VPC and its subnets; those of everything come from the provider."""
