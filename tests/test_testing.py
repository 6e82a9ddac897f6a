"""``neuronserve.testing``, as somebody else's tests use it: among others that use Pulumi's own mocks."""

import asyncio
import os
from pathlib import Path
from typing import Any

import pulumi
import pulumi_aws as aws
import pytest

from neuronserve.components import Cluster, Network
from neuronserve.testing import ProgramError, ResourceError, plan_of

SUBNETS = ["subnet-1", "subnet-2"]


def cluster() -> None:
    made = Cluster("llm", {"vpc_id": "vpc-1", "subnet_ids": SUBNETS, "node_subnet_ids": SUBNETS})
    pulumi.export("name", made.name)
    pulumi.export("kubeconfig", made.kubeconfig)


def fails() -> None:
    Network("main", {"region": pulumi.Output.from_input("somewhere"), "availability_zone_names": ["a", "b"]})


def fails_at_once() -> None:
    Network("main", {"region": ""})


def test_a_cluster_can_be_made() -> None:
    plan = plan_of(cluster, stack="prod")
    assert plan.outputs == {"name": "llm-prod", "kubeconfig": "[secret]"}
    assert not plan.resource("eks:index:Cluster").inputs["endpointPublicAccess"]


def test_outputs_of_other_stacks_and_answers_of_providers_are_given() -> None:
    def program() -> None:
        other = pulumi.StackReference("org/base/prod")
        found = aws.ec2.get_vpc_output(id=other.require_output("vpcId"))
        Network("main", {"region": "us-west-2", "cidr_block": found.cidr_block})
        pulumi.export("lacking", pulumi.StackReference("org/other/prod").get_output("x"))

    plan = plan_of(
        program,
        stack_outputs={"org/base/prod": {"vpcId": "vpc-1"}},
        answers={"aws:ec2/getVpc:getVpc": {"id": "vpc-1", "cidrBlock": "10.9.0.0/16"}},
    )
    assert plan.resource("aws:ec2/vpc:Vpc").inputs["cidrBlock"] == "10.9.0.0/16"
    assert plan.outputs["lacking"] is None
    with pytest.raises(ProgramError, match="aws:ec2/getVpc:getVpc, which asks a cloud"):
        plan_of(program, stack_outputs={"org/base/prod": {"vpcId": "vpc-1"}})


def test_a_plan_fails_where_the_engine_would() -> None:
    def twice() -> None:
        for _ in range(2):
            pulumi.Stash("same", input="x")

    with pytest.raises(ResourceError, match="Two resources are called"):
        plan_of(twice)


class OwnMocks(pulumi.runtime.Mocks):
    def new_resource(self, args: pulumi.runtime.MockResourceArgs) -> tuple[str | None, dict[Any, Any]]:
        return f"{args.name}-id", dict(args.inputs)

    def call(self, args: pulumi.runtime.MockCallArgs) -> tuple[dict[Any, Any], list[tuple[str, str]] | None]:
        return {}, None


@pytest.mark.parametrize("before", [cluster, fails, fails_at_once])
def test_nothing_is_left_for_a_test_with_pulumis_own_mocks(before: Any) -> None:
    environment, directory = dict(os.environ), Path.cwd()
    try:
        plan_of(before, project="ours", stack="prod", config={"aws:region": "us-west-2"})
    except ProgramError:
        assert before is not cluster
    assert (dict(os.environ), Path.cwd()) == (environment, directory)
    assert pulumi.runtime.get_root_resource() is None
    assert pulumi.Config("aws").get("region") is None

    pulumi.runtime.set_mocks(OwnMocks())
    seen: list[str] = []

    @pulumi.runtime.test
    def of_theirs() -> pulumi.Output[None]:
        assert pulumi.get_stack() == "stack"
        return aws.s3.Bucket("mine").id.apply(seen.append)

    of_theirs()
    assert seen == ["mine-id"]
    asyncio.get_event_loop()
    # And the other way round.
    assert plan_of(cluster).outputs["name"] == "llm-dev"
