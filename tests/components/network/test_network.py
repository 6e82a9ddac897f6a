import json
import subprocess
import sys
from itertools import permutations
from pathlib import Path
from typing import Any, cast

import pulumi
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuronserve.components.network.args import NetworkArgs
from neuronserve.components.network.network import Network
from neuronserve.components.network.settings import InterfaceEndpoint, NatGateways
from neuronserve.components.network.subnets import ZONE_PLACES
from neuronserve.plan.errors import ProgramError
from neuronserve.plan.fakes import CALLS
from neuronserve.plan.plan import Plan
from neuronserve.plan.program import run
from neuronserve.settings import InvalidSettingsError

SUBNET = "aws:ec2/subnet:Subnet"
ROUTE = "aws:ec2/route:Route"
NAT = "aws:ec2/natGateway:NatGateway"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
ZONES = ["usw2-az1", "usw2-az4"]
KINDS = ("public", "private", "intra")
LOOKUP = "aws:index/getAvailabilityZones:getAvailabilityZones"


def deploy(**changes: Any) -> Plan:
    zones = {} if "number_of_availability_zones" in changes else {"availability_zone_ids": ZONES}

    def program() -> None:
        network = Network("net", cast(NetworkArgs, {"region": "us-west-2"} | zones | changes))
        for output in (*(f"{kind}_subnet_ids" for kind in KINDS), "vpc_id", "nat_public_ips"):
            pulumi.export(output, getattr(network, output))

    return run(program)


def route_tables(plan: Plan) -> dict[str, str]:
    """Return the name of the route table of each subnet, by its name."""
    names = {f"${{{resource.urn}.id}}": resource.name for resource in plan.resources}
    return {
        names[association.inputs["subnetId"]]: names[association.inputs["routeTableId"]]
        for association in plan.of_type("aws:ec2/routeTableAssociation:RouteTableAssociation")
    }


def test_there_are_three_subnets_in_each_zone_named_after_it() -> None:
    plan = deploy()
    subnets = plan.of_type(SUBNET)
    assert sorted(subnet.name for subnet in subnets) == sorted(f"net-{kind}-{zone}" for kind in KINDS for zone in ZONES)
    for subnet in subnets:
        assert subnet.name.endswith(subnet.inputs["availabilityZoneId"])
        assert "availabilityZone" not in subnet.inputs
        assert not subnet.inputs["mapPublicIpOnLaunch"]
    assert plan.outputs["private_subnet_ids"] == [
        f"${{{plan.resource(SUBNET, f'net-private-{zone}').urn}.id}}" for zone in ZONES
    ]


def test_zones_may_be_named_by_name() -> None:
    def program() -> None:
        Network("net", {"region": "us-west-2", "availability_zone_names": ["us-west-2d", "us-west-2b"]})

    zones = {subnet.name: subnet.inputs["availabilityZone"] for subnet in run(program).of_type(SUBNET)}
    assert zones == {f"net-{kind}-{zone}": zone for kind in KINDS for zone in ("us-west-2b", "us-west-2d")}


def test_subnets_are_tagged_for_those_who_look_for_them() -> None:
    tags = {subnet.name: subnet.inputs["tags"] for subnet in deploy(discovery_tag="llm").of_type(SUBNET)}
    assert tags["net-public-usw2-az1"]["kubernetes.io/role/elb"] == "1"
    assert tags["net-private-usw2-az4"]["kubernetes.io/role/internal-elb"] == "1"
    assert {name for name, tag in tags.items() if tag.get("karpenter.sh/discovery") == "llm"} == {
        "net-private-usw2-az1",
        "net-private-usw2-az4",
    }


@pytest.mark.parametrize(
    ("nat_gateways", "gateways"), [(NatGateways.SINGLE, [0, 0]), (NatGateways.ONE_PER_ZONE, [0, 1])]
)
def test_nodes_and_pods_leave_through_a_nat_gateway(nat_gateways: NatGateways, gateways: list[int]) -> None:
    plan = deploy(nat_gateways=nat_gateways)
    assert len(plan.of_type(NAT)) == len(set(gateways)) == len(plan.outputs["nat_public_ips"])
    tables = route_tables(plan)
    for zone, gateway in zip(ZONES, gateways, strict=True):
        assert tables[f"net-private-{zone}"] == f"net-private-{zone}"
        route = plan.resource(ROUTE, f"net-private-{zone}-nat")
        assert route.inputs["natGatewayId"] == f"${{{plan.resource(NAT, f'net-nat-{ZONES[gateway]}').urn}.id}}"


