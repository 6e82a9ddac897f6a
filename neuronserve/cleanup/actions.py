"""What credentials have to be allowed for ``neuronserve drain`` and ``sweep``; docs/clean-end.md has the policy."""

READS = (
    "ec2:DescribeInstances",
    "ec2:DescribeLaunchTemplates",
    "ec2:DescribeNetworkInterfaces",
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeVolumes",
    "eks:DescribeCluster",
    "elasticloadbalancing:DescribeLoadBalancers",
    "elasticloadbalancing:DescribeTags",
    "elasticloadbalancing:DescribeTargetGroups",
    "logs:DescribeLogGroups",
    "logs:ListTagsForResource",
    "sts:GetCallerIdentity",
)
"""Enough to see what would go, and what is left. AWS lets everybody have the last one."""

DELETES = (
    "ec2:DeleteLaunchTemplate",
    "ec2:DeleteNetworkInterface",
    "ec2:DeleteSecurityGroup",
    "ec2:DeleteVolume",
    "ec2:RevokeSecurityGroupEgress",
    "ec2:RevokeSecurityGroupIngress",
    "ec2:TerminateInstances",
    "elasticloadbalancing:DeleteLoadBalancer",
    "elasticloadbalancing:DeleteTargetGroup",
    "logs:DeleteLogGroup",
)
"""Needed by ``drain --yes`` and ``sweep --remove`` besides."""
