"""What AWS charges for the parts of the platform that run at rest, in US dollars.

On-demand prices of instances are those of Karpenter's table, in the region and on the day of
:mod:`~neuronserve.facts.instance_types`. The others are the list prices of the same region on AWS's pages
(https://aws.amazon.com/eks/pricing/, ``vpc``, ``privatelink``, ``ebs`` and ``kms`` likewise), without a date; no other
region was verified.
"""

HOURS_PER_MONTH = 730
"""As AWS counts."""

EKS_CLUSTER_PER_HOUR = 0.10
"""A control plane whose version of Kubernetes is in standard support."""

NAT_GATEWAY_PER_HOUR = 0.045
INTERFACE_ENDPOINT_PER_HOUR = 0.01
"""For each subnet that an endpoint is in."""

PUBLIC_ADDRESS_PER_HOUR = 0.005
GP3_PER_GIB_MONTH = 0.08
KMS_KEY_PER_MONTH = 1.0

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
