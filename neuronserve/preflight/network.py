"""Quotas of VPCs, addresses and NAT gateways against what the plan makes anew."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from neuronserve.facts.quotas import ADDRESSES, NAT_GATEWAYS_PER_ZONE, VPCS, Quota, console_page
from neuronserve.plan.plan import Plan
from neuronserve.preflight.aws import Aws
from neuronserve.preflight.finding import Finding, Verdict, attempt
from neuronserve.preflight.machines import is_of_stack
from neuronserve.preflight.quotas import quota_value
from neuronserve.preflight.zones import Zones

SUBJECT = "network quota"
VPC, ADDRESS, NAT_GATEWAY = "aws:ec2/vpc:Vpc", "aws:ec2/eip:Eip", "aws:ec2/natGateway:NatGateway"


def network_quotas(plan: Plan, aws: Aws) -> Iterator[Finding]:
    """Compare what is there, and what the plan makes besides, with the quotas."""
    look: tuple[tuple[str, str, Callable[[], Iterable[Finding]]], ...] = (
        (VPC, "VPCs", partial(_vpcs, plan, aws)),
        (ADDRESS, "Elastic IP addresses", partial(_addresses, plan, aws)),
        (NAT_GATEWAY, "NAT gateways", partial(_nat_gateways, plan, aws)),
    )
    for token, about, ask in look:
        if plan.of_type(token):
            yield from attempt(SUBJECT, about, ask)


def _vpcs(plan: Plan, aws: Aws) -> Iterator[Finding]:
    others = _of_others(plan, aws.pages("ec2:DescribeVpcs", "Vpcs"))
    yield _compared(aws, VPCS, "VPCs", len(plan.of_type(VPC)), others)


def _addresses(plan: Plan, aws: Aws) -> Iterator[Finding]:
    others = _of_others(plan, aws.pages("ec2:DescribeAddresses", "Addresses"))
    yield _compared(aws, ADDRESSES, "Elastic IP addresses", len(plan.of_type(ADDRESS)), others)


def _nat_gateways(plan: Plan, aws: Aws) -> Iterator[Finding]:
    zones = Zones(plan, aws)
    planned = Counter(
        zone for gateway in plan.of_type(NAT_GATEWAY) for zone in zones.of_subnet(gateway.inputs["subnetId"])
    )
    states = [{"Name": "state", "Values": ["pending", "available"]}]
    there = [
        (gateway, zones.of_subnet(gateway["SubnetId"]))
        for gateway in aws.pages("ec2:DescribeNatGateways", "NatGateways", Filter=states)
    ]
    for zone, count in sorted(planned.items()):
        in_zone = [gateway for gateway, its_zones in there if zone in its_zones]
        yield _compared(aws, NAT_GATEWAYS_PER_ZONE, f"NAT gateways in {zone}", count, _of_others(plan, in_zone))


def _of_others(plan: Plan, there: Iterable[dict[str, Any]]) -> int:
    """Return how many are not the stack's own, which it keeps."""
    return sum(not is_of_stack(plan, one) for one in there)


def _compared(aws: Aws, quota: Quota, what: str, planned: int, others: int) -> Finding:
    value, need = quota_value(aws, quota), planned + others
    enough = need <= value
    return Finding(
        SUBJECT,
        what,
        Verdict.FINE if enough else Verdict.PROBLEM,
        need=f"{need}",
        have=f"{value} ({quota.name})",
        arithmetic=(f"{others} that others have + {planned} of this stack = {need}",),
        remedies=() if enough else (f"Ask AWS for at least {need}.", _smaller(what, planned)),
        link=console_page(quota, aws.region),
    )


def _smaller(what: str, planned: int) -> str:
    if what == "VPCs":
        return "Or delete one that nobody needs, or use one that is there: network.existing."
    fewer = ", or set network.natGateways to Single" if planned > 1 and what == "Elastic IP addresses" else ""
    return f"Or delete what nobody needs{fewer}."
