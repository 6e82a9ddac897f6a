"""Instance types in zones, by id: where AWS has them (moto has AWS's own list), and where else."""

import pytest

from neuronserve.plan.plan import Plan
from neuronserve.preflight.finding import Verdict
from tests.preflight.account import Account
from tests.preflight.conftest import Look, others, the, with_node_class, with_pool, with_zones
from tests.spoilt_plan import NODE_POOL, spoilt

pytestmark = pytest.mark.slow
TRN, INF = "node pool trainium-trn1", "node pool inferentia-inf2"


def test_of_two_zones_one_lacks_the_type(plan: Plan, look: Look) -> None:
    found = look(with_zones(plan, "usw2-az3", "usw2-az4"))
    finding = the(found, "offering", TRN)
    assert finding.verdict is Verdict.WARNING
    assert finding.need == "trn1.32xlarge in usw2-az3, usw2-az4"
    assert finding.have == "none in usw2-az3"
    assert finding.arithmetic == ("trn1.32xlarge: in usw2-az1, usw2-az4",)
    assert finding.remedies == (
        "Set network.availabilityZoneIds to [usw2-az1, usw2-az4], where all instance types of the stack are.",
        "Or leave it: machines then come from usw2-az4 alone.",
    )
    assert others(found, finding) == {Verdict.FINE}
    assert found.is_clear


def test_both_zones_lack_the_type(plan: Plan, look: Look) -> None:
    found = look(with_zones(plan, "usw2-az2", "usw2-az3"))
    finding = the(found, "offering", TRN)
    assert finding.verdict is Verdict.PROBLEM
    assert finding.remedies[0].startswith("Set network.availabilityZoneIds to [usw2-az1, usw2-az4], ")
    assert finding.remedies[1] == "Or set nodePools.trainium-trn1.instanceTypes to what the zones have."
    assert not found.is_clear


def test_zones_by_name_are_looked_up(plan: Plan, aws_account: Account, look: Look) -> None:
    names = {
        one["ZoneId"]: one["ZoneName"]
        for one in aws_account.client("ec2").describe_availability_zones()["AvailabilityZones"]
    }
    found = look(with_zones(plan, names["usw2-az3"], names["usw2-az4"]))
    assert the(found, "offering", TRN).have == "none in usw2-az3"


def test_a_pool_that_is_kept_to_a_zone(plan: Plan, look: Look) -> None:
    zone = {"key": "topology.k8s.aws/zone-id", "operator": "In", "values": ["usw2-az4"]}
    kept = spoilt(
        with_zones(plan, "usw2-az3", "usw2-az4"),
        NODE_POOL,
        lambda inputs: inputs["spec"]["template"]["spec"]["requirements"].append(zone),
        "trainium-trn1-node-pool",
    )
    finding = the(look(kept), "offering", TRN)
    assert (finding.verdict, finding.need) == (Verdict.FINE, "trn1.32xlarge in usw2-az4")


def test_a_region_without_the_type(plan: Plan, look: Look) -> None:
    found = look(with_pool(plan, "inferentia-inf2", instance_type=["inf9.xlarge"]))
    finding = the(found, "offering", INF)
    assert finding.arithmetic == ("inf9.xlarge: in no zone of us-west-2",)
    assert (finding.verdict, finding.remedies) == (
        Verdict.PROBLEM,
        ("Choose another region (aws:region), or other instance types.",),
    )


@pytest.mark.parametrize("selected", ["id", "tag"])
def test_subnets_that_were_there_are_asked_for(plan: Plan, aws_account: Account, look: Look, selected: str) -> None:
    ec2 = aws_account.client("ec2")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    tags = [{"ResourceType": "subnet", "Tags": [{"Key": "karpenter.sh/discovery", "Value": "theirs"}]}]
    subnet = ec2.create_subnet(
        VpcId=vpc, CidrBlock="10.9.1.0/24", AvailabilityZoneId="usw2-az3", TagSpecifications=tags
    )["Subnet"]["SubnetId"]
    term = {"id": subnet} if selected == "id" else {"tags": {"karpenter.sh/discovery": "theirs"}}
    finding = the(look(with_node_class(plan, "trainium-trn1", subnetSelectorTerms=[term])), "offering", TRN)
    assert (finding.verdict, finding.have) == (Verdict.PROBLEM, "none in usw2-az3")


@pytest.mark.parametrize("term", [{"id": "subnet-0123456789abcdef0"}, {"tags": {"no": "such"}}])
def test_no_subnet_is_there(plan: Plan, look: Look, term: dict[str, object]) -> None:
    finding = the(look(with_node_class(plan, "trainium-trn1", subnetSelectorTerms=[term])), "offering", TRN)
    assert finding.verdict is Verdict.PROBLEM
    assert finding.need == "trn1.32xlarge in a zone: no subnet is there for it"
