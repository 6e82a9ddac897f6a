"""What `pulumi destroy` of a stack in AWS does first and last."""

from pathlib import Path

import pytest

from neuronserve.plan.plan import Plan, Resource
from neuronserve.plan.program import synthesise
from neuronserve.plan.project import load_project
from tests.destroy_order import assert_destroyed_before

ROOT = Path(__file__).resolve().parents[2]
AWS_STACKS = [stack for stack in load_project(ROOT).stacks if stack != "local"]


@pytest.fixture(params=AWS_STACKS)
def plan(request: pytest.FixtureRequest) -> Plan:
    return synthesise(ROOT, request.param)


def in_component(plan: Plan, component: str) -> list[Resource]:
    """Return what a component makes, by the component's type."""
    return [
        resource
        for resource in plan.resources
        if resource.custom and f"neuronserve:index:{component}$" in resource.urn.split("::")[2]
    ]


def test_workloads_go_before_nodes_cluster_and_network(plan: Plan) -> None:
    workloads = in_component(plan, "LlmService")
    base = [
        plan.resource("aws:eks/nodeGroup:NodeGroup"),
        plan.resource("eks:index:Cluster"),
        *plan.of_type("aws:ec2/natGateway:NatGateway"),
        *(subnet for subnet in plan.of_type("aws:ec2/subnet:Subnet") if "-private-" in subnet.name),
        plan.resource("aws:ec2/vpc:Vpc"),
    ]
    assert_destroyed_before(plan, workloads, base)


def test_nodes_go_before_the_cluster_and_the_cluster_before_its_network(plan: Plan) -> None:
    cluster = [plan.resource("eks:index:Cluster")]
    subnets = [subnet for subnet in plan.of_type("aws:ec2/subnet:Subnet") if "-intra-" in subnet.name]
    assert_destroyed_before(plan, [plan.resource("aws:eks/nodeGroup:NodeGroup")], cluster)
    assert_destroyed_before(plan, cluster, [*subnets, plan.resource("aws:ec2/vpc:Vpc")])
