"""Quotas of VPCs, addresses and NAT gateways, of what others have and of what the stack has already."""

import pytest

from neuronserve.plan.plan import Plan
from neuronserve.preflight.finding import Verdict
from tests.preflight.account import ADDRESSES, NAT_GATEWAYS, VPCS, Account
from tests.preflight.conftest import Look, others, the

pytestmark = pytest.mark.slow


def tags(kind: str, plan: Plan | None) -> dict[str, list[dict[str, object]]]:
    own = {"project": "neuronserve", "stack": plan.stack if plan else "another"}
    listed = [{"Key": key, "Value": value} for key, value in own.items()]
    return {"TagSpecifications": [{"ResourceType": kind, "Tags": listed}]}


@pytest.mark.parametrize("own", [False, True])
def test_vpcs_and_addresses(plan: Plan, aws_account: Account, look: Look, own: bool) -> None:
    ec2 = aws_account.client("ec2")
    owner = plan if own else None
    ec2.create_vpc(CidrBlock="10.1.0.0/16", **tags("vpc", owner))
    ec2.allocate_address(Domain="vpc", **tags("elastic-ip", owner))
    aws_account.quotas |= {VPCS: 2, ADDRESSES: 1}
    found = look(plan)
    vpcs, addresses = the(found, "network quota", "VPCs"), the(found, "network quota", "Elastic IP addresses")
    assert {vpcs.verdict, addresses.verdict} == {Verdict.FINE if own else Verdict.PROBLEM}
    assert others(found, vpcs, addresses) == {Verdict.FINE}
    if not own:
        assert vpcs.arithmetic == ("2 that others have + 1 of this stack = 3",)
        assert vpcs.remedies[0] == "Ask AWS for at least 3."
        assert addresses.arithmetic == ("1 that others have + 1 of this stack = 2",)


@pytest.mark.parametrize(("zone", "verdict"), [("usw2-az1", Verdict.PROBLEM), ("usw2-az2", Verdict.FINE)])
def test_nat_gateways_count_by_zone(plan: Plan, aws_account: Account, look: Look, zone: str, verdict: Verdict) -> None:
    ec2 = aws_account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    subnet = ec2.create_subnet(VpcId=vpc, CidrBlock="10.9.1.0/24", AvailabilityZoneId=zone)["Subnet"]["SubnetId"]
    ec2.create_nat_gateway(SubnetId=subnet, ConnectivityType="private")
    aws_account.quotas[NAT_GATEWAYS] = 1
    assert the(look(plan), "network quota", "NAT gateways in usw2-az1").verdict is verdict
