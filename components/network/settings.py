"""The settings of a network."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from neuronserve.settings import Later, Required, Settings, Text, WholeNumber


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
    ELASTIC_LOAD_BALANCING = "elasticloadbalancing"


class FlowLogsSettings(Settings):
    """Records of the traffic of the VPC, in CloudWatch."""

    retention_in_days: Later[WholeNumber] = 30
    """Days for which they are kept."""


class NetworkOptions(Settings):
    """The VPC that is made."""

    cidr_block: Later[Text] = "10.1.0.0/16"
    """The VPC's addresses, of nodes and pods, from /16 to /20."""
    availability_zone_ids: list[Text] | None = None
    """Two to four zones by id (usw2-az1), which means the same place in every account. Default: looked up."""
    availability_zone_names: list[Text] | None = None
    """Two to four zones by name (us-west-2a), in place of availability_zone_ids. A name means another place in every
    account: that EKS takes no control plane in one (in us-east-1, us-west-1 and ca-central-1) only EKS can say, when
    the cluster is made."""
    number_of_availability_zones: WholeNumber = 2
    """How many zones to look up, where none are named."""
    nat_gateways: NatGateways = NatGateways.SINGLE
    """How private subnets reach the internet: Single, OnePerZone or None."""
    interface_endpoints: list[InterfaceEndpoint] = Field(default_factory=list)
    """AWS services to reach without leaving the VPC, besides S3, such as [ecr.api, ecr.dkr, sts]."""
    flow_logs: FlowLogsSettings | None = None
    """Records of the traffic. Default: none."""

    @property
    def availability_zones(self) -> list[str] | None:
        """The zones that are named, by id or by name; None where they are looked up."""
        return self.availability_zone_names if self.availability_zone_ids is None else self.availability_zone_ids


class NetworkSettings(NetworkOptions):
    """The arguments of Network."""

    region: Annotated[Later[Text], Required("the provider's region, such as us-west-2", stand_in="us-west-2")]
    """The provider's region, such as us-west-2."""
    discovery_tag: Later[Text] | None = None
    """Value of the tag karpenter.sh/discovery of the subnets for nodes. Default: the component's name."""
    tags: dict[str, Later[Text]] = Field(default_factory=dict)
    """Tags of the VPC and its subnets; those of everything come from the provider."""


class ExistingNetworkSettings(Settings):
    """A VPC that is there already, with its subnets."""

    vpc_id: Annotated[Later[Text], Required("the VPC's id", stand_in="vpc-0")]
    """The VPC."""
    private_subnet_ids: Annotated[
        Later[list[Later[Text]]],
        Required("the ids of subnets for nodes, in at least two zones", stand_in=["subnet-0", "subnet-1"]),
    ]
    """Subnets for nodes and pods, in at least two zones, with a way to the registries of the images."""
    intra_subnet_ids: Later[list[Later[Text]]] | None = None
    """Subnets for the control plane's network interfaces. Default: those for nodes."""
    public_subnet_ids: Later[list[Later[Text]]] = Field(default_factory=list)
    """Subnets for public load balancers."""
