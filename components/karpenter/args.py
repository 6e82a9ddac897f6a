"""The arguments of the components in ``components/karpenter``.

Generated from the settings classes by `make generate`: a change belongs there.
"""

from typing import Any, Literal, NotRequired, TypedDict

import pulumi

from neuronserve.components.helm.args import MirrorArgs
from neuronserve.components.karpenter.settings import CapacityType, DisruptionReason

_CapacityType = CapacityType | Literal["on-demand", "spot", "reserved"]
_DisruptionReason = DisruptionReason | Literal["Empty", "Drifted", "Underutilized"]


class KarpenterArgs(TypedDict):
    """The arguments of Karpenter."""

    cluster_name: pulumi.Input[str]
    """The EKS cluster; it has to run the add-on eks-pod-identity-agent, and have nodes of its own."""
    cluster_arn: pulumi.Input[str]
    """Its ARN."""
    region: pulumi.Input[str]
    """Its region."""
    isolated_vpc: NotRequired[pulumi.Input[bool] | None]
    """Whether prices cannot be asked for, because the VPC has no way to the internet. Default: false."""
    install_crds: NotRequired[bool | None]
    """Whether the component makes Karpenter's CRDs; false where the cluster has them. Default: true."""
    replicas: NotRequired[pulumi.Input[int] | None]
    """Replicas of the controller, each on a node of its own; one works at a time. Default: 2."""
    on_system_nodes: NotRequired[bool | None]
    """Whether the controller runs on the system nodes. Default: true."""
    mirror: NotRequired[MirrorArgs | None]
    """Where chart, CRDs and image are taken from. Default: their public homes."""
    values: NotRequired[pulumi.Input[Any] | None]
    """Further values of the controller's chart, laid over those of the component."""


class NodePoolArgs(TypedDict):
    """The arguments of NodePool."""

    instance_types: list[str]
    """EC2 instance types of the nodes, either all with Neuron chips or all without."""
    max_nodes: NotRequired[int | None]
    """The most nodes at a time; needed unless limits are set."""
    limits: NotRequired[dict[str, pulumi.Input[str]] | None]
    """Karpenter's limits of all nodes together, such as {cpu: "64"}. Default: what max_nodes of the largest type
    have."""
    availability_zone_ids: NotRequired[pulumi.Input[list[pulumi.Input[str]]] | None]
    """Zones by id (usw2-az1). Default: wherever there are subnets."""
    availability_zone_names: NotRequired[pulumi.Input[list[pulumi.Input[str]]] | None]
    """Zones by name (us-west-2a), in place of availability_zone_ids."""
    capacity_types: NotRequired[list[_CapacityType] | None]
    """How instances may be bought: on-demand, spot, reserved. Default: [on-demand]."""
    capacity_reservation_ids: NotRequired[list[pulumi.Input[str]] | None]
    """Capacity reservations to use, with capacity type reserved."""
    ami_alias: NotRequired[pulumi.Input[str] | None]
    """Image of the nodes, al2023@<version>. Default: al2023@v20260903."""
    disruption_reasons: NotRequired[list[_DisruptionReason] | None]
    """Why nodes may go, one at a time: Empty, Drifted, Underutilized. Without Drifted a change of image, disk, tags or
    Kubernetes version reaches new nodes only: a running one is kept until it is empty. Default: [Empty]."""
    labels: NotRequired[dict[str, pulumi.Input[str]] | None]
    """Labels of the nodes, besides those that Karpenter gives them."""
    disk_gib: NotRequired[int | None]
    """Size of a node's disk in GiB. Default: 500 with Neuron chips, 100 without."""
    node_pool_spec: NotRequired[pulumi.Input[Any] | None]
    """Further fields of the NodePool's spec, laid over those of the component."""
    node_class_spec: NotRequired[pulumi.Input[Any] | None]
    """Further fields of the EC2NodeClass' spec, laid over those of the component."""
    pool_name: NotRequired[str | None]
    """Name of the NodePool and its EC2NodeClass in the cluster. Default: the component's name."""
    instance_profile_name: pulumi.Input[str]
    """The instance profile of the nodes: Karpenter's output."""
    security_group_ids: pulumi.Input[list[pulumi.Input[str]]]
    """Security groups of the nodes."""
    discovery_tag: NotRequired[pulumi.Input[str] | None]
    """Value of the tag karpenter.sh/discovery of the subnets; needed unless subnet_ids are set."""
    subnet_ids: NotRequired[pulumi.Input[list[pulumi.Input[str]]] | None]
    """The subnets themselves, in place of discovery_tag."""
    efa: NotRequired[bool | None]
    """Whether nodes have all their network adapters with EFA, in one placement group. Default: false."""
    tags: NotRequired[dict[str, pulumi.Input[str]] | None]
    """Tags of what Karpenter makes in EC2; the provider's default tags do not reach it."""
