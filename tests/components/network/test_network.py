import json
import subprocess
import sys
from pathlib import Path
from typing import Any, cast

import pulumi
import pytest
from neuronserve.settings.settings import InvalidSettingsError
from pulumi.provider.experimental.analyzer import Analyzer

from neuronserve.components.network import InterfaceEndpoint, NatGateways, Network, NetworkArgs
from neuronserve.plan.plan import Plan
from neuronserve.plan.program import run

SUBNET = "aws:ec2/subnet:Subnet"
ROUTE = "aws:ec2/route:Route"
NAT = "aws:ec2/natGateway:NatGateway"
ENDPOINT = "aws:ec2/vpcEndpoint:VpcEndpoint"
ZONES = ["usw2-az4", "usw2-az1"]


def deploy(**changes: Any) -> Plan:
    def program() -> None:
        network = Network("net", cast(NetworkArgs, {"region": "us-west-2", "zones": ZONES} | changes))
        for output in ("vpc_id", "private_subnet_ids", "public_subnet_ids", "intra_subnet_ids", "pod_subnet_ids"):
            pulumi.export(output, getattr(network, output))

    return run(program)


def route_tables(plan: Plan) -> dict[str, str]:
    """Return the name of the route table of each subnet, by its name."""
    names = {f"${{{resource.urn}.id}}": resource.name for resource in plan.resources}
    return {
        names[association.inputs["subnetId"]]: names[association.inputs["routeTableId"]]
        for association in plan.of_type("aws:ec2/routeTableAssociation:RouteTableAssociation")
    }


def test_there_are_four_subnets_in_each_zone() -> None:
    plan = deploy()
    subnets = plan.of_type(SUBNET)
    assert sorted(subnet.name for subnet in subnets) == sorted(
        f"net-{kind}-{zone}" for kind in ("public", "private", "intra", "pod") for zone in (1, 2)
    )
    for subnet in subnets:
        assert subnet.inputs["availabilityZoneId"] == ZONES[int(subnet.name[-1]) - 1]
        assert not subnet.inputs["mapPublicIpOnLaunch"]
    assert plan.outputs["private_subnet_ids"] == [
        f"${{{plan.resource(SUBNET, f'net-private-{i}').urn}.id}}" for i in (1, 2)
    ]


def test_subnets_are_tagged_for_those_who_look_for_them() -> None:
    tags = {subnet.name: subnet.inputs["tags"] for subnet in deploy(discovery_tag="llm").of_type(SUBNET)}
    assert tags["net-public-1"]["kubernetes.io/role/elb"] == "1"
    assert tags["net-private-2"]["kubernetes.io/role/internal-elb"] == "1"
    assert tags["net-pod-1"]["kubernetes.io/role/cni"] == "1"
    assert {name for name, tag in tags.items() if tag.get("karpenter.sh/discovery") == "llm"} == {
        "net-private-1",
        "net-private-2",
    }


@pytest.mark.parametrize(
    ("nat_gateways", "gateways"), [(NatGateways.SINGLE, [1, 1]), (NatGateways.ONE_PER_ZONE, [1, 2])]
)
def test_nodes_and_pods_leave_through_a_nat_gateway(nat_gateways: NatGateways, gateways: list[int]) -> None:
    plan = deploy(nat_gateways=nat_gateways)
    assert len(plan.of_type(NAT)) == len(set(gateways))
    tables = route_tables(plan)
    for zone, gateway in enumerate(gateways, start=1):
        assert tables[f"net-private-{zone}"] == tables[f"net-pod-{zone}"] == f"net-private-{zone}"
        route = plan.resource(ROUTE, f"net-private-{zone}-nat")
        assert route.inputs["natGatewayId"] == f"${{{plan.resource(NAT, f'net-nat-{gateway}').urn}.id}}"


def test_nothing_leads_out_of_the_intra_subnets() -> None:
    plan = deploy()
    tables = route_tables(plan)
    assert tables["net-intra-1"] == tables["net-intra-2"] == "net-intra"
    table = plan.resource("aws:ec2/routeTable:RouteTable", "net-intra").urn
    assert not [route for route in plan.of_type(ROUTE) if table in route.inputs["routeTableId"]]


def test_without_nat_gateways_only_endpoints_lead_out() -> None:
    endpoints = list(InterfaceEndpoint)
    plan = deploy(nat_gateways="None", interface_endpoints=endpoints)
    assert not plan.of_type(NAT)
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
    pods = plan.resource("aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation").urn
    assert {rule.inputs["cidrIpv4"] for rule in rules} <= {
        "10.1.0.0/16",
        "100.64.0.0/16",
        f"${{{vpc}.cidrBlock}}",
        f"${{{pods}.cidrBlock}}",
    }
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
    pods = plan.resource("aws:ec2/vpcIpv4CidrBlockAssociation:VpcIpv4CidrBlockAssociation").urn
    assert pods in plan.resource(SUBNET, "net-pod-1").dependencies
    assert plan.resource(ROUTE, "net-public-internet").urn in plan.resource(NAT).dependencies


def test_a_zone_more_adds_resources_and_changes_none() -> None:
    two, three = deploy(), deploy(zones=[*ZONES, "usw2-az2"])
    after = {resource.urn: resource.inputs for resource in three.resources}
    before = {resource.urn: resource.inputs for resource in two.resources if resource.type != ENDPOINT}
    assert {urn: after[urn] for urn in before} == before


def test_an_existing_network_is_taken_as_it_is() -> None:
    existing = {"vpc_id": "vpc-1", "private_subnet_ids": ["subnet-1", "subnet-2"]}

    def program() -> None:
        network = Network("net", {"region": "us-west-2", "existing": existing})  # type: ignore[typeddict-item]
        pulumi.export("intra", network.intra_subnet_ids)
        pulumi.export("public", network.public_subnet_ids)

    plan = run(program)
    assert [resource.type for resource in plan.resources] == ["neuronserve:index:Network"]
    assert plan.outputs == {"intra": ["subnet-1", "subnet-2"], "public": []}


def test_all_mistakes_are_reported_at_once_and_nothing_is_made() -> None:
    with pytest.raises(InvalidSettingsError) as caught:
        Network("net", {"region": "us-west-2", "cidr": "10.0.0.0/8", "zones": ["us-west-2a"], "nat": 1})  # type: ignore[typeddict-unknown-key]
    assert [problem.split()[0] for problem in caught.value.problems] == ["nat", "cidr", "zones"]


SOMEBODY_ELSES = """\
import pulumi
from neuronserve.components.network import Network

network = Network(
    "shop",
    {"region": "eu-central-1", "zones": ["eu-central-1a", "eu-central-1b", "eu-central-1c"]},
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
    assert sum(resource["type"] == SUBNET for resource in plan["resources"]) == 12
    assert len(plan["outputs"]["subnets"]) == 3


def test_pulumi_can_offer_the_component_in_other_languages() -> None:
    definition = Analyzer("neuronserve").analyze([Network])["component_definitions"]["Network"]
    assert {name for name, input_ in definition.inputs.items() if not input_.optional} == {"region"}
    assert all(input_.description for input_ in definition.inputs.values())
    assert "vpcId" in definition.outputs
