"""A stack whose network has no way to the internet: what it lacks is said before anything is made."""

from pathlib import Path
from typing import Any

import pytest

from neuronserve.plan.program import synthesise
from tests.project import project_with
from tests.stack.reading import AWS, LLAMA, problems_of
from tests.stack.test_pairs import ARCHITECTURE

ENDPOINTS = ["ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "sts", "logs", "sqs", "ssm"]
MODEL = LLAMA["model"] | {"name": "/models/a", "architecture": ARCHITECTURE}
ISOLATED: dict[str, Any] = {
    "network": AWS["network"] | {"natGateways": "None", "interfaceEndpoints": ENDPOINTS},
    "mirror": {"registry": "111122223333.dkr.ecr.us-west-2.amazonaws.com/mirror"},
    "services": {"llama": LLAMA | {"model": MODEL}},
}


def without(endpoint: str) -> dict[str, Any]:
    return ISOLATED["network"] | {"interfaceEndpoints": [one for one in ENDPOINTS if one != endpoint]}


def test_with_all_of_it_nothing_is_wrong() -> None:
    assert not problems_of(ISOLATED)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"mirror": {}}, "natGateways is None, and neuronserve:mirror.registry is not set"),
        ({"network": without("sts")}, "interfaceEndpoints lacks sts, without which no node can join"),
        ({"network": without("ssm")}, "interfaceEndpoints lacks ssm, which neuronserve:addOns.karpenter calls"),
        ({"network": without("sqs")}, "interfaceEndpoints lacks sqs, which neuronserve:addOns.karpenter calls"),
        ({"network": without("logs")}, "interfaceEndpoints lacks logs, which neuronserve:addOns.cloudWatch calls"),
        (
            {"addOns": {"loadBalancerController": True}},
            "lacks elasticloadbalancing, which neuronserve:addOns.loadBalancerController calls",
        ),
        ({"services": {"llama": LLAMA}}, "services.llama.model.name is NousResearch/Meta-Llama-3-8B-Instruct, which"),
    ],
)
def test_what_is_missing_is_one_message(values: dict[str, Any], says: str) -> None:
    (problem,) = problems_of(ISOLATED | values)
    assert says in problem


def test_what_is_not_made_needs_no_endpoint() -> None:
    assert not problems_of(ISOLATED | {"network": without("logs"), "addOns": {"cloudWatch": False}})


def test_the_load_balancer_controller_asks_nobody_that_it_cannot_reach(tmp_path: Path) -> None:
    network = ISOLATED["network"] | {"interfaceEndpoints": [*ENDPOINTS, "elasticloadbalancing"]}
    values = ISOLATED | {"network": network, "addOns": {"loadBalancerController": True}, "aws:region": "us-west-2"}
    plan = synthesise(project_with(tmp_path, values), "test")
    release = plan.resource("kubernetes:helm.sh/v3:Release", "platform-load-balancer-controller-chart")
    chart_values = release.inputs["values"]
    assert [chart_values[key] for key in ("enableShield", "enableWaf", "enableWafv2")] == [False] * 3
    endpoint = plan.resource("aws:ec2/vpcEndpoint:VpcEndpoint", "network-elasticloadbalancing")
    assert endpoint.inputs["serviceName"] == "com.amazonaws.us-west-2.elasticloadbalancing"


@pytest.mark.parametrize(
    ("region", "zone", "other"),
    [
        ("us-east-1", "use1-az3", "use1-az1"),
        ("us-west-1", "usw1-az2", "usw1-az1"),
        ("ca-central-1", "cac1-az3", "cac1-az1"),
    ],
)
def test_zones_without_control_planes_are_refused(region: str, zone: str, other: str) -> None:
    (problem,) = problems_of({"network": {"availabilityZoneIds": [zone, other]}}, region=region)
    assert f"availabilityZoneIds holds {zone}, where EKS takes no control plane" in problem
