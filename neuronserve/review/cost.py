"""What a plan costs, from the plan alone."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from neuronserve.facts import node_labels
from neuronserve.facts.aws import FEWEST_LOAD_BALANCER_ZONES, PUBLIC_SUBNET_TAG
from neuronserve.facts.instance_types import INSTANCE_TYPES, PRICE_DATE, PRICE_REGION
from neuronserve.facts.metrics import CLOUD_WATCH_METRICS, METRICS_AGENT
from neuronserve.facts.neuron import NEURON_RESOURCE
from neuronserve.facts.prices import (
    ALARM_METRIC_PER_MONTH,
    APPLICATION_LOAD_BALANCER_PER_HOUR,
    CUSTOM_METRIC_PER_MONTH,
    DASHBOARD_PER_MONTH,
    EKS_CLUSTER_PER_HOUR,
    GENERAL_PURPOSE_PER_HOUR,
    GP3_PER_GIB_MONTH,
    HOURS_PER_MONTH,
    INTERFACE_ENDPOINT_PER_HOUR,
    KMS_KEY_PER_MONTH,
    NAT_GATEWAY_PER_HOUR,
    PUBLIC_ADDRESS_PER_HOUR,
    VALKEY_NODE_PER_HOUR,
)
from neuronserve.plan.plan import Plan, Resource
from neuronserve.review.load_balancers import is_internet_facing, makes_load_balancer
from neuronserve.review.pods import most_workers
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
    spec = service.inputs["spec"]
    for group in spec["rayClusterConfig"]["workerGroupSpecs"]:
        pod = group["template"]["spec"]
        node = INSTANCE_TYPES.get(pod.get("nodeSelector", {}).get(node_labels.INSTANCE_TYPE, ""))
        if node:
            chips = int(pod["containers"][0]["resources"]["limits"].get(NEURON_RESOURCE, node.chips))
            price = node.part(chips).on_demand_usd_per_hour
            least += price * group["minReplicas"]
            most += price * most_workers(spec, group)
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
    yield from _watching(resource, plan)
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
        case "kubernetes:networking.k8s.io/v1:Ingress" if makes_load_balancer(resource, plan):
            yield from _load_balancer(resource, plan)
        case "aws:elasticache/replicationGroup:ReplicationGroup":
            nodes, node_type = inputs["numCacheClusters"], inputs["nodeType"]
            if price := VALKEY_NODE_PER_HOUR.get(node_type):
                yield "ElastiCache", price * HOURS_PER_MONTH * nodes
            else:
                yield f"{nodes} ElastiCache nodes {node_type}", None


def _watching(resource: Resource, plan: Plan) -> Iterator[tuple[str, float]]:
    """Yield what it costs a month to watch the services, as far as a resource does."""
    inputs = resource.inputs
    match resource.type:
        case "aws:cloudwatch/dashboard:Dashboard":
            yield "dashboard", DASHBOARD_PER_MONTH
        case "aws:cloudwatch/metricAlarm:MetricAlarm":
            looked_at = sum("metric" in query for query in inputs.get("metricQueries") or ()) or 1
            yield "alarms", ALARM_METRIC_PER_MONTH * looked_at
        case "aws:eks/addon:Addon" if METRICS_AGENT in (inputs.get("configurationValues") or ""):
            # One of them is counted for heads and workers apart.
            names = len(CLOUD_WATCH_METRICS) + 1
            yield "metrics of services", CUSTOM_METRIC_PER_MONTH * names * len(services(plan))


def _load_balancer(ingress: Resource, plan: Plan) -> Iterator[tuple[str, float | None]]:
    yield "load balancers", APPLICATION_LOAD_BALANCER_PER_HOUR * HOURS_PER_MONTH
    if is_internet_facing(ingress):
        yield "public addresses", PUBLIC_ADDRESS_PER_HOUR * HOURS_PER_MONTH * _public_zones(plan)


def _public_zones(plan: Plan) -> int:
    """Return in how many zones a public load balancer is; where a plan has no subnets, the fewest that AWS admits."""
    subnets = plan.of_type("aws:ec2/subnet:Subnet")
    return max(FEWEST_LOAD_BALANCER_ZONES, sum(PUBLIC_SUBNET_TAG in (one.inputs.get("tags") or {}) for one in subnets))


def _disk_gib(node_group: dict[str, Any], plan: Plan) -> float:
    template_id = node_group.get("launchTemplate", {}).get("id", "")
    sizes: list[float] = [
        disk["ebs"]["volumeSize"]
        for template in plan.of_type("aws:ec2/launchTemplate:LaunchTemplate")
        if template_id == f"${{{template.urn}.id}}"
        for disk in template.inputs["blockDeviceMappings"]
    ]
    return sum(sizes)
