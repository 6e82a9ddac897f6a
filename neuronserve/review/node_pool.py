"""A node pool of a plan while pods are placed in it, one after another, by the rules of Karpenter's scheduling.

Taints, labels and requirements, resources, zones, and the pool's limits, from which every node takes all that it has,
whoever its pods belong to (https://karpenter.sh/docs/concepts/scheduling/).
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from neuronserve.facts import node_labels
from neuronserve.facts.quantities import quantity
from neuronserve.plan.plan import Plan
from neuronserve.review.node_sizes import has_room, whole
from neuronserve.review.pods import Pods, requests, required_labels, tolerates

SUBNET = "aws:ec2/subnet:Subnet"
ZONE_KEYS = {node_labels.ZONE_NAME: "availabilityZone", node_labels.ZONE_ID: "availabilityZoneId"}
"""Labels of a node's zone, and the input of a subnet that says the same."""


@dataclass
class Node:
    """A node, what its pods ask for together, and how many there are of each kind."""

    instance_type: str
    asked: dict[str, float] = field(default_factory=dict)
    pods: Counter[str] = field(default_factory=Counter)

    def with_pod(self, asked: dict[str, float]) -> dict[str, float]:
        """Return what is asked of the node with one more pod."""
        return {key: self.asked.get(key, 0) + asked.get(key, 0) for key in self.asked.keys() | asked.keys()}


class NodePool:
    """A pool and the nodes that it has made so far."""

    def __init__(self, pool: dict[str, Any], plan: Plan) -> None:
        self.name: str = pool["metadata"]["name"]
        template = pool["spec"]["template"]
        requirements = template["spec"]["requirements"]
        self._taints = template["spec"].get("taints", [])
        self._limits = pool["spec"].get("limits", {})
        self._labels = {one["key"]: one["values"] for one in requirements if one["operator"] == "In"}
        self._labels[node_labels.NODE_POOL] = [self.name]
        self._labels |= {key: [value] for key, value in template.get("metadata", {}).get("labels", {}).items()}
        self._types = sorted(self._labels.get(node_labels.INSTANCE_TYPE, []), key=lambda name: whole(name)["cpu"])
        self._subnets = [subnet.inputs for subnet in plan.of_type(SUBNET)]
        self._nodes: list[Node] = []

    @property
    def nodes(self) -> Counter[str]:
        """How many nodes it has made so far, by instance type."""
        return Counter(node.instance_type for node in self._nodes)

    def place(self, pods: Pods) -> str | Node:
        """Place one of some pods on a node that has room, or on a new one; return the node, or why there is none."""
        for objection in self._objections(pods):
            return objection
        asked, types = requests(pods.spec), self._fitting_types(pods)
        possible = [node for node in self._nodes if node.instance_type in types]
        possible = [node for node in possible if has_room(node.instance_type, node.with_pod(asked))]
        if not possible:
            admitted = [name for name in types if not self._passed_limits(name)]
            if not admitted:
                return self._full(types[0])
            possible = [Node(admitted[0])]
            self._nodes += possible
        node = possible[0]
        node.asked = node.with_pod(asked)
        node.pods[pods.name] += 1
        return node

    def _objections(self, pods: Pods) -> Iterator[str]:
        for taint in self._taints:
            if not tolerates(pods.spec, taint):
                yield f"did not tolerate taint {taint['key']}={taint.get('value', '')}:{taint['effect']}"
        for key, wanted in required_labels(pods.spec):
            if not set(self._labels.get(key, [])) & set(wanted):
                yield f"no node has the label {key}={' or '.join(wanted)}"
        for key, subnet_input in ZONE_KEYS.items():
            there = {subnet[subnet_input] for subnet in self._subnets if subnet_input in subnet}
            if there and key in self._labels and not there & set(self._labels[key]):
                yield f"no subnet is in its zones {', '.join(self._labels[key])}"
        if not self._fitting_types(pods):
            asked = ", ".join(f"{resource} {amount:g}" for resource, amount in sorted(requests(pods.spec).items()))
            yield f"no instance type has enough resources: {asked}"

    def _fitting_types(self, pods: Pods) -> list[str]:
        """Return the instance types that have room for one of the pods and that its labels admit, smallest first."""
        wanted = dict(required_labels(pods.spec)).get(node_labels.INSTANCE_TYPE, self._types)
        return [name for name in self._types if name in wanted and has_room(name, requests(pods.spec))]

    def _passed_limits(self, instance_type: str) -> list[str]:
        """Return the resources of which there would be more than the limits admit, with one more node."""
        return [
            resource
            for resource, limit in self._limits.items()
            if self._taken(resource) + whole(instance_type).get(resource, 0) > quantity(limit)
        ]

    def _taken(self, resource: str) -> float:
        return sum(whole(node.instance_type).get(resource, 0) for node in self._nodes)

    def _full(self, instance_type: str) -> str:
        """Return why there cannot be one more node, and whose pods are on those that there are."""
        resource, *_ = self._passed_limits(instance_type)
        limit, needed = self._limits[resource], _shown(resource, whole(instance_type)[resource])
        if not self._taken(resource):
            return f"its limits do not admit one {instance_type}, which takes {resource} {needed}: there is {limit}"
        users = sum((node.pods for node in self._nodes if whole(node.instance_type)[resource]), Counter[str]())
        return (
            f"its limits do not admit another {instance_type}, which takes {resource} {needed}: of {limit}, "
            f"{_shown(resource, self._taken(resource))} are taken by nodes with "
            + ", ".join(f"{count} {name}" for name, count in users.items())
        )


def _shown(resource: str, amount: float) -> str:
    return f"{amount / 2**30:g}Gi" if resource == "memory" else f"{amount:g}"
