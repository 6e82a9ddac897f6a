"""What `pulumi destroy` of a stack in AWS does first and last."""

from collections.abc import Callable
from pathlib import Path

import pytest

from neuronserve.plan.plan import Plan, Resource
from neuronserve.plan.project import load_project
from tests.destroy_order import assert_destroyed_before

ROOT = Path(__file__).resolve().parents[2]
AWS_STACKS = [stack for stack in load_project(ROOT).stacks if stack != "local"]


@pytest.fixture(params=AWS_STACKS)
def plan(plan_of: Callable[[str], Plan], request: pytest.FixtureRequest) -> Plan:
    return plan_of(request.param)


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


def test_services_go_before_their_namespaces(plan: Plan) -> None:
    assert_destroyed_before(plan, in_component(plan, "LlmService"), in_component(plan, "ServingNamespace"))


def test_nodes_go_before_the_cluster_and_the_cluster_before_its_network(plan: Plan) -> None:
    cluster = [plan.resource("eks:index:Cluster")]
    subnets = [subnet for subnet in plan.of_type("aws:ec2/subnet:Subnet") if "-intra-" in subnet.name]
    assert_destroyed_before(plan, [plan.resource("aws:eks/nodeGroup:NodeGroup")], cluster)
    assert_destroyed_before(plan, cluster, [*subnets, plan.resource("aws:ec2/vpc:Vpc")])


def test_workloads_go_first_then_pools_node_classes_karpenter_and_operators(plan: Plan) -> None:
    pools = plan.of_type("kubernetes:karpenter.sh/v1:NodePool")
    node_classes = plan.of_type("kubernetes:karpenter.k8s.aws/v1:EC2NodeClass")
    releases = plan.of_type("kubernetes:helm.sh/v3:Release")
    controller = [release for release in releases if release.name == "platform-karpenter-chart"]
    karpenter = in_component(plan, "Karpenter")
    operators = [
        *in_component(plan, "NeuronOperator"),
        *in_component(plan, "KubeRayOperator"),
        *in_component(plan, "CloudWatchObservability"),
    ]
    assert_destroyed_before(plan, in_component(plan, "LlmService"), [*pools, *operators])
    assert len(pools) == len(node_classes) == len(plan.outputs["nodePools"])
    for pool in pools:
        assert_destroyed_before(plan, [pool], [one for one in node_classes if one.parent == pool.parent])
    # Nodes are drained by a controller that still runs, and still may.
    permissions = [one for one in karpenter if one.type.startswith("aws:")]
    assert_destroyed_before(plan, [*pools, *node_classes], [*karpenter, *operators])
    assert_destroyed_before(
        plan,
        controller,
        [
            *(one for one in permissions if one.type in ("aws:iam/policy:Policy", "aws:sqs/queue:Queue")),
            plan.resource("kubernetes:yaml/v2:ConfigGroup", "platform-karpenter-crds"),
        ],
    )
    assert_destroyed_before(plan, karpenter, operators)
    assert_destroyed_before(plan, operators, [plan.resource("aws:eks/nodeGroup:NodeGroup")])


def test_definitions_are_there_before_their_objects(plan: Plan) -> None:
    definitions = plan.of_type("kubernetes:yaml/v2:ConfigGroup")
    assert_destroyed_before(plan, plan.of_type("kubernetes:ray.io/v1:RayService"), definitions)
    assert_destroyed_before(plan, plan.of_type("kubernetes:karpenter.sh/v1:NodePool"), definitions)
