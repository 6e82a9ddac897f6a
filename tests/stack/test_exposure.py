"""Services that a stack exposes: what it knows of their load balancers, and what it cannot know."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuronserve.components.network.network import Network
from neuronserve.plan.plan import Plan
from neuronserve.plan.program import run, synthesise
from tests.components.llm_service.test_ingress import INGRESS, WEB_ACL, annotations_of, map_of
from tests.project import project_with
from tests.stack.reading import AWS, LLAMA, LOCAL, LONG, problems_of, settings_of

CERTIFICATE = "arn:aws:acm:us-west-2:111122223333:certificate/a1b2"
EXPOSE: dict[str, Any] = {
    "scheme": "internet-facing",
    "hostname": "llm.example.com",
    "certificateArn": CERTIFICATE,
    "allowedCidrs": ["203.0.113.0/24"],
}
INTERNAL = {key: value for key, value in EXPOSE.items() if key != "allowedCidrs"} | {"scheme": "internal"}
BELOW = "neuronserve:services.llama.expose"
CIDRS = "neuronserve:services.llama.networkPolicy.clientCidrs"
CONTROLLER = "neuronserve:addOns.loadBalancerController"
LET_IN = {"networkPolicy": {"clientCidrs": ["10.9.0.0/20"]}}


def exposing(values: dict[str, Any], expose: dict[str, Any] = EXPOSE, **service: Any) -> dict[str, Any]:
    """Return a stack's values with the one service that is exposed."""
    ((name, one),) = values["services"].items()
    return values | {"services": {name: one | {"expose": expose} | service}}


def plan_of(folder: Path, values: dict[str, Any]) -> Plan:
    return synthesise(project_with(folder, values | {"aws:region": "us-west-2"}), "test")


def subnets(plan: Plan, kind: str) -> set[str]:
    made = plan.of_type("aws:ec2/subnet:Subnet")
    return {one.inputs["cidrBlock"] for one in made if f"-{kind}-" in one.name}


def let_in(plan: Plan) -> list[set[str]]:
    """Return from which addresses each NetworkPolicy lets requests in."""
    policies = plan.of_type("kubernetes:networking.k8s.io/v1:NetworkPolicy")
    return [
        {
            source["ipBlock"]["cidr"]
            for rule in policy.inputs["spec"]["ingress"]
            for source in rule["from"]
            if "ipBlock" in source and {"port": 8000, "protocol": "TCP"} in rule["ports"]
        }
        for policy in policies
        if "ingress" in policy.inputs["spec"]
    ]


@pytest.mark.parametrize(("expose", "kind"), [(EXPOSE, "public"), (INTERNAL, "private")])
@pytest.mark.parametrize("zones", [{"availabilityZoneIds": ["usw2-az4", "usw2-az2"]}, {"numberOfAvailabilityZones": 3}])
def test_pods_let_in_the_subnets_that_the_controller_finds(
    tmp_path: Path, expose: dict[str, Any], kind: str, zones: dict[str, Any]
) -> None:
    plan = plan_of(tmp_path, exposing(AWS | {"network": {"cidrBlock": "10.64.0.0/18", **zones}}, expose))
    assert let_in(plan) == [subnets(plan, kind)] * 2
    tag = {"public": "kubernetes.io/role/elb", "private": "kubernetes.io/role/internal-elb"}[kind]
    tagged = [one for one in plan.of_type("aws:ec2/subnet:Subnet") if tag in one.inputs["tags"]]
    assert {one.inputs["cidrBlock"] for one in tagged} == subnets(plan, kind)
    (first,) = {annotations_of(plan)["inbound-cidrs"]}
    assert first == ("203.0.113.0/24" if kind == "public" else "10.64.0.0/18")


@settings(max_examples=20)  # each makes a network
@given(
    st.sampled_from(["10.0.0.0/16", "10.2.64.0/19", "172.16.16.0/20"]),
    st.lists(st.integers(1, 8), min_size=2, max_size=4, unique=True),
)
def test_they_are_those_that_the_network_makes(cidr: str, zones: list[int]) -> None:
    """Asked of the network itself, whichever zones there are."""
    network = {"cidrBlock": cidr, "availabilityZoneIds": [f"usw2-az{zone}" for zone in zones]}
    service = settings_of(exposing(AWS | {"network": network})).services["llama"]
    args: Any = {"region": "us-west-2", "cidr_block": cidr, "availability_zone_ids": network["availabilityZoneIds"]}
    made = run(lambda: Network("n", args))
    assert set(map(str, service.network_policy.client_cidrs)) == subnets(made, "public")


