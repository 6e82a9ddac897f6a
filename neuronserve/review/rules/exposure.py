"""Nothing is open to the world."""

import re
from collections.abc import Iterator
from typing import Any

from neuronserve.facts.policy_rules import RuleId
from neuronserve.plan.aws_inputs import WORLD, open_to_the_world
from neuronserve.plan.plan import Resource
from neuronserve.review.load_balancers import annotation, is_internet_facing
from neuronserve.review.rules.rule import Rule
from neuronserve.review.rules.values import is_true, mapping, texts

LOAD_BALANCER = "service.beta.kubernetes.io/aws-load-balancer-"


def _open(resource: Resource) -> Iterator[str]:
    inputs = resource.inputs
    yield from open_to_the_world(resource.type, inputs)
    match resource.type:
        case "eks:index:Cluster":
            yield from _endpoint(inputs)
        case "aws:eks/cluster:Cluster":
            yield from _endpoint(mapping(inputs.get("vpcConfig")))
        case "kubernetes:networking.k8s.io/v1:Ingress":
            yield from _ingress(resource)
        case "kubernetes:core/v1:Service":
            yield from _service(inputs)


def _endpoint(settings: dict[str, Any]) -> Iterator[str]:
    """Yield what is wrong with the endpoint of an EKS cluster, which AWS opens to everybody if not told otherwise."""
    sources = settings.get("publicAccessCidrs") or "0.0.0.0/0"
    if is_true(settings.get("endpointPublicAccess", True)) and WORLD & texts(sources):
        yield "its API server answers the whole world"


def _ingress(ingress: Resource) -> Iterator[str]:
    if not is_internet_facing(ingress):
        return
    sources = set(re.split(r"\s*,\s*", annotation(ingress.inputs, "inbound-cidrs") or "0.0.0.0/0"))
    for source in sorted(WORLD & sources):
        yield f"its load balancer lets in {source}, the whole world"
    if "HTTP" in re.findall(r"[A-Z]+", annotation(ingress.inputs, "listen-ports") or "HTTP"):
        yield "its load balancer listens without TLS"


def _service(inputs: dict[str, Any]) -> Iterator[str]:
    spec, annotations = mapping(inputs.get("spec")), _annotations(inputs)
    if spec.get("type") != "LoadBalancer" or annotations.get(f"{LOAD_BALANCER}scheme") == "internal":
        return
    # Without a word about it, whoever makes the load balancer decides: Kubernetes' own controller takes the internet.
    if WORLD & texts(spec.get("loadBalancerSourceRanges") or "0.0.0.0/0"):
        yield "its load balancer may let in the whole world"


def _annotations(inputs: dict[str, Any]) -> dict[str, Any]:
    return mapping(mapping(inputs.get("metadata")).get("annotations"))


RULE = Rule(
    RuleId.OPEN_TO_THE_WORLD,
    title="Nothing is open to the whole world.",
    reason="Whatever answers everybody is scanned within minutes, and asked at your expense.",
    remedy="Name the networks that may come in: allowedCidrs, publicAccessCidrs, loadBalancerSourceRanges.",
    of_resource=_open,
)
