"""What AWS calls things, and which values its services take."""

import re

PARTITIONS = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
"""By the start of a region's name (https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html)."""

CLOUD_WATCH_PODS = "amazon-cloudwatch"
"""The Kubernetes namespace of the EKS add-on amazon-cloudwatch-observability."""

LOG_RETENTION_DAYS = (
    *(1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731),
    *(1096, 1827, 2192, 2557, 2922, 3288, 3653),
)
"""For how many days CloudWatch can keep logs
(https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html)."""

NODE_POLICIES = ("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly", "AmazonSSMManagedInstanceCore")
"""Managed policies of the role of a node. The VPC CNI has its permissions by Pod Identity, not by its node."""

AMI_ALIAS = "al2023@v20260903"
"""The image of nodes that Karpenter makes, with and without Neuron chips: it picks the variant. A release of
https://github.com/awslabs/amazon-eks-ami that public configurations of Kubernetes 1.35 pinned in 2026."""

LARGEST_GP3_GIB = 65_536
"""Of an EBS volume (https://docs.aws.amazon.com/ebs/latest/userguide/general-purpose.html)."""

MOST_TAGS, TAG_KEY_LENGTH, TAG_VALUE_LENGTH = 50, 128, 256
"""Tags of a resource, and characters of a tag (https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Tags.html)."""

DISCOVERY_TAG = "karpenter.sh/discovery"
"""Tag by which node classes find the subnets of a cluster."""


PUBLIC_SUBNET_TAG, PRIVATE_SUBNET_TAG = "kubernetes.io/role/elb", "kubernetes.io/role/internal-elb"
"""Tags by which the AWS Load Balancer Controller finds subnets for load balancers that face the internet, and others
(https://kubernetes-sigs.github.io/aws-load-balancer-controller/latest/deploy/subnet_discovery/)."""

FEWEST_LOAD_BALANCER_ZONES = 2
"""https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html"""


def partition(region: str) -> str:
    """Return the partition of ARNs in a region: ``aws``, ``aws-cn`` or ``aws-us-gov``."""
    return next((name for start, name in PARTITIONS.items() if region.startswith(start)), "aws")


def arn_of(service: str, resource: str) -> re.Pattern[str]:
    """Return the form of ARNs of a service in a region, with the region as a group, and a resource's form."""
    return re.compile(rf"arn:aws(?:-[a-z-]+)?:{service}:(?P<region>[a-z0-9-]+):[0-9]{{12}}:{resource}", re.ASCII)


def managed_policy_arn(policy: str, partition: str) -> str:
    """Return the ARN of a policy of AWS's own, such as ``AmazonEKS_CNI_Policy`` or ``service-role/AmazonEBS…``."""
    return f"arn:{partition}:iam::aws:policy/{policy}"
