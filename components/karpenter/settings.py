"""The settings of Karpenter and of its node pools."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from neuronserve.components.helm.settings import MirrorSettings
from neuronserve.facts.aws import AMI_ALIAS
from neuronserve.facts.instance_types import INSTANCE_TYPES
from neuronserve.facts.kubernetes_versions import MOST_NODES
from neuronserve.settings import Json, Later, Required, Settings, Text, WholeNumber

NEURON_DISK_GIB = 500
"""An image of tens of GB, a model's weights as downloaded, and what is compiled from them."""
DISK_GIB = 100
LARGEST_DISK_GIB = 59_000
"""From the CRD of EC2NodeClass."""


class CapacityType(StrEnum):
    """How Karpenter may buy an instance."""

    ON_DEMAND = "on-demand"
    SPOT = "spot"
    RESERVED = "reserved"
    """From a capacity reservation that is there; with on-demand beside it, what the reservation lacks is bought."""


class DisruptionReason(StrEnum):
    """Why Karpenter may take a node away, in its own words (https://karpenter.sh/v1.14/concepts/disruption/)."""

    EMPTY = "Empty"
    """No pod is on it but those of DaemonSets."""
    DRIFTED = "Drifted"
    """It is not what the pool describes any more."""
    UNDERUTILIZED = "Underutilized"
    """Its pods have room on other nodes, or on a cheaper one."""


class KarpenterSettings(Settings):
    """The arguments of Karpenter."""

    cluster_name: Annotated[Later[Text], Required("the name of the EKS cluster", stand_in="stand-in")]
    """The EKS cluster; it has to run the add-on eks-pod-identity-agent, and have nodes of its own."""
    cluster_arn: Annotated[Later[Text], Required("the ARN of the EKS cluster", stand_in="stand-in")]
    """Its ARN."""
    region: Annotated[Later[Text], Required("the cluster's region, such as us-west-2", stand_in="us-west-2")]
    """Its region."""
    isolated_vpc: Later[bool] = False
    """Whether prices cannot be asked for, because the VPC has no way to the internet."""
    install_crds: bool = True
    """Whether the component makes Karpenter's CRDs; false where the cluster has them."""
    replicas: Later[Annotated[WholeNumber, Field(ge=1)]] = 2
    """Replicas of the controller, each on a node of its own; one works at a time."""
    on_system_nodes: bool = True
    """Whether the controller runs on the system nodes."""
    mirror: MirrorSettings = MirrorSettings()
    """Where chart, CRDs and image are taken from. Default: their public homes."""
    values: Later[Json] = Field(default_factory=dict)
    """Further values of the controller's chart, laid over those of the component."""


class NodePoolOptions(Settings):
    """Nodes of one kind, which Karpenter makes when pods need them."""

    instance_types: Annotated[list[Text], Field(min_length=1)] | None = None
    """EC2 instance types of the nodes. Default in a stack: for the pool default m7i.xlarge and its like, for the pool
    of a family with Neuron chips what the services need of it."""
    max_nodes: Annotated[WholeNumber, Field(ge=1, le=MOST_NODES)] | None = None
    """The most nodes at a time. Default in a stack: as many as the services need, twice over where an upgrade starts a
    second set."""
    limits: dict[str, Later[Text]] | None = None
    """Karpenter's limits of all nodes together, such as {cpu: "64"}. Default: what max_nodes of the largest type
    have."""
    availability_zone_ids: Later[list[Later[Text]]] | None = None
    """Zones by id (usw2-az1). Default: wherever there are subnets."""
    availability_zone_names: Later[list[Later[Text]]] | None = None
    """Zones by name (us-west-2a), in place of availability_zone_ids."""
    capacity_types: Annotated[list[CapacityType], Field(min_length=1)] = Field(
        default_factory=lambda: [CapacityType.ON_DEMAND]
    )
    """How instances may be bought: on-demand, spot, reserved."""
    capacity_reservation_ids: list[Later[Text]] = Field(default_factory=list)
    """Capacity reservations to use, with capacity type reserved."""
    ami_alias: Later[Text] = AMI_ALIAS
    """Image of the nodes, al2023@<version>."""
    disruption_reasons: list[DisruptionReason] = Field(default_factory=lambda: [DisruptionReason.EMPTY])
    """Why nodes may go, one at a time: Empty, Drifted, Underutilized. Without Drifted a change of image, disk, tags or
    Kubernetes version reaches new nodes only: a running one is kept until it is empty."""
    labels: dict[str, Later[Text]] = Field(default_factory=dict)
    """Labels of the nodes, besides those that Karpenter gives them."""
    disk_gib: Annotated[WholeNumber, Field(le=LARGEST_DISK_GIB)] | None = None
    """Size of a node's disk in GiB. Default: 500 with Neuron chips, 100 without."""
    node_pool_spec: Later[Json] = Field(default_factory=dict)
    """Further fields of the NodePool's spec, laid over those of the component."""
    node_class_spec: Later[Json] = Field(default_factory=dict)
    """Further fields of the EC2NodeClass' spec, laid over those of the component."""


class NodePoolSettings(NodePoolOptions):
    """The arguments of NodePool."""

    pool_name: Text | None = None
    """Name of the NodePool and its EC2NodeClass in the cluster. Default: the component's name."""
    instance_types: Annotated[
        list[Text], Field(min_length=1), Required("the EC2 instance types of its nodes", stand_in=["m7i.xlarge"])
    ]
    """EC2 instance types of the nodes, either all with Neuron chips or all without."""
    max_nodes: Annotated[WholeNumber, Field(ge=1, le=MOST_NODES)] | None = None
    """The most nodes at a time; needed unless limits are set."""
    instance_profile_name: Annotated[
        Later[Text], Required("the name of the nodes' instance profile", stand_in="stand-in")
    ]
    """The instance profile of the nodes: Karpenter's output."""
    security_group_ids: Annotated[
        Later[list[Later[Text]]], Required("the nodes' security groups", stand_in=["stand-in"])
    ]
    """Security groups of the nodes."""
    discovery_tag: Later[Text] | None = None
    """Value of the tag karpenter.sh/discovery of the subnets; needed unless subnet_ids are set."""
    subnet_ids: Later[list[Later[Text]]] | None = None
    """The subnets themselves, in place of discovery_tag."""
    efa: bool = False
    """Whether nodes have all their network adapters with EFA, in one placement group."""
    tags: dict[str, Later[Text]] = Field(default_factory=dict)
    """Tags of what Karpenter makes in EC2; the provider's default tags do not reach it."""

    @property
    def name(self) -> str:
        """Name of the NodePool in the cluster; the component has filled it in."""
        return self.pool_name or ""

    @property
    def is_accelerated(self) -> bool:
        """Whether its nodes have Neuron chips."""
        return any(name in INSTANCE_TYPES for name in self.instance_types)

    @property
    def disk(self) -> int:
        """Size of a node's disk in GiB."""
        return self.disk_gib or (NEURON_DISK_GIB if self.is_accelerated else DISK_GIB)