def test_what_is_set_stays(tmp_path: Path) -> None:
    values = exposing(AWS, INTERNAL | {"allowedCidrs": ["10.9.0.0/16"], "tags": {"team": "search"}}, **LET_IN)
    plan = plan_of(tmp_path, values | {"tags": {"team": "all", "cost-center": "7"}})
    assert annotations_of(plan)["inbound-cidrs"] == "10.9.0.0/16"
    assert let_in(plan) == [{"10.9.0.0/20"} | subnets(plan, "private")] * 2
    tags = map_of(annotations_of(plan)["tags"])
    assert tags == {"project": "neuronserve", "stack": "test", "team": "search", "cost-center": "7"}


def test_the_controller_is_there_where_something_is_exposed(tmp_path: Path) -> None:
    assert "loadBalancerController" in plan_of(tmp_path, exposing(AWS)).outputs["addOns"]
    assert "loadBalancerController" not in plan_of(tmp_path, AWS).outputs["addOns"]


def test_services_without_a_bucket_share_the_stacks(tmp_path: Path) -> None:
    theirs = EXPOSE | {"hostname": "long.example.com", "accessLogsBucket": "theirs"}
    short = LLAMA | {"expose": EXPOSE, "headServiceName": "a"}
    other = LLAMA | {"expose": EXPOSE | {"hostname": "b.example.com"}, "headServiceName": "b"}
    plan = plan_of(tmp_path, AWS | {"services": {"a": short, "b": other, "c": LONG | {"expose": theirs}}})
    bucket = plan.resource("aws:s3/bucket:Bucket")
    logs = {
        ingress.inputs["metadata"]["name"]: map_of(
            ingress.inputs["metadata"]["annotations"]["alb.ingress.kubernetes.io/load-balancer-attributes"]
        )["access_logs.s3.bucket"]
        for ingress in plan.of_type(INGRESS)
    }
    assert logs == {"a": f"${{{bucket.urn}.bucket}}", "b": f"${{{bucket.urn}.bucket}}", "c": "theirs"}
    assert not plan_of(tmp_path, exposing(AWS, EXPOSE | {"accessLogsBucket": "theirs"})).of_type(bucket.type)


def test_in_a_network_that_was_there_the_addresses_have_to_be_said() -> None:
    there = {"existing": {"vpcId": "vpc-1", "privateSubnetIds": ["subnet-1", "subnet-2"]}}
    problems = problems_of(exposing(AWS | {"network": there}, INTERNAL))
    assert len(problems) == 2
    assert problems[0].startswith(f"{BELOW} is set, and {CIDRS} is not: the NetworkPolicies would keep the load")
    assert problems[1].startswith(f"{BELOW}.allowedCidrs is not set. Set it to the networks that may send requests")
    assert not problems_of(exposing(AWS | {"network": there}, **LET_IN))


def test_of_a_cluster_that_was_there_it_has_to_be_said_whether_it_has_the_controller(tmp_path: Path) -> None:
    values = exposing({"cluster": {"existing": {"name": "theirs"}}, "services": AWS["services"]}, **LET_IN)
    assert problems_of(values) == [
        f"{BELOW} is set, and whether theirs has the AWS Load Balancer Controller, which makes the load balancer, is "
        f"not known. Set {CONTROLLER} to false if it has, or to true to have it made."
    ]
    plan = plan_of(tmp_path, values | {"addOns": {"loadBalancerController": False}})
    assert plan.outputs["addOns"] == []
    assert "access_logs.s3.bucket" in annotations_of(plan)["load-balancer-attributes"]
    assert not problems_of(values | {"addOns": {"loadBalancerController": True}})


