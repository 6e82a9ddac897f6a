"""The arguments of :class:`~neuronserve.components.karpenter.NodePool`."""

from enum import StrEnum
from typing import NotRequired, TypedDict

import pulumi


class CapacityType(StrEnum):
    """How EC2 instances are bought."""

    ON_DEMAND = "on-demand"
    SPOT = "spot"
    """Cheaper, and taken back with two minutes' notice."""
    RESERVED = "reserved"
    """From capacity reservations and capacity blocks, which Karpenter uses and never buys."""


class NodePoolArgs(TypedDict):
    """The arguments of NodePool."""

    pool_name: str
    """Name of the NodePool and of its EC2NodeClass, such as inferentia-inf2."""
    instance_types: list[str]
    """EC2 instance types: all with Neuron chips, or none."""
    max_nodes: int
    """Most nodes at a time: the limits of the pool admit so many of its largest instance type."""
    instance_profile_name: pulumi.Input[str]
    """The instance profile of the nodes; its role has an access entry EC2_LINUX."""
    discovery_tag: pulumi.Input[str]
    """Value of the tag karpenter.sh/discovery of the subnets."""
    security_group_ids: list[pulumi.Input[str]]
    """Security groups of the nodes."""
    zones: NotRequired[list[str]]
    """Zones, all by name or all by id. Default: wherever there are subnets."""
    capacity_types: NotRequired[list[CapacityType]]
    """How instances may be bought. Default on-demand."""
    capacity_reservation_ids: NotRequired[list[str]]
    """Capacity reservations to use, with capacity type reserved."""
    ami_alias: NotRequired[str]
    """Image of the nodes, al2023@<version>; nodes are replaced when it changes. Default: a pinned version."""
    disk_gib: NotRequired[int]
    """Size of a node's disk in GiB. Default 500 with Neuron chips, 100 without."""
    efa: NotRequired[bool]
    """Whether nodes have all their network adapters with EFA, in one placement group. Default false."""
    tags: NotRequired[dict[str, str]]
    """Tags of what Karpenter makes in EC2; the provider's default tags do not reach it."""
