"""Small plans to compare."""

from collections.abc import Callable
from typing import Any

import pulumi
from pulumi_aws import ec2

from neuronserve.plan.plan import Plan, Resource
from neuronserve.plan.program import run
from neuronserve.review.diff.resources import Action, ResourceDiff, resource_diffs


class Group(pulumi.ComponentResource):
    def __init__(self, name: str, opts: pulumi.ResourceOptions | None = None) -> None:
        super().__init__("app:index:Group", name, None, opts)


def in_group(name: str, aliases: list[pulumi.Alias] | None = None, child: pulumi.ResourceOptions | None = None) -> None:
    group = Group(name, pulumi.ResourceOptions(aliases=aliases))
    opts = pulumi.ResourceOptions.merge(child, pulumi.ResourceOptions(parent=group))
    vpc = ec2.Vpc(f"{name}-vpc", cidr_block="10.0.0.0/16", opts=opts)
    ec2.Subnet("subnet", vpc_id=vpc.id, cidr_block="10.0.1.0/24")


def network(cidr: str = "10.0.0.0/16", opts: pulumi.ResourceOptions | None = None, **subnet: Any) -> None:
    vpc = ec2.Vpc("vpc", cidr_block=cidr, opts=opts)
    ec2.Subnet("subnet", vpc_id=vpc.id, **{"cidr_block": "10.0.1.0/24", **subnet})


def compared(before: Callable[[], object], after: Callable[[], object]) -> dict[str, ResourceDiff]:
    """Return what becomes of each resource, by name."""
    return {diff.resource.name: diff for diff in resource_diffs(run(before), run(after))}


def actions(before: Callable[[], object], after: Callable[[], object]) -> dict[str, Action]:
    return {name: diff.action for name, diff in compared(before, after).items()}


def kubernetes_object(
    kind: str, api: str = "v1", name: str = "one", provider: str | None = None, **inputs: Any
) -> Resource:
    """Return an object as a plan has it."""
    group = api if "/" in api else f"core/{api}"
    metadata = {"name": name, "namespace": "here"} | inputs.pop("metadata", {})
    token = f"kubernetes:{group}:{kind}"
    return Resource(
        urn=f"urn:pulumi:dev::project::{token}::res",
        type=token,
        name="res",
        parent=None,
        custom=True,
        remote=False,
        inputs={"apiVersion": api, "kind": kind, "metadata": metadata, **inputs},
        dependencies=[],
        provider=provider,
        protect=False,
    )


def plan_with(*resources: Resource) -> Plan:
    return Plan("project", "dev", sorted(resources, key=lambda resource: resource.urn), {})
