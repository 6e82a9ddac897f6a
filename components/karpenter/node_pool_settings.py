"""The settings of a node pool as plain, typed values, with every default."""

from typing import Annotated

from pydantic import Field

from neuronserve.components.karpenter.node_pool_args import CapacityType
from neuronserve.facts.instance_types import INSTANCE_TYPES
from neuronserve.settings.settings import Required, Settings, Text, TextOrOutput, ValueOrOutput, WholeNumber

AMI_ALIAS = "al2023@v20260903"
"""One alias for nodes with and without Neuron chips: Karpenter picks the variant. A release of
https://github.com/awslabs/amazon-eks-ami that public configurations of Kubernetes 1.35 pinned in 2026."""

NEURON_DISK_GIB = 500
"""An image of tens of GB, a model's weights as downloaded, and what is compiled from them."""
DISK_GIB = 100


class ChosenPoolSettings(Settings):
    """What a stack can set of a pool that the program describes."""

    zones: list[Text] | None = None
    capacity_types: Annotated[list[CapacityType], Field(min_length=1)] = Field(
        default_factory=lambda: [CapacityType.ON_DEMAND]
    )
    capacity_reservation_ids: list[Text] = Field(default_factory=list)
    ami_alias: Text = AMI_ALIAS
    disk_gib: WholeNumber | None = None


class NodePoolSettings(ChosenPoolSettings):
    """The component's arguments: :mod:`~neuronserve.components.karpenter.node_pool_args` describes each."""

    pool_name: Annotated[Text, Required("the name of the pool", stand_in="stand-in")]
    instance_types: Annotated[
        list[Text], Field(min_length=1), Required("the EC2 instance types of its nodes", stand_in=["m7i.xlarge"])
    ]
    max_nodes: Annotated[WholeNumber, Field(ge=1), Required("the most nodes at a time", stand_in=1)]
    instance_profile_name: Annotated[
        TextOrOutput, Required("the name of the nodes' instance profile", stand_in="stand-in")
    ]
    discovery_tag: Annotated[
        TextOrOutput, Required("the value of the tag karpenter.sh/discovery of the subnets", stand_in="stand-in")
    ]
    security_group_ids: Annotated[
        list[ValueOrOutput], Field(min_length=1), Required("the nodes' security groups", stand_in=["stand-in"])
    ]
    efa: bool = False
    tags: dict[str, str] = Field(default_factory=dict)

    @property
    def is_accelerated(self) -> bool:
        """Whether its nodes have Neuron chips."""
        return any(name in INSTANCE_TYPES for name in self.instance_types)

    @property
    def disk(self) -> int:
        """Size of a node's disk in GiB."""
        return self.disk_gib or (NEURON_DISK_GIB if self.is_accelerated else DISK_GIB)
