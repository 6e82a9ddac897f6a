"""Quotas of AWS accounts, by the codes of Service Quotas.

Those of vCPUs count instances that run, on demand and spot apart; each family has its own, 0 in many accounts for
Inferentia and Trainium (https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-quotas.html).
"""

import re
from dataclasses import dataclass

ON_DEMAND, SPOT, RESERVED = "on-demand", "spot", "reserved"
"""How an instance may be bought, as Karpenter's label ``karpenter.sh/capacity-type`` says it."""


@dataclass(frozen=True)
class Quota:
    """A quota: the code of its service, its own, and its name in the console."""

    service: str
    code: str
    name: str


VCPUS = {
    (ON_DEMAND, "Inf"): Quota("ec2", "L-1945791B", "Running On-Demand Inf instances"),
    (ON_DEMAND, "Trn"): Quota("ec2", "L-2C3B7624", "Running On-Demand Trn instances"),
    (ON_DEMAND, "Standard"): Quota(
        "ec2", "L-1216C47A", "Running On-Demand Standard (A, C, D, H, I, M, R, T, Z) instances"
    ),
    (SPOT, "Inf"): Quota("ec2", "L-B5D1601B", "All Inf Spot Instance Requests"),
    (SPOT, "Trn"): Quota("ec2", "L-6B0D517C", "All Trn Spot Instance Requests"),
    (SPOT, "Standard"): Quota("ec2", "L-34B43A08", "All Standard (A, C, D, H, I, M, R, T, Z) Spot Instance Requests"),
}
"""In vCPUs, by how instances are bought and :func:`quota_class`."""

ADDRESSES = Quota("ec2", "L-0263D0A3", "EC2-VPC Elastic IPs")
VPCS = Quota("vpc", "L-F678F1CE", "VPCs per Region")
NAT_GATEWAYS_PER_ZONE = Quota("vpc", "L-FE5A380F", "NAT gateways per Availability Zone")

STANDARD = ("a", "c", "d", "h", "i", "im", "is", "m", "r", "t", "z")
"""What the names of families in the class Standard begin with, before the first digit."""


def quota_class(instance_type: str) -> str | None:
    """Return in which class of quotas an instance type counts; None for one that is not listed here."""
    match = re.match(r"[a-z]+(?=[0-9])", instance_type)
    letters = match[0] if match else ""
    return {"inf": "Inf", "trn": "Trn"}.get(letters, "Standard" if letters in STANDARD else None)


def console_page(quota: Quota, region: str) -> str:
    """Return the page on which a quota can be raised."""
    return f"https://{region}.console.aws.amazon.com/servicequotas/home/services/{quota.service}/quotas/{quota.code}"
