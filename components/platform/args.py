"""The arguments of the components in ``components/platform``.

Generated from the settings classes by `make generate`: a change belongs there.
"""

from typing import Any, Literal, NotRequired, TypedDict

import pulumi

from neuronserve.components.cluster.args import EksClusterArgs
from neuronserve.components.helm.args import MirrorArgs
from neuronserve.components.karpenter.settings import CapacityType, DisruptionReason

_CapacityType = CapacityType | Literal["on-demand", "spot", "reserved"]
_DisruptionReason = DisruptionReason | Literal["Empty", "Drifted", "Underutilized"]


class NodePoolOptionsArgs(TypedDict):
    """Nodes of one kind, which Karpenter makes when pods need them."""

    instance_types: NotRequired[list[str] | None]
    """EC2 instance types of the nodes. Default in a stack: for the pool default m7i.xlarge and its like, for the pool
    of a family with Neuron chips what the services need of it."""
    max_nodes: NotRequired[int | None]
    """The most nodes at a time. Default in a stack: as many as the services need, twice over where an upgrade starts a
    second set."""
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


class AddOnsArgs(TypedDict):
    """Which add-ons are made; for a cluster that was there none is unless it is asked for."""

    neuron: NotRequired[bool | None]
    """Device plugin and scheduler for Neuron chips. Default: true for a cluster that the stack makes, where something
    uses Neuron chips."""
    kube_ray: NotRequired[bool | None]
    """KubeRay, which turns RayServices into pods. Default: true for a cluster that the stack makes."""
    efa: NotRequired[bool | None]
    """Device plugin for Elastic Fabric Adapters, for models that span several nodes. Default: false."""
    cloud_watch: NotRequired[bool | None]
    """Metrics and logs in CloudWatch. Default: true for a cluster that the stack makes."""
    load_balancer_controller: NotRequired[bool | None]
    """AWS load balancers for Ingresses and Services. Default: true for a cluster that the stack makes, where it exposes
    a service."""
    karpenter: NotRequired[bool | None]
    """Karpenter, and with it the node pools. Default: true for a cluster that the stack makes."""


class NeuronPlatformArgs(TypedDict):
    """The arguments of NeuronPlatform."""

    add_ons: NotRequired[AddOnsArgs | None]
    """Which add-ons are made."""
    node_pools: NotRequired[dict[str, NodePoolOptionsArgs] | None]
    """The kinds of nodes that Karpenter makes, by name."""
    mirror: NotRequired[MirrorArgs | None]
    """Where charts and images come from instead of their public registries."""
    install_crds: NotRequired[bool | None]
    """Whether the add-ons' CRDs are made. They always stay when a stack goes, and the next one takes them over; false
    in a cluster where somebody else looks after them. Default: true."""
    adopt_log_groups: NotRequired[bool | None]
    """Whether log groups that are there already are taken over, with their logs. A stack always takes over those of a
    cluster that it makes, which stay when a stack goes; in a cluster that was there they may be somebody's who keeps
    logs for longer, and without this an `up` fails with ResourceAlreadyExistsException. Default: false."""
    eks: NotRequired[EksClusterArgs | None]
    """The EKS cluster; needed by Karpenter and by all else that acts in AWS. Default: a Kubernetes of any other
    kind."""
    kubernetes_version: NotRequired[pulumi.Input[str] | None]
    """The cluster's version of Kubernetes. Default: 1.35."""
    tags: NotRequired[dict[str, pulumi.Input[str]] | None]
    """Tags of the instances that Karpenter makes."""
    operator_replicas: NotRequired[pulumi.Input[int] | None]
    """Replicas of each operator and controller, one of which works at a time: 1 where one node has to hold them.
    Default: 2."""
    neuron_tolerations: NotRequired[list[Any] | None]
    """Taints of Neuron nodes other than aws.amazon.com/neuron, which device plugins tolerate."""
    service_metrics: NotRequired[bool | None]
    """Whether the CloudWatch add-on sends the metrics of LLM services too, as its service_metrics. Default: false."""