@pytest.mark.parametrize(
    ("values", "problem"),
    [
        (
            exposing(AWS | {"addOns": {"loadBalancerController": False}}),
            f"{BELOW} is set, and {CONTROLLER} is false, so nothing would make the load balancer. Remove {CONTROLLER}.",
        ),
        (
            exposing(AWS, EXPOSE | {"certificateArn": CERTIFICATE.replace("us-west-2", "us-east-1")}),
            f"{BELOW}.certificateArn is of us-east-1, and the cluster is in us-west-2: a load balancer takes "
            "certificates of its own region alone. Request or import it there.",
        ),
        (
            exposing(AWS, EXPOSE | {"wafAclArn": WEB_ACL.replace("us-west-2", "eu-west-1")}),
            f"{BELOW}.wafAclArn is of eu-west-1, and the cluster is in us-west-2. Set a web ACL of us-west-2.",
        ),
        (
            exposing(LOCAL, EXPOSE),
            "neuronserve:services.llm.expose is set, and the cluster is not known to be on EKS: without AWS there is "
            "no load balancer of AWS. Remove it, or name the EKS cluster by neuronserve:cluster.existing.name.",
        ),
        (
            exposing(AWS, {key: value for key, value in EXPOSE.items() if key != "allowedCidrs"}),
            f"{BELOW}.allowedCidrs is not set, and {BELOW}.scheme is internet-facing. Set it to the networks that may "
            "send requests, such as [203.0.113.0/24]; [0.0.0.0/0] opens it to the world.",
        ),
        (
            exposing(AWS | {"network": {"cidrBlock": "10.1.0.0/30"}}, INTERNAL),
            "neuronserve:network.cidrBlock is 10.1.0.0/30, 4 addresses: too small to be divided into subnets for 8 "
            "zones. Set it to a block from /16 to /20, such as 10.1.0.0/16.",
        ),
    ],
    ids=["controller", "certificate", "waf", "local", "world", "network"],
)
def test_mistakes(values: dict[str, Any], problem: str) -> None:
    assert problems_of(values) == [problem]


def test_a_firewall_cannot_be_reached_from_a_network_without_a_way_out() -> None:
    endpoints = ["ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "sts", "logs", "sqs", "ssm"]
    isolated = {
        "network": {"natGateways": "None", "interfaceEndpoints": endpoints},
        "mirror": {"registry": "111122223333.dkr.ecr.us-west-2.amazonaws.com"},
        "services": {"llama": LLAMA | {"model": LLAMA["model"] | {"name": "/models/llama", "architecture": {}}}},
    }
    problems = problems_of(exposing(isolated, EXPOSE | {"wafAclArn": WEB_ACL}))
    assert (
        "neuronserve:network.natGateways is None, and neuronserve:network.interfaceEndpoints lacks "
        f"elasticloadbalancing, which {CONTROLLER} calls. Add them, set a NAT gateway, or set {CONTROLLER} to false."
    ) in problems
    assert (
        f"{BELOW}.wafAclArn is set, and neuronserve:network.natGateways is None: AWS WAF has no endpoint in a VPC, so "
        "the controller could not reach it. Remove it, or set a NAT gateway."
    ) in problems


def two(first: dict[str, Any], second: dict[str, Any]) -> dict[str, Any]:
    services = {"llama": LLAMA | {"expose": EXPOSE | first}, "long": LONG | {"expose": EXPOSE | second}}
    return AWS | {"services": services}


def test_two_services_have_hostnames_and_load_balancers_of_their_own(tmp_path: Path) -> None:
    assert problems_of(two({}, {})) == [
        f"{BELOW}.hostname and neuronserve:services.long.expose.hostname are both llm.example.com. Give each service a "
        "name of its own."
    ]
    plan = plan_of(tmp_path, two({}, {"hostname": "long.example.com"}))
    assert len(plan.of_type(INGRESS)) == 2


def test_two_services_in_a_group_say_the_same_of_their_load_balancer(tmp_path: Path) -> None:
    other = {"hostname": "long.example.com", "certificateArn": f"{CERTIFICATE}c3", "group": "llms"}
    assert not problems_of(two({"group": "llms"}, other))
    assert not problems_of(two({"group": "llms"}, other | {"group": "others", "idleTimeoutS": 60}))
    assert problems_of(two({"group": "llms"}, other | {"idleTimeoutS": 60, "allowedCidrs": ["10.0.0.0/8"]})) == [
        f"{BELOW}.group and neuronserve:services.long.expose.group are both llms, one load balancer, and they have "
        f"other values of {BELOW}.allowedCidrs, {BELOW}.idleTimeoutS. Set the same, or give each service its own."
    ]
