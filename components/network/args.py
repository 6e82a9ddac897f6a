"""The arguments of the components in ``components/network``.

Generated from the settings classes by `make generate`: a change belongs there.
"""

from typing import Literal, NotRequired, TypedDict

import pulumi

from neuronserve.components.network.settings import InterfaceEndpoint, NatGateways

_InterfaceEndpoint = (
    InterfaceEndpoint
    | Literal["ecr.api", "ecr.dkr", "sts", "logs", "ec2", "ssm", "sqs", "eks", "eks-auth", "elasticloadbalancing"]
)
_NatGateways = NatGateways | Literal["Single", "OnePerZone", "None"]


class FlowLogsArgs(TypedDict):
    """Records of the traffic of the VPC, in CloudWatch."""

    retention_in_days: NotRequired[pulumi.Input[int] | None]
    """Days for which they are kept. Default: 30."""


class NetworkArgs(TypedDict):
    """The arguments of Network."""

    cidr_block: NotRequired[pulumi.Input[str] | None]
    """The VPC's addresses, of nodes and pods, from /16 to /20. Default: 10.1.0.0/16."""
    availability_zone_ids: NotRequired[list[str] | None]
    """Two to four zones by id (usw2-az1), which means the same place in every account. Default: looked up."""
    availability_zone_names: NotRequired[list[str] | None]
    """Two to four zones by name (us-west-2a), in place of availability_zone_ids. A name means another place in every
    account: that EKS takes no control plane in one (in us-east-1, us-west-1 and ca-central-1) only EKS can say, when
    the cluster is made."""
    number_of_availability_zones: NotRequired[int | None]
    """How many zones to look up, where none are named. Default: 2."""
    nat_gateways: NotRequired[_NatGateways | None]
    """How private subnets reach the internet: Single, OnePerZone or None. Default: Single."""
    interface_endpoints: NotRequired[list[_InterfaceEndpoint] | None]
    """AWS services to reach without leaving the VPC, besides S3, such as [ecr.api, ecr.dkr, sts]."""
    flow_logs: NotRequired[FlowLogsArgs | None]
    """Records of the traffic. Default: none."""
    region: pulumi.Input[str]
    """The provider's region, such as us-west-2."""
    discovery_tag: NotRequired[pulumi.Input[str] | None]
    """Value of the tag karpenter.sh/discovery of the subnets for nodes. Default: the component's name."""
    tags: NotRequired[dict[str, pulumi.Input[str]] | None]
    """Tags of the VPC and its subnets; those of everything come from the provider."""


class ExistingNetworkArgs(TypedDict):
    """A VPC that is there already, with its subnets."""

    vpc_id: pulumi.Input[str]
    """The VPC."""
    private_subnet_ids: pulumi.Input[list[pulumi.Input[str]]]
    """Subnets for nodes and pods, in at least two zones, with a way to the registries of the images."""
    intra_subnet_ids: NotRequired[pulumi.Input[list[pulumi.Input[str]]] | None]
    """Subnets for the control plane's network interfaces. Default: those for nodes."""
    public_subnet_ids: NotRequired[pulumi.Input[list[pulumi.Input[str]]] | None]
    """Subnets for public load balancers."""