def test_nothing_leads_out_of_the_intra_subnets() -> None:
    plan = deploy()
    tables = route_tables(plan)
    assert {tables[f"net-intra-{zone}"] for zone in ZONES} == {"net-intra"}
    table = plan.resource("aws:ec2/routeTable:RouteTable", "net-intra").urn
    assert not [route for route in plan.of_type(ROUTE) if table in route.inputs["routeTableId"]]


def test_without_nat_gateways_only_endpoints_lead_out() -> None:
    endpoints = list(InterfaceEndpoint)
    plan = deploy(nat_gateways="None", interface_endpoints=endpoints)
    assert not plan.of_type(NAT)
    assert plan.outputs["nat_public_ips"] == []
    assert [route.name for route in plan.of_type(ROUTE)] == ["net-public-internet"]
    interfaces = [endpoint for endpoint in plan.of_type(ENDPOINT) if endpoint.inputs["vpcEndpointType"] == "Interface"]
    assert {endpoint.inputs["serviceName"] for endpoint in interfaces} == {
        f"com.amazonaws.us-west-2.{endpoint.value}" for endpoint in endpoints
    }
    assert all(endpoint.inputs["privateDnsEnabled"] for endpoint in interfaces)


def test_s3_needs_no_nat_gateway() -> None:
    gateway = deploy().resource(ENDPOINT)
    assert gateway.inputs["serviceName"] == "com.amazonaws.us-west-2.s3"
    assert len(gateway.inputs["routeTableIds"]) == 3


def test_no_security_group_is_open_to_the_world() -> None:
    plan = deploy(interface_endpoints=["sts"])
    default = plan.resource("aws:ec2/defaultSecurityGroup:DefaultSecurityGroup")
    assert default.inputs["ingress"] == default.inputs["egress"] == []
    rules = plan.of_type("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule")
    vpc = plan.resource("aws:ec2/vpc:Vpc").urn
    assert {rule.inputs["cidrIpv4"] for rule in rules} <= {"10.1.0.0/16", f"${{{vpc}.cidrBlock}}"}
    assert {(rule.inputs["fromPort"], rule.inputs["toPort"]) for rule in rules} == {(443, 443)}
    assert not any("ingress" in group.inputs for group in plan.of_type("aws:ec2/securityGroup:SecurityGroup"))


def test_flow_logs_are_written_by_a_role_that_can_do_nothing_else() -> None:
    plan = deploy(flow_logs={})
    assert plan.resource("aws:cloudwatch/logGroup:LogGroup").inputs["retentionInDays"] == 30
    policy = json.loads(plan.resource("aws:iam/rolePolicy:RolePolicy").inputs["policy"])
    assert {action.partition(":")[0] for statement in policy["Statement"] for action in statement["Action"]} == {"logs"}
    assert not deploy().of_type("aws:ec2/flowLog:FlowLog")


def test_what_is_needed_is_there_first_and_goes_last() -> None:
    plan = deploy()
    assert plan.resource(ROUTE, "net-public-internet").urn in plan.resource(NAT).dependencies


@pytest.mark.parametrize(
    ("setting", "zones"),
    [
        ("availability_zone_ids", ["usw2-az1", "usw2-az2", "usw2-az4"]),
        ("availability_zone_names", ["us-west-2a", "us-west-2b", "us-west-2c"]),
    ],
)
@pytest.mark.parametrize("nat_gateways", ["Single", "OnePerZone"])
def test_the_order_in_which_zones_are_named_makes_no_difference(
    setting: str, zones: list[str], nat_gateways: str
) -> None:
    def plan(order: tuple[str, ...]) -> str:
        args = {
            "region": "us-west-2",
            setting: list(order),
            "nat_gateways": nat_gateways,
            "interface_endpoints": ["sts"],
        }
        return run(lambda: Network("net", cast(NetworkArgs, args))).to_json()

    assert len({plan(order) for order in permutations(zones)}) == 1


@pytest.mark.parametrize("added", ["usw2-az2", "usw2-az7"])
@pytest.mark.parametrize("nat_gateways", ["Single", "OnePerZone"])
def test_a_zone_more_adds_its_resources_and_changes_none(added: str, nat_gateways: str) -> None:
    args = {"nat_gateways": nat_gateways, "interface_endpoints": ["sts"]}
    before, after = deploy(**args), deploy(**args, availability_zone_ids=[added, *ZONES])
    new = {resource.urn: resource for resource in after.resources}
    for resource in before.resources:
        successor = new.pop(resource.urn)
        if resource.type == ENDPOINT:  # what leads to all zones takes the new one in
            for several in ("routeTableIds", "subnetIds"):
                assert set(resource.inputs.pop(several, [])) <= set(successor.inputs.pop(several, []))
        assert successor.inputs == resource.inputs
    assert new
    assert all(added in resource.name for resource in new.values())
    assert len(after.of_type(NAT)) == (1 if nat_gateways == "Single" else 3)


