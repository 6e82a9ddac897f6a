"""Load balancers and target groups: of the Load Balancer Controller, and of EKS for Services without a class."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from neuronserve.cleanup.costs import of_load_balancer
from neuronserve.cleanup.deadline import Deadline
from neuronserve.cleanup.kind import Kind, awaited, each, tags_of
from neuronserve.cleanup.leftover import Kept, Leftover
from neuronserve.cleanup.scope import Scope
from neuronserve.facts.cluster_tags import INGRESS_STACK, SERVICE_NAME, SERVICE_STACK
from neuronserve.preflight.aws import Aws

TAGS_AT_ONCE = 20
"""Of how many things one call tells the tags
(https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_DescribeTags.html)."""

TAGS_OF = {"elbv2": ("ResourceArns", "ResourceArn"), "elb": ("LoadBalancerNames", "LoadBalancerName")}
"""What each API calls the things whose tags it is asked for, and of which it answers."""

LOAD_BALANCER, CLASSIC, TARGET_GROUP = "load balancer", "classic load balancer", "target group"
FOR = {INGRESS_STACK: "Ingress", SERVICE_STACK: "Service", SERVICE_NAME: "Service"}


def _find(aws: Aws, scope: Scope) -> Iterator[Leftover]:
    found = aws.pages("elbv2:DescribeLoadBalancers", "LoadBalancers")
    for one, tags in _with_tags(aws, "elbv2", found, "LoadBalancerArn"):
        if scope.has(tags):
            yield Leftover(
                LOAD_BALANCER,
                one["LoadBalancerArn"],
                ", ".join([one["Type"], one["LoadBalancerName"], *_made_for(tags)]),
                of_load_balancer(one["Type"], _addresses(one)),
                tags=tags,
            )
    found = aws.pages("elb:DescribeLoadBalancers", "LoadBalancerDescriptions")
    for one, tags in _with_tags(aws, "elb", found, "LoadBalancerName"):
        if scope.has(tags):
            yield Leftover(
                CLASSIC,
                one["LoadBalancerName"],
                ", ".join(_made_for(tags)),
                of_load_balancer("classic", _addresses(one)),
                tags=tags,
            )


def _remove(aws: Aws, leftovers: Sequence[Leftover], deadline: Deadline) -> Kept:
    classic = [one for one in leftovers if one.kind == CLASSIC]
    others = [one for one in leftovers if one.kind != CLASSIC]
    kept = each(others, lambda one: aws.call("elbv2:DeleteLoadBalancer", LoadBalancerArn=one.id))
    kept = awaited(
        others,
        kept,
        lambda ids: aws.wait(
            "elbv2:DescribeLoadBalancers", "load_balancers_deleted", deadline.left, LoadBalancerArns=ids
        ),
    )
    return kept | each(classic, lambda one: aws.call("elb:DeleteLoadBalancer", LoadBalancerName=one.id))


def _find_target_groups(aws: Aws, scope: Scope) -> Iterator[Leftover]:
    found = aws.pages("elbv2:DescribeTargetGroups", "TargetGroups")
    for one, tags in _with_tags(aws, "elbv2", found, "TargetGroupArn"):
        if scope.has(tags):
            yield Leftover(
                TARGET_GROUP, one["TargetGroupArn"], ", ".join([one["TargetGroupName"], *_made_for(tags)]), tags=tags
            )


def _remove_target_groups(aws: Aws, leftovers: Sequence[Leftover], _: Deadline) -> Kept:
    return each(leftovers, lambda one: aws.call("elbv2:DeleteTargetGroup", TargetGroupArn=one.id))


def _with_tags(
    aws: Aws, api: str, things: Iterable[dict[str, Any]], id_key: str
) -> Iterator[tuple[dict[str, Any], dict[str, str]]]:
    """Yield things with their tags, which these APIs tell apart from them and cannot look for."""
    asked, answered = TAGS_OF[api]
    there = list(things)
    for start in range(0, len(there), TAGS_AT_ONCE):
        some = there[start : start + TAGS_AT_ONCE]
        parameters: dict[str, Any] = {asked: [one[id_key] for one in some]}
        told = aws.call(f"{api}:DescribeTags", **parameters)["TagDescriptions"]
        tags = {each_told[answered]: tags_of(each_told) for each_told in told}
        yield from ((one, tags.get(one[id_key], {})) for one in some)


def _addresses(one: dict[str, Any]) -> int:
    """Return how many public addresses a load balancer has: one in each zone, or subnet, if it faces the internet."""
    places = max(len(one.get("AvailabilityZones", ())), len(one.get("Subnets", ())))
    return places if one.get("Scheme") == "internet-facing" else 0


def _made_for(tags: dict[str, str]) -> list[str]:
    return [f"for {kind} {tags[key]}" for key, kind in FOR.items() if key in tags]


LOAD_BALANCERS = Kind("load balancers", _find, _remove)
TARGET_GROUPS = Kind("target groups", _find_target_groups, _remove_target_groups)
