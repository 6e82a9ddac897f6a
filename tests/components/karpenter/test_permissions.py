"""Karpenter's permissions, against the table that its project publishes.

Source: https://karpenter.sh/v1.14/reference/cloudformation/, the policies of the controller, without the
three statements that let it make, tag, change and delete instance profiles: it is given one that is there.
"""

import json
from typing import Any

import pulumi
import pytest

from neuronserve.components.identity.policy import policy_document
from neuronserve.components.karpenter.permissions import controller_statements
from neuronserve.plan.program import run
from tests.iam_lint import unexplained

CLUSTER = "llm"
OWN = {f"aws:ResourceTag/kubernetes.io/cluster/{CLUSTER}", "aws:ResourceTag/karpenter.sh/nodepool"}
ASKED = {
    f"aws:RequestTag/kubernetes.io/cluster/{CLUSTER}",
    "aws:RequestTag/eks:eks-cluster-name",
    "aws:RequestTag/karpenter.sh/nodepool",
}
MADE = {"fleet", "instance", "volume", "network-interface", "launch-template", "spot-instances-request"}
FLEET = {"ec2:RunInstances", "ec2:CreateFleet"}

# Policy, Sid: actions, kinds of resources, condition keys.
PUBLISHED: dict[tuple[str, str], tuple[set[str], set[str], set[str]]] = {
    ("node-lifecycle", "AllowScopedEC2InstanceAccessActions"): (
        FLEET,
        {"image", "snapshot", "security-group", "subnet", "capacity-reservation", "placement-group"},
        set(),
    ),
    ("node-lifecycle", "AllowScopedEC2LaunchTemplateAccessActions"): (FLEET, {"launch-template"}, OWN),
    ("node-lifecycle", "AllowScopedEC2InstanceActionsWithTags"): (FLEET | {"ec2:CreateLaunchTemplate"}, MADE, ASKED),
    ("node-lifecycle", "AllowScopedResourceCreationTagging"): (
        {"ec2:CreateTags"},
        MADE,
        ASKED | {"ec2:CreateAction"},
    ),
    ("node-lifecycle", "AllowScopedResourceTagging"): (
        {"ec2:CreateTags"},
        {"instance"},
        OWN | {"aws:RequestTag/eks:eks-cluster-name", "aws:TagKeys"},
    ),
    ("node-lifecycle", "AllowScopedDeletion"): (
        {"ec2:TerminateInstances", "ec2:DeleteLaunchTemplate"},
        {"instance", "launch-template"},
        OWN,
    ),
    ("iam-integration", "AllowPassingInstanceRole"): ({"iam:PassRole"}, {"role"}, {"iam:PassedToService"}),
    ("eks-integration", "AllowAPIServerEndpointDiscovery"): ({"eks:DescribeCluster"}, {"cluster"}, set()),
    ("interruption", "AllowInterruptionQueueActions"): (
        {"sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"},
        {"queue"},
        set(),
    ),
    ("resource-discovery", "AllowRegionalReadActions"): (
        {
            f"ec2:Describe{what}"
            for what in (
                *("CapacityReservations", "Images", "Instances", "InstanceStatus", "InstanceTypeOfferings"),
                *("InstanceTypes", "LaunchTemplates", "PlacementGroups", "SecurityGroups", "SpotPriceHistory"),
                "Subnets",
            )
        },
        {"*"},
        {"aws:RequestedRegion"},
    ),
    ("resource-discovery", "AllowSSMReadActions"): ({"ssm:GetParameter"}, {"parameter"}, set()),
    ("resource-discovery", "AllowPricingReadActions"): ({"pricing:GetProducts"}, {"*"}, set()),
    ("resource-discovery", "AllowUnscopedInstanceProfileListAction"): ({"iam:ListInstanceProfiles"}, {"*"}, set()),
    ("resource-discovery", "AllowInstanceProfileReadActions"): (
        {"iam:GetInstanceProfile"},
        {"instance-profile"},
        set(),
    ),
}

LONGEST = 6144
"""Characters of a managed policy (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html)."""


@pytest.fixture(scope="module")
def policies() -> dict[str, dict[str, Any]]:
    def program() -> None:
        statements = controller_statements(
            cluster_name=CLUSTER,
            cluster_arn=f"arn:aws:eks:us-west-2:111122223333:cluster/{CLUSTER}",
            region="us-west-2",
            node_role_arn="arn:aws:iam::111122223333:role/nodes",
            queue_arn="arn:aws:sqs:us-west-2:111122223333:queue",
        )
        for suffix, policy in statements.items():
            pulumi.export(suffix, policy_document(policy))

    return {suffix: json.loads(text) for suffix, text in run(program).outputs.items()}


def kind(arn: str) -> str:
    resource = arn.rpartition(":")[2]
    return "queue" if ":sqs:" in arn else resource.partition("/")[0]


def test_published_statements_are_there_without_those_for_making_profiles(policies: dict[str, dict[str, Any]]) -> None:
    ours = {
        (suffix, statement["Sid"]): (
            set(statement["Action"]),
            {kind(resource) for resource in statement["Resource"]},
            {key for keys in statement.get("Condition", {}).values() for key in keys},
        )
        for suffix, policy in policies.items()
        for statement in policy["Statement"]
    }
    assert ours == PUBLISHED


def test_images_belong_to_no_account(policies: dict[str, dict[str, Any]]) -> None:
    resources = policies["node-lifecycle"]["Statement"][0]["Resource"]
    assert {"arn:aws:ec2:us-west-2::image/*", "arn:aws:ec2:us-west-2:*:subnet/*"} <= set(resources)


def test_every_policy_is_short_enough(policies: dict[str, dict[str, Any]]) -> None:
    assert all(len(json.dumps(policy)) < LONGEST for policy in policies.values())


def test_the_linter_finds_nothing_unexplained(policies: dict[str, dict[str, Any]]) -> None:
    assert not {(suffix, *finding) for suffix, policy in policies.items() for finding in unexplained(policy)}