@pytest.mark.slow
@settings(max_examples=8)
@given(st.lists(st.integers(1, ZONE_PLACES), min_size=2, max_size=4, unique=True), st.data())
def test_the_addresses_of_a_zone_depend_on_no_other(numbers: list[int], data: st.DataObject) -> None:
    (zone, *_), others = numbers, st.integers(1, ZONE_PLACES).filter(lambda number: number != numbers[0])
    elsewhere = [zone, *data.draw(st.lists(others, min_size=1, max_size=3, unique=True))]

    def subnets(zones: list[int]) -> dict[str, dict[str, Any]]:
        plan = deploy(availability_zone_ids=[f"usw2-az{number}" for number in zones])
        return {subnet.name: subnet.inputs for subnet in plan.of_type(SUBNET) if subnet.name.endswith(f"az{zone}")}

    assert len(subnets(numbers)) == len(KINDS)
    assert subnets(numbers) == subnets(elsewhere)


def test_zones_that_are_not_named_are_looked_up(registrations: dict[str, Any]) -> None:
    plan = deploy(number_of_availability_zones=3)
    zones = {subnet.name: subnet.inputs["availabilityZone"] for subnet in plan.of_type(SUBNET)}
    assert zones == {
        f"net-{kind}-{number}": f"us-west-2{letter}"
        for kind in KINDS
        for number, letter in ((1, "a"), (2, "b"), (3, "c"))
    }
    # A zone that AWS opens must not move them.
    assert {tuple(registrations[subnet.urn].ignoreChanges) for subnet in plan.of_type(SUBNET)} == {
        ("availabilityZone",)
    }


@pytest.mark.parametrize(
    ("seen", "shown"),
    [
        (["us-west-1a", "us-west-1c"], "2 in us-west-2: us-west-1a, us-west-1c. Set it to 2, or choose"),
        ([], "0 in us-west-2: none. Choose"),
    ],
)
def test_an_account_that_sees_fewer_zones_than_are_wanted_is_told_so(
    seen: list[str], shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = {"id": "zones", "names": seen, "zoneIds": [], "groupNames": []}
    monkeypatch.setitem(CALLS, LOOKUP, lambda _: answer)
    with pytest.raises(ProgramError) as caught:
        deploy(number_of_availability_zones=3)
    assert str(caught.value) == (
        "Network net cannot be deployed: 1 problem.\n"
        f"  1. number_of_availability_zones is 3, and this account sees {shown} another region."
    )


def test_zones_in_which_eks_takes_no_control_plane_are_not_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []
    answer = {"id": "zones", "names": ["us-east-1a", "us-east-1b"], "zoneIds": [], "groupNames": []}
    monkeypatch.setitem(CALLS, LOOKUP, lambda arguments: asked.append(arguments) or answer)
    deploy(number_of_availability_zones=2)
    assert asked[0]["excludeZoneIds"] == ["use1-az3", "usw1-az2", "cac1-az3"]


def test_all_mistakes_are_reported_at_once_and_nothing_is_made() -> None:
    wrong = {"region": "us-west-2", "cidr_block": "10.0.0.0/8", "availability_zone_names": ["us-west-2a"], "nat": 1}
    with pytest.raises(InvalidSettingsError) as caught:
        Network("net", cast(NetworkArgs, wrong))
    assert [problem.split()[0] for problem in caught.value.problems] == [
        "nat",
        "cidr_block",
        "availability_zone_names",
    ]


SOMEBODY_ELSES = """\
import pulumi
from neuronserve.components.network.network import Network

network = Network(
    "shop",
    {"region": "eu-central-1", "availability_zone_names": ["eu-central-1a", "eu-central-1b", "eu-central-1c"]},
)
pulumi.export("vpc", network.vpc_id)
pulumi.export("subnets", network.private_subnet_ids)
"""


def test_somebody_elses_program_plans_a_network_alone(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: shop\nruntime: python\n")
    (tmp_path / "Pulumi.dev.yaml").write_text("config: {}\n")
    (tmp_path / "__main__.py").write_text(SOMEBODY_ELSES)
    command = [sys.executable, "-m", "neuronserve.cli", "synth", "--stack", "dev", "--json", "--project", str(tmp_path)]
    finished = subprocess.run(command, capture_output=True, text=True, check=False)
    assert finished.returncode == 0, finished.stderr
    plan = json.loads(finished.stdout)
    assert sum(resource["type"] == SUBNET for resource in plan["resources"]) == 9
    assert len(plan["outputs"]["subnets"]) == 3
