from typing import Any

import pytest

from neuronserve.components.network.checks import EXISTING_RULES, OPTION_RULES, RULES
from neuronserve.components.network.settings import ExistingNetworkSettings, NetworkOptions, NetworkSettings
from neuronserve.settings import PYTHON_NAMES, SettingNames, broken_rules, read

STACK_NAMES = SettingNames(prefix="neuronserve:network.", camel_case=True)


def problems(**settings: Any) -> list[str]:
    reading = read(NetworkSettings, {"region": "us-west-2"} | settings, PYTHON_NAMES)
    assert not reading.problems
    return broken_rules(RULES, reading.settings, PYTHON_NAMES)


def test_the_defaults_are_right() -> None:
    assert problems() == []


@pytest.mark.parametrize(
    ("settings", "wrong", "right"),
    [
        ({"cidr_block": "10.1.0.0"}, "cidr_block is 10.1.0.0,", "/16"),
        ({"cidr_block": "10.1.2.3/16"}, "'10.1.2.3/16', which is not a CIDR block", "10.1.0.0/16"),
        ({"cidr_block": "ten"}, "'ten', which is not a CIDR block", "10.1.0.0/16"),
        ({"cidr_block": "10.1.0.0/21"}, "too small", "/16 to /20"),
        ({"cidr_block": "10.0.0.0/8"}, "too large", "/16 to /20"),
        ({"availability_zone_names": ["us-west-2a"]}, "availability_zone_names holds 1", "from 2"),
        ({"availability_zone_ids": []}, "availability_zone_ids holds 0: none", "from 2"),
        ({"availability_zone_names": [f"us-west-2{letter}" for letter in "abcde"]}, "holds 5", "4 zones"),
        ({"availability_zone_names": ["us-west-2a", "us-west-2a"]}, "more than once", "once"),
        (
            {"availability_zone_ids": ["usw2-az1", "us-west-2a"]},
            "availability_zone_ids holds 'us-west-2a'",
            "an id such as usw2-az1",
        ),
        (
            {"availability_zone_names": ["us-west-2a", "usw2-az1"]},
            "availability_zone_names holds 'usw2-az1'",
            "a name such as us-west-2a",
        ),
        ({"availability_zone_names": ["us-west-2a", "west"]}, "'west'", "us-west-2a"),
        ({"availability_zone_ids": ["usw2-az1", "usw2-az9"]}, "'usw2-az9'", "usw2-az1"),
        ({"availability_zone_names": ["us-west-2a", "eu-west-1a"]}, "eu-west-1a", "not in us-west-2"),
        ({"availability_zone_ids": ["usw2-az1", "use1-az6"]}, "use1-az6", "not in us-west-2"),
        (
            {
                "availability_zone_ids": ["usw2-az1", "usw2-az4"],
                "availability_zone_names": ["us-west-2a", "us-west-2b"],
            },
            "both set",
            "Keep one",
        ),
        ({"number_of_availability_zones": 5}, "number_of_availability_zones is 5", "from 2"),
        (
            {"number_of_availability_zones": 3, "availability_zone_ids": ["usw2-az1", "usw2-az4"]},
            "number_of_availability_zones is set",
            "Remove one",
        ),
        ({"nat_gateways": "None"}, "lacks ec2, ecr.api", "Add them"),
        ({"interface_endpoints": ["sts", "sts"]}, "holds sts more than once", "Name each once"),
        ({"flow_logs": {"retention_in_days": 2}}, "retention_in_days is 2", "1, 3, 5"),
    ],
)
def test_a_mistake_is_named_with_what_would_be_right(settings: dict[str, Any], wrong: str, right: str) -> None:
    (problem,) = problems(**settings)
    assert wrong in problem
    assert right in problem


def test_without_a_way_out_the_endpoints_are_enough() -> None:
    endpoints = ["ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "sts"]
    assert problems(nat_gateways="None", interface_endpoints=endpoints) == []


def test_an_unknown_endpoint_is_refused_with_those_there_are() -> None:
    (problem,) = read(NetworkSettings, {"region": "r", "interface_endpoints": ["ecr"]}, PYTHON_NAMES).problems
    assert problem.startswith('interface_endpoints holds "ecr"')
    assert "'ecr.api'" in problem


@pytest.mark.parametrize("setting", ["private_subnet_ids", "intra_subnet_ids"])
@pytest.mark.parametrize("subnets", [["subnet-1"], ["subnet-1", "subnet-1"], []])
def test_an_existing_network_has_two_zones(setting: str, subnets: list[str]) -> None:
    network = {"vpc_id": "vpc-1", "private_subnet_ids": ["subnet-1", "subnet-2"]} | {setting: subnets}
    settings = read(ExistingNetworkSettings, network, PYTHON_NAMES).settings
    (problem,) = broken_rules(EXISTING_RULES, settings, PYTHON_NAMES)
    assert problem.startswith(f"{setting} holds {'1' if subnets else 'none'}; EKS wants two subnets")


def test_a_stack_writes_its_own_names() -> None:
    settings = read(NetworkOptions, {"cidrBlock": "10.1.0.0/8"}, STACK_NAMES).settings
    (problem,) = broken_rules(OPTION_RULES, settings, STACK_NAMES)
    assert problem.startswith("neuronserve:network.cidrBlock is '10.1.0.0/8', which is not a CIDR block")


def test_a_rule_is_silent_about_what_is_wrong_already() -> None:
    reading = read(NetworkSettings, {"region": [1], "availability_zone_ids": ["use1-az1", "use1-az2"]}, PYTHON_NAMES)
    assert [problem.split()[0] for problem in reading.problems] == ["region"]
    assert not broken_rules(RULES, reading.settings, PYTHON_NAMES, reading.unusable)
