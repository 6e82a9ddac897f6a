"""What a plan costs, from the plan alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from neuronserve.facts.instance_types import INSTANCE_TYPES, PRICE_DATE, PRICE_REGION
from neuronserve.facts.prices import (
    EKS_CLUSTER_PER_HOUR,
    GENERAL_PURPOSE_PER_HOUR,
    GP3_PER_GIB_MONTH,
    HOURS_PER_MONTH,
    INTERFACE_ENDPOINT_PER_HOUR,
    KMS_KEY_PER_MONTH,
    NAT_GATEWAY_PER_HOUR,
    PUBLIC_ADDRESS_PER_HOUR,
)
from neuronserve.plan.plan import Plan, Resource
from neuronserve.review.manifests import RAY_SERVICE

INSTANCE_TYPE_LABEL = "node.kubernetes.io/instance-type"
NEURON_RESOURCE = "aws.amazon.com/neuron"


@dataclass(frozen=True)
class HourlyCost:
    """US dollars per hour, on demand, with the fewest and with the most workers."""

    least: float
    most: float

    def __str__(self) -> str:
        span = f"${self.least:.2f}" if self.least == self.most else f"${self.least:.2f} to ${self.most:.2f}"
        return f"workers {span} an hour on demand ({PRICE_REGION}, {PRICE_DATE})"


def hourly_cost(plan: Plan) -> HourlyCost | None:
    """Return what the workers cost, or None for a plan without accelerated workers."""
    least = most = 0.0
    for service in plan.of_type(RAY_SERVICE):
        for group in service.inputs["spec"]["rayClusterConfig"]["workerGroupSpecs"]:
            pod = group["template"]["spec"]
            node = INSTANCE_TYPES.get(pod.get("nodeSelector", {}).get(INSTANCE_TYPE_LABEL, ""))
            if node:
                chips = int(pod["containers"][0]["resources"]["limits"][NEURON_RESOURCE])
                price = node.part(chips).on_demand_usd_per_hour
                least += price * group["minReplicas"]
                most += price * group["maxReplicas"]
    return HourlyCost(least, most) if most else None


@dataclass(frozen=True)
class CostAtRest:
    """US dollars per month of what runs without a single request, by what it is for; without workers."""

    parts: dict[str, float]

    def __str__(self) -> str:
        parts = ", ".join(f"{part} ${dollars:.0f}" for part, dollars in self.parts.items())
        total = sum(self.parts.values())
        return (
            f"at rest, without workers, about ${total:.0f} a month ({parts}); traffic, logs and nodes that Karpenter "
            "makes come on top"
        )


def cost_at_rest(plan: Plan) -> CostAtRest | None:
    """Return what the base costs, or None for a plan that makes nothing of it.

    An instance type without a known price counts as its group's dearest one here.
    """
    parts: dict[str, float] = {}
    for resource in plan.resources:
        for part, dollars in _monthly(resource, plan):
            parts[part] = parts.get(part, 0) + dollars
    return CostAtRest(parts) if parts else None


def _monthly(resource: Resource, plan: Plan) -> Iterator[tuple[str, float]]:
    inputs = resource.inputs
    match resource.type:
        case "eks:index:Cluster":
            yield "EKS", EKS_CLUSTER_PER_HOUR * HOURS_PER_MONTH
        case "aws:eks/nodeGroup:NodeGroup":
            count = inputs["scalingConfig"]["desiredSize"]
            price = GENERAL_PURPOSE_PER_HOUR.get(inputs["instanceTypes"][0], max(GENERAL_PURPOSE_PER_HOUR.values()))
            yield "system nodes", price * HOURS_PER_MONTH * count
            yield "disks", _disk_gib(inputs, plan) * GP3_PER_GIB_MONTH * count
        case "aws:ec2/natGateway:NatGateway":
            yield "NAT", NAT_GATEWAY_PER_HOUR * HOURS_PER_MONTH
        case "aws:ec2/eip:Eip":
            yield "public addresses", PUBLIC_ADDRESS_PER_HOUR * HOURS_PER_MONTH
        case "aws:ec2/vpcEndpoint:VpcEndpoint" if inputs.get("vpcEndpointType") == "Interface":
            yield "endpoints", INTERFACE_ENDPOINT_PER_HOUR * HOURS_PER_MONTH * len(inputs["subnetIds"])
        case "aws:kms/key:Key":
            yield "KMS", KMS_KEY_PER_MONTH


def _disk_gib(node_group: dict[str, Any], plan: Plan) -> float:
    template_id = node_group.get("launchTemplate", {}).get("id", "")
    sizes: list[float] = [
        disk["ebs"]["volumeSize"]
        for template in plan.of_type("aws:ec2/launchTemplate:LaunchTemplate")
        if template_id == f"${{{template.urn}.id}}"
        for disk in template.inputs["blockDeviceMappings"]
    ]
    return sum(sizes)
