"""Which machines a plan can come to have: those of Karpenter's node pools, and of EKS node groups."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from neuronserve.facts import node_labels
from neuronserve.facts.instance_types import INSTANCE_TYPES
from neuronserve.facts.quantities import quantity
from neuronserve.facts.quotas import ON_DEMAND, SPOT
from neuronserve.plan.plan import Plan, Resource
from neuronserve.review.node_sizes import whole
from neuronserve.review.placement import NODE_POOL

NODE_CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
REFERENCE = re.compile(r"\$\{(urn:.*)\.[A-Za-z]+\}")


@dataclass(frozen=True)
class Machines:
    """Machines of one node pool or node group.

    ``subnets`` are Karpenter's selector terms; ``limits`` a pool's, by resource; ``most_nodes`` a node group's.
    """

    name: str
    setting: str
    """Where a stack file says how many there can be."""
    instance_types: tuple[str, ...]
    capacity_types: tuple[str, ...]
    subnets: tuple[dict[str, Any], ...]
    zones: tuple[str, ...] = ()
    """Where they may be, by name or id; anywhere if empty."""
    limits: dict[str, str] = field(default_factory=dict)
    most_nodes: int | None = None
    node_class: dict[str, Any] = field(default_factory=dict)
    """The spec of a pool's EC2NodeClass."""

    @property
    def are_accelerated(self) -> bool:
        """Whether they have Neuron chips."""
        return any(name in INSTANCE_TYPES for name in self.instance_types)

    def most(self, instance_type: str) -> int | None:
        """Return how many there can be if all are of one type; None where nothing limits them."""
        if self.most_nodes is not None:
            return self.most_nodes
        size = whole(instance_type)
        bounds = [int(quantity(limit) // size[key]) for key, limit in self.limits.items() if size.get(key)]
        if "nodes" in self.limits:
            bounds.append(int(quantity(self.limits["nodes"])))
        return min(bounds, default=None)


def machines(plan: Plan) -> list[Machines]:
    """Return all machines that a plan can come to have."""
    return [*_node_pools(plan), *_node_groups(plan)]


def _node_pools(plan: Plan) -> Iterator[Machines]:
    classes = {one.inputs["metadata"]["name"]: one.inputs["spec"] for one in plan.of_type(NODE_CLASS)}
    for resource in plan.of_type(NODE_POOL):
        name, spec = resource.inputs["metadata"]["name"], resource.inputs["spec"]
        template = spec["template"]["spec"]
        wanted = {one["key"]: one["values"] for one in template["requirements"] if one["operator"] == "In"}
        node_class = classes.get(template["nodeClassRef"]["name"], {})
        yield Machines(
            name=f"node pool {name}",
            setting=f"nodePools.{name}",
            instance_types=tuple(wanted.get(node_labels.INSTANCE_TYPE, ())),
            # Without a requirement Karpenter takes either.
            capacity_types=tuple(wanted.get(node_labels.CAPACITY_TYPE, (ON_DEMAND, SPOT))),
            subnets=tuple(node_class.get("subnetSelectorTerms", ())),
            zones=tuple(wanted.get(node_labels.ZONE_ID) or wanted.get(node_labels.ZONE_NAME) or ()),
            limits=spec.get("limits", {}),
            node_class=node_class,
        )


def _node_groups(plan: Plan) -> Iterator[Machines]:
    for resource in plan.of_type(NODE_GROUP):
        inputs = resource.inputs
        yield Machines(
            name=f"node group {resource.name}",
            setting="cluster.systemNodes",
            instance_types=tuple(inputs.get("instanceTypes", ())),
            capacity_types=(SPOT if inputs.get("capacityType") == "SPOT" else ON_DEMAND,),
            subnets=tuple({"id": one} for one in inputs["subnetIds"]),
            most_nodes=inputs["scalingConfig"]["maxSize"],
        )


def referred(plan: Plan, text: str) -> Resource | None:
    """Return the resource of the plan that a reference in it leads to; None if it is no reference."""
    match = REFERENCE.fullmatch(text)
    return next((one for one in plan.resources if match and one.urn == match[1]), None)


def stack_tags(plan: Plan) -> dict[str, str]:
    """Return the tags by which to know what a stack has made already: those that its provider gives everything."""
    for provider in plan.of_type("pulumi:providers:aws"):
        tags: dict[str, str] = json.loads(provider.inputs.get("defaultTags", "{}")).get("tags", {})
        return tags
    return {}


def is_of_stack(plan: Plan, found: dict[str, Any]) -> bool:
    """Tell whether something in AWS, as its API describes it, has the tags of a stack."""
    tags = {tag["Key"]: tag["Value"] for tag in found.get("Tags", ())}
    wanted = stack_tags(plan)
    return bool(wanted) and wanted.items() <= tags.items()
