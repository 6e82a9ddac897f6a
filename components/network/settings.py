"""The settings of a network as plain, typed values, with every default."""

from typing import Annotated

from pydantic import Field

from neuronserve.components.network.args import InterfaceEndpoint, NatGateways
from neuronserve.settings.settings import Required, Settings, Text, TextOrOutput, WholeNumber


class FlowLogsSettings(Settings):
    """Records of the traffic of the VPC."""

    retention_days: WholeNumber = 30


class ExistingNetworkSettings(Settings):
    """A VPC that is there already."""

    vpc_id: Annotated[Text, Required("the VPC's id", stand_in="vpc-0")]
    private_subnet_ids: Annotated[
        list[Text], Required("the ids of subnets for nodes, in at least two zones", stand_in=["subnet-0", "subnet-1"])
    ]
    intra_subnet_ids: list[Text] | None = None
    public_subnet_ids: list[Text] = Field(default_factory=list)
    pod_subnet_ids: list[Text] = Field(default_factory=list)


class NewNetworkSettings(Settings):
    """What a stack can set of a network: all but what other parts of the program give it."""

    existing: ExistingNetworkSettings | None = None
    cidr: Text = "10.1.0.0/16"
    pod_cidr: Text = "100.64.0.0/16"
    zones: list[Text] | None = None
    zone_count: WholeNumber = 2
    nat_gateways: NatGateways = NatGateways.SINGLE
    interface_endpoints: list[InterfaceEndpoint] = Field(default_factory=list)
    flow_logs: FlowLogsSettings | None = None

    @property
    def number_of_zones(self) -> int:
        """In how many zones there are subnets."""
        return self.zone_count if self.zones is None else len(self.zones)


class NetworkSettings(NewNetworkSettings):
    """The component's arguments: :mod:`~neuronserve.components.network.args` describes each."""

    region: Annotated[Text, Required("the provider's region, such as us-west-2", stand_in="us-west-2")]
    discovery_tag: TextOrOutput | None = None
    tags: dict[str, str] = Field(default_factory=dict)
