"""What a plan costs, from the plan alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from neuronserve.facts import node_labels
from neuronserve.facts.instance_types import INSTANCE_TYPES, PRICE_DATE, PRICE_REGION
from neuronserve.facts.neuron import NEURON_RESOURCE
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
from neuronserve.review.services import services


@dataclass(frozen=True)
class Span:
    """US dollars per hour, on demand, with the fewest and with the most workers."""

    least: float
    most: float

    def __str__(self) -> str:
        return f"${self.least:.2f}" if self.least == self.most else f"${self.least:.2f} to ${self.most:.2f}"


@dataclass(frozen=True)
class HourlyCost:
    """What the accelerated workers of a plan cost, by service."""

    services: dict[str, Span]

    @property
    def total(self) -> Span:
        """The workers of all services together."""
        spans = self.services.values()
        return Span(sum(span.least for span in spans), sum(span.most for span in spans))

    def __str__(self) -> str:
        each = ", ".join(f"{name} {span}" for name, span in self.services.items())
        by_service = f" ({each})" if len(self.services) > 1 else ""
        return f"workers {self.total} an hour{by_service} on demand ({PRICE_REGION}, {PRICE_DATE})"


def hourly_cost(plan: Plan) -> HourlyCost | None:
    """Return what the workers cost, or None for a plan without accelerated workers."""
    spans = {name: _workers(service) for name, service in services(plan).items()}
    accelerated = {name: span for name, span in spans.items() if span.most}
    return HourlyCost(accelerated) if accelerated else None


def _workers(service: Resource) -> Span:
    least = most = 0.0
    for group in service.inputs["spec"]["rayClusterConfig"]["workerGroupSpecs"]:
        pod = group["template"]["spec"]
        node = INSTANCE_TYPES.get(pod.get("nodeSelector", {}).get(node_labels.INSTANCE_TYPE, ""))
        if node:
            chips = int(pod["containers"][0]["resources"]["limits"].get(NEURON_RESOURCE, node.chips))
            price = node.part(chips).on_demand_usd_per_hour
            least += price * group["minReplicas"]
            most += price * group["maxReplicas"]
    return Span(least, most)


@dataclass(frozen=True)
class CostAtRest:
    """US dollars per month of what runs without a single request, by what it is for; without workers."""

    parts: dict[str, float]
    unknown: tuple[str, ...] = ()
    """What runs and has no known price; it is in no part."""

    def __str__(self) -> str:
        parts = ", ".join(f"{part} ${dollars:.0f}" for part, dollars in self.parts.items())
        total = sum(self.parts.values())
        unknown = "".join(f"{what}, whose price is not known here; " for what in self.unknown)
        return (
            f"at rest, without workers, about ${total:.0f} a month ({parts}); on top come {unknown}traffic, logs and "
            "nodes that Karpenter makes"
        )


def cost_at_rest(plan: Plan) -> CostAtRest | None:
    """Return what the base costs, or None for a plan that makes nothing of it."""
    parts: dict[str, float] = {}
    unknown: list[str] = []
    for resource in plan.resources:
        for part, dollars in _monthly(resource, plan):
            if dollars is None:
                unknown.append(part)
            else:
                parts[part] = parts.get(part, 0) + dollars
    return CostAtRest(parts, tuple(unknown)) if parts or unknown else None


def _monthly(resource: Resource, plan: Plan) -> Iterator[tuple[str, float | None]]:
    """Yield what a resource costs a month, by part; None for what is not known."""
    inputs = resource.inputs
    match resource.type:
        case "eks:index:Cluster":
            yield "EKS", EKS_CLUSTER_PER_HOUR * HOURS_PER_MONTH
        case "aws:eks/nodeGroup:NodeGroup":
            count, instance_type = inputs["scalingConfig"]["desiredSize"], inputs["instanceTypes"][0]
            if price := GENERAL_PURPOSE_PER_HOUR.get(instance_type):
                yield "system nodes", price * HOURS_PER_MONTH * count
            else:
                yield f"{count} system nodes {instance_type}", None
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
