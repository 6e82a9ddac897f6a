"""What Karpenter's controller may do in AWS: the statements that its project publishes for the pinned version.

Those by which it makes, tags, changes and deletes instance profiles are left out: its nodes have one that is there.

Source: https://karpenter.sh/v1.14/reference/cloudformation/. The project splits them into several policies, because one
would be longer than IAM admits.
"""

from collections.abc import Mapping, Sequence

import pulumi

from neuronserve.components.identity.policy import Statement
from neuronserve.facts.aws import partition
from neuronserve.facts.cluster_tags import OWNED, owner_tag
from neuronserve.settings import when_known

FLEET_ACTIONS = ("ec2:RunInstances", "ec2:CreateFleet")
MADE_RESOURCES = ("fleet", "instance", "volume", "network-interface", "launch-template", "spot-instances-request")
CREATING_ACTIONS = ["RunInstances", "CreateFleet", "CreateLaunchTemplate"]
REGIONAL_READS = (
    "CapacityReservations",
    "Images",
    "Instances",
    "InstanceStatus",
    "InstanceTypeOfferings",
    "InstanceTypes",
    "LaunchTemplates",
    "PlacementGroups",
    "SecurityGroups",
    "SpotPriceHistory",
    "Subnets",
)

Conditions = dict[str, Mapping[str, pulumi.Input[str] | Sequence[pulumi.Input[str]]]]


def controller_statements(
    *,
    cluster_name: pulumi.Input[str],
    cluster_arn: pulumi.Input[str],
    region: pulumi.Input[str],
    node_role_arn: pulumi.Input[str],
    queue_arn: pulumi.Input[str],
) -> dict[str, pulumi.Input[list[Statement]]]:
    """Return the statements of each policy, by a suffix for its name."""
    return {
        "node-lifecycle": when_known(_node_lifecycle, cluster_name, region),
        "iam-integration": _iam_integration(node_role_arn),
        "eks-integration": [Statement("AllowAPIServerEndpointDiscovery", ("eks:DescribeCluster",), (cluster_arn,))],
        "interruption": [
            Statement(
                "AllowInterruptionQueueActions",
                ("sqs:DeleteMessage", "sqs:GetQueueUrl", "sqs:ReceiveMessage"),
                (queue_arn,),
            )
        ],
        "resource-discovery": when_known(_resource_discovery, region),
    }


def _owned(cluster_name: str, kind: str) -> tuple[str, str]:
    """Return the condition that a tag says so: of a resource that is there, or of one that is asked for."""
    return f"aws:{kind}Tag/{owner_tag(cluster_name)}", OWNED


def _node_lifecycle(cluster_name: str, region: str) -> list[Statement]:
    arn = f"arn:{partition(region)}:ec2:{region}"
    made = [f"{arn}:*:{kind}/*" for kind in MADE_RESOURCES]
    own: Conditions = {
        "StringEquals": dict([_owned(cluster_name, "Resource")]),
        "StringLike": {"aws:ResourceTag/karpenter.sh/nodepool": "*"},
    }
    asked: Conditions = {
        "StringEquals": dict([_owned(cluster_name, "Request"), ("aws:RequestTag/eks:eks-cluster-name", cluster_name)]),
        "StringLike": {"aws:RequestTag/karpenter.sh/nodepool": "*"},
    }
    return [
        Statement(
            "AllowScopedEC2InstanceAccessActions",
            FLEET_ACTIONS,
            [
                f"{arn}::image/*",
                f"{arn}::snapshot/*",
                *(
                    f"{arn}:*:{kind}/*"
                    for kind in ("security-group", "subnet", "capacity-reservation", "placement-group")
                ),
            ],
        ),
        Statement("AllowScopedEC2LaunchTemplateAccessActions", FLEET_ACTIONS, [f"{arn}:*:launch-template/*"], own),
        Statement("AllowScopedEC2InstanceActionsWithTags", (*FLEET_ACTIONS, "ec2:CreateLaunchTemplate"), made, asked),
        Statement(
            "AllowScopedResourceCreationTagging",
            ("ec2:CreateTags",),
            made,
            {**asked, "StringEquals": {**asked["StringEquals"], "ec2:CreateAction": CREATING_ACTIONS}},
        ),
        Statement(
            "AllowScopedResourceTagging",
            ("ec2:CreateTags",),
            [f"{arn}:*:instance/*"],
            {
                **own,
                "StringEqualsIfExists": {"aws:RequestTag/eks:eks-cluster-name": cluster_name},
                "ForAllValues:StringEquals": {
                    "aws:TagKeys": ["eks:eks-cluster-name", "karpenter.sh/nodeclaim", "Name"],
                },
            },
        ),
        Statement(
            "AllowScopedDeletion",
            ("ec2:TerminateInstances", "ec2:DeleteLaunchTemplate"),
            [f"{arn}:*:instance/*", f"{arn}:*:launch-template/*"],
            own,
        ),
    ]


def _iam_integration(node_role_arn: pulumi.Input[str]) -> list[Statement]:
    return [
        Statement(
            "AllowPassingInstanceRole",
            ("iam:PassRole",),
            (node_role_arn,),
            {"StringEquals": {"iam:PassedToService": ["ec2.amazonaws.com", "ec2.amazonaws.com.cn"]}},
        )
    ]


def _resource_discovery(region: str) -> list[Statement]:
    here: Conditions = {"StringEquals": {"aws:RequestedRegion": region}}
    arn = f"arn:{partition(region)}"
    return [
        Statement("AllowRegionalReadActions", tuple(f"ec2:Describe{what}" for what in REGIONAL_READS), ("*",), here),
        Statement("AllowSSMReadActions", ("ssm:GetParameter",), (f"{arn}:ssm:{region}::parameter/aws/service/*",)),
        Statement("AllowPricingReadActions", ("pricing:GetProducts",), ("*",)),
        Statement("AllowUnscopedInstanceProfileListAction", ("iam:ListInstanceProfiles",), ("*",)),
        Statement(
            "AllowInstanceProfileReadActions", ("iam:GetInstanceProfile",), (f"{arn}:iam::*:instance-profile/*",)
        ),
    ]
