"""The component that describes one kind of node to Karpenter."""

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from neuronserve.components.agreement import Agreed, ask
from neuronserve.components.component import Component, waiting_for
from neuronserve.components.karpenter.args import NodePoolArgs
from neuronserve.components.karpenter.checks import NODE_POOL_RULES
from neuronserve.components.karpenter.node_pool_spec import node_class_spec, node_pool_spec
from neuronserve.components.karpenter.settings import NodePoolSettings
from neuronserve.settings import read_arguments

DRAIN_TIMEOUT = "135m"
"""What the end of a pool's nodes may take when the pool is deleted: their grace, and instances stop."""


class NodePool(Component[NodePoolSettings]):
    """One kind of node for Karpenter: an EC2NodeClass, which says how an instance is made, and a NodePool.

    The nodes of a pool with Neuron chips have the taint ``aws.amazon.com/neuron``. When the component is deleted its
    nodes are drained and ended first, for which Karpenter has to be there: depend on it.

    Raises:
        InvalidSettingsError: the arguments cannot be deployed; the message lists everything that is wrong.
    """

    pool_name: pulumi.Output[str]
    """Name of the NodePool: the nodes' label karpenter.sh/nodepool."""
    instance_types: pulumi.Output[list[str]]
    """EC2 instance types of its nodes."""

    def __init__(self, name: str, args: NodePoolArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        settings = read_arguments(
            NodePoolSettings, args, *NODE_POOL_RULES, of=f"NodePool {name}", defaults={"pool_name": name}
        )
        super().__init__("neuronserve:index:NodePool", name, {}, opts)
        ask(Agreed.DISCOVERY_TAG, settings.discovery_tag, "discovery_tag", f"NodePool {name}")
        placement_group = None
        if settings.efa:
            placement_group = aws.ec2.PlacementGroup(
                f"{name}-placement-group", strategy="cluster", opts=pulumi.ResourceOptions(parent=self)
            ).name
        timeouts = pulumi.CustomTimeouts(delete=DRAIN_TIMEOUT)
        metadata = kubernetes.meta.v1.ObjectMetaArgs(name=settings.name)
        node_class = kubernetes.apiextensions.CustomResource(
            f"{name}-node-class",
            api_version="karpenter.k8s.aws/v1",
            kind="EC2NodeClass",
            metadata=metadata,
            spec=node_class_spec(settings, placement_group=placement_group),
            opts=pulumi.ResourceOptions(parent=self, custom_timeouts=timeouts),
        )
        node_pool = kubernetes.apiextensions.CustomResource(
            f"{name}-node-pool",
            api_version="karpenter.sh/v1",
            kind="NodePool",
            metadata=metadata,
            spec=node_pool_spec(settings),
            opts=pulumi.ResourceOptions(parent=self, depends_on=[node_class], custom_timeouts=timeouts),
        )
        self.pool_name = waiting_for(settings.name, node_pool)
        self.instance_types = pulumi.Output.from_input(settings.instance_types)
        self.register_outputs({"poolName": self.pool_name, "instanceTypes": self.instance_types})
