import json
from typing import Any

import pulumi_aws as aws
import pulumi_eks as eks
import pytest

from neuronserve.plan.annotations import check_inputs
from neuronserve.plan.aws_inputs import check_aws_inputs, policies
from neuronserve.plan.errors import ResourceError
from neuronserve.plan.program import run

VPC = "aws:ec2/vpc:Vpc"
ROLE = "aws:iam/role:Role"
GROUP = "aws:ec2/securityGroup:SecurityGroup"
LATER = "${urn:pulumi:dev::p::aws:iam/role:Role::r.arn}"


def policy(**statement: Any) -> str:
    right = {"Sid": "A", "Effect": "Allow", "Action": ["sts:AssumeRole"]}
    return json.dumps({"Version": "2012-10-17", "Statement": [right | statement]})


@pytest.mark.parametrize(
    ("token", "inputs", "wrong"),
    [
        (VPC, {"cidrBlock": "10.1.0.0/33"}, "cidrBlock is '10.1.0.0/33'"),
        (VPC, {"cidrBlock": "10.1.2.3/16"}, "host bits set"),
        ("aws:ec2/route:Route", {"destinationCidrBlock": "anywhere"}, "destinationCidrBlock is 'anywhere'"),
        ("aws:eks/addon:Addon", {"serviceAccountRoleArn": "my-role"}, "not an ARN"),
        ("aws:eks/addon:Addon", {"serviceAccountRoleArn": "arn:asw:iam::1:role/a"}, "partition"),
        ("aws:eks/addon:Addon", {"serviceAccountRoleArn": f"arn:aws:iam:{LATER}"}, "not an ARN"),
        (ROLE, {"managedPolicyArns": ["AdministratorAccess"]}, "managedPolicyArns[0]"),
        (ROLE, {"assumeRolePolicy": "{"}, "assumeRolePolicy is not JSON"),
        (ROLE, {"assumeRolePolicy": "{}"}, "no Statement"),
        (ROLE, {"assumeRolePolicy": '{"Version": "2021-01-01", "Statement": []}'}, "Version '2021-01-01'"),
        (ROLE, {"assumeRolePolicy": policy(Effect="Permit")}, "Effect 'Permit'"),
        (ROLE, {"assumeRolePolicy": policy(NotAction="x")}, "either Action or NotAction"),
        (ROLE, {"assumeRolePolicy": policy(Principle="*")}, "Principle"),
        (ROLE, {"assumeRolePolicy": policy(Resource=["bucket"])}, "Resource is 'bucket'"),
        (GROUP, {"ingress": [{"cidrBlocks": ["0.0.0.0/0"], "fromPort": 22}]}, "the whole world"),
        (GROUP, {"ingress": [{"ipv6CidrBlocks": ["::/0"]}]}, "the whole world"),
        ("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule", {"cidrIpv4": "0.0.0.0/0"}, "the whole world"),
        (
            "aws:ec2/securityGroupRule:SecurityGroupRule",
            {"type": "ingress", "cidrBlocks": ["0.0.0.0/0"]},
            "whole world",
        ),
    ],
)
def test_a_planted_mistake_is_found(token: str, inputs: dict[str, Any], wrong: str) -> None:
    (problem,) = check_aws_inputs(token, inputs)
    assert wrong in problem


@pytest.mark.parametrize(
    ("token", "inputs"),
    [
        (VPC, {"cidrBlock": "10.1.0.0/16"}),
        (ROLE, {"assumeRolePolicy": policy(Principal={"Service": "ec2.amazonaws.com"}), "roleArn": LATER}),
        (ROLE, {"policy": policy(Resource=["*", LATER, f"{LATER}:*", "arn:aws:s3:::bucket/*"])}),
        ("aws:eks/addon:Addon", {"serviceAccountRoleArn": f"arn:aws:iam::1:role/{LATER}"}),
        (GROUP, {"egress": [{"cidrBlocks": ["0.0.0.0/0"]}], "ingress": [{"cidrBlocks": ["10.0.0.0/8"]}]}),
        ("aws:ec2/securityGroupRule:SecurityGroupRule", {"type": "egress", "cidrBlocks": ["0.0.0.0/0"]}),
        ("eks:index:Cluster", {"upgradePolicy": {"supportType": "STANDARD"}}),
        ("kubernetes:core/v1:ConfigMap", {"policy": "{"}),
    ],
)
def test_what_is_right_passes(token: str, inputs: dict[str, Any]) -> None:
    assert check_aws_inputs(token, inputs) == []


def test_the_policies_of_a_resource_are_found() -> None:
    assert list(policies({"assumeRolePolicy": policy(), "name": "a", "policy": "{"})) == ["assumeRolePolicy"]


@pytest.mark.parametrize(
    ("token", "inputs", "wrong"),
    [
        (VPC, {"cidrBlocks": "10.1.0.0/16"}, "did you mean cidrBlock?"),
        (VPC, {"enableDnsSupport": "yes"}, "not of type boolean"),
        ("aws:eks/nodeGroup:NodeGroup", {"scalingConfig": {"minSize": "two"}}, "scalingConfig.minSize"),
        ("aws:eks/nodeGroup:NodeGroup", {"scalingConfig": {"minimum": 1}}, "scalingConfig.minimum"),
        ("eks:index:Cluster", {"authenticationMode": "APIS"}, "authenticationMode"),
        ("eks:index:Cluster", {"accessEntries": {"a": {"principal": "x"}}}, "accessEntries.a.principal"),
    ],
)
def test_the_sdks_annotations_know_the_types(token: str, inputs: dict[str, Any], wrong: str) -> None:
    assert {aws.ec2.Vpc, aws.eks.NodeGroup, eks.Cluster}  # their modules are imported when they are used
    assert wrong in " ".join(check_inputs(token, inputs))


def test_a_plan_with_a_mistake_is_none() -> None:
    with pytest.raises(ResourceError, match=r"network::wrong: cidrBlock is '10.0.0.1/8'|Vpc::wrong: cidrBlock is"):
        run(lambda: aws.ec2.Vpc("wrong", cidr_block="10.0.0.1/8"))
