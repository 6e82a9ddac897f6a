"""What AWS charges for the parts of the platform that run at rest, in US dollars.

On-demand prices of instances are those of Karpenter's table, in the region and on the day of
:mod:`~neuronserve.facts.instance_types`. The others are the list prices of the same region on AWS's pages
(https://aws.amazon.com/eks/pricing/, ``vpc``, ``privatelink``, ``ebs``, ``kms``, ``elasticache``,
``elasticloadbalancing`` and ``cloudwatch`` likewise), without a date; no other region was verified.
"""

HOURS_PER_MONTH = 730
"""As AWS counts."""

EKS_CLUSTER_PER_HOUR = 0.10
"""A control plane whose version of Kubernetes is in standard support."""

NAT_GATEWAY_PER_HOUR = 0.045
INTERFACE_ENDPOINT_PER_HOUR = 0.01
"""For each subnet that an endpoint is in."""

APPLICATION_LOAD_BALANCER_PER_HOUR = 0.0225
"""Without what it is used for: $0.008 an hour for each LCU, capacity unit."""
NETWORK_LOAD_BALANCER_PER_HOUR = 0.0225
CLASSIC_LOAD_BALANCER_PER_HOUR = 0.025

PUBLIC_ADDRESS_PER_HOUR = 0.005
GP3_PER_GIB_MONTH = 0.08
GP3_FREE_IOPS, GP3_PER_IOPS_MONTH = 3000, 0.005
GP3_FREE_MIB_PER_S, GP3_PER_MIB_PER_S_MONTH = 125, 0.04
LOGS_PER_GIB_MONTH = 0.03
"""What CloudWatch takes for keeping logs, whatever it took when they arrived."""
KMS_KEY_PER_MONTH = 1.0

DASHBOARD_PER_MONTH = 3.0
ALARM_METRIC_PER_MONTH = 0.10
"""For each metric that an alarm looks at, once a minute."""

CUSTOM_METRIC_PER_MONTH = 0.30
"""Each name with its dimensions, of the first 10,000; what it comes to in logs on top."""

GENERAL_PURPOSE_PER_HOUR = {
    "m6i.large": 0.096,
    "m6i.xlarge": 0.192,
    "m6i.2xlarge": 0.384,
    "m6i.4xlarge": 0.768,
    "m7i.large": 0.1008,
    "m7i.xlarge": 0.2016,
    "m7i.2xlarge": 0.4032,
    "m7i.4xlarge": 0.8064,
}
"""By EC2 instance type."""

VALKEY_NODE_PER_HOUR = {"cache.t4g.micro": 0.0128, "cache.t4g.small": 0.0256, "cache.t4g.medium": 0.052}
"""By ElastiCache node type, as the Price List API had them in October 2026; four fifths of a Redis node's."""
