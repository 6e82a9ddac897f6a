"""The load balancers of a plan: those that the AWS Load Balancer Controller makes of its Ingresses."""

from typing import Any

from neuronserve.plan.plan import Plan, Resource
from neuronserve.review.rules.values import mapping

INGRESS = "kubernetes:networking.k8s.io/v1:Ingress"
ANNOTATION = "alb.ingress.kubernetes.io"
WORLD = "0.0.0.0/0"


def makes_load_balancer(ingress: Resource, plan: Plan) -> bool:
    """Return whether there is a load balancer for an Ingress: of those in a group, for the first."""
    if annotation(ingress.inputs, "scheme") is None:
        return False
    group = annotation(ingress.inputs, "group.name")
    if group is None:
        return True
    return ingress == next(one for one in plan.of_type(INGRESS) if annotation(one.inputs, "group.name") == group)


def is_internet_facing(ingress: Resource) -> bool:
    """Return whether its load balancer has public addresses."""
    return annotation(ingress.inputs, "scheme") == "internet-facing"


def is_open_to_the_world(ingress: Resource) -> bool:
    """Return whether anybody on the internet may send it requests."""
    return is_internet_facing(ingress) and WORLD in (annotation(ingress.inputs, "inbound-cidrs") or "").split(",")


def annotation(inputs: dict[str, Any], name: str) -> str | None:
    """Return what an Ingress's inputs say of its load balancer; None if they do not."""
    value = mapping(mapping(inputs.get("metadata")).get("annotations")).get(f"{ANNOTATION}/{name}")
    return None if value is None else str(value)
