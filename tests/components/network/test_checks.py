from typing import Any

import pytest
from neuronserve.settings.settings import PYTHON_NAMES, SettingNames, read

from neuronserve.components.network.checks import RULES, find_problems
from neuronserve.components.network.settings import NetworkSettings, NewNetworkSettings

STACK_NAMES = SettingNames(prefix="neuronserve:network.", camel_case=True)


def problems(**settings: Any) -> list[str]:
    reading = read(NetworkSettings, {"region": "us-west-2"} | settings, PYTHON_NAMES)
    assert not reading.problems
    return find_problems(reading.settings, PYTHON_NAMES)


def test_the_defaults_are_right() -> None:
    assert problems() == []


@pytest.mark.parametrize(
    ("settings", "wrong", "right"),
    [
        ({"cidr": "10.1.0.0"}, "cidr is 10.1.0.0,", "/16"),
        ({"cidr": "10.1.2.3/16"}, "'10.1.2.3/16'", "10.1.0.0/16"),
        ({"cidr": "ten"}, "'ten'", "10.1.0.0/16"),
        ({"cidr": "10.1.0.0/24"}, "too small", "/16 to /23"),
        ({"cidr": "10.0.0.0/8"}, "too large", "/16 to /23"),
        ({"pod_cidr": "100.64.0.0/25"}, "too small", "/16 to /24"),
        ({"pod_cidr": "10.1.128.0/17"}, "overlap", "100.64.0.0/16"),
        ({"pod_cidr": "192.168.0.0/16"}, "does not admit", "100.64.0.0/16"),
        ({"cidr": "100.65.0.0/16", "pod_cidr": "10.0.0.0/16"}, "does not admit", "100.64.0.0/16"),
        ({"zones": ["us-west-2a"]}, "zones holds 1", "from 2"),
        ({"zones": [f"us-west-2{letter}" for letter in "abcde"]}, "zones holds 5", "4 zones"),
        ({"zones": ["us-west-2a", "us-west-2a"]}, "more than once", "once"),
        ({"zones": ["us-west-2a", "usw2-az1"]}, "names and ids", "all by id"),
        ({"zones": ["us-west-2a", "west"]}, "'west'", "usw2-az1"),
        ({"zones": ["us-west-2a", "eu-west-1a"]}, "eu-west-1a", "not in us-west-2"),
        ({"zones": ["usw2-az1", "use1-az6"]}, "use1-az6", "not in us-west-2"),
        ({"zone_count": 5}, "zone_count is 5", "from 2"),
        ({"zone_count": 3, "zones": ["usw2-az1", "usw2-az4"]}, "zone_count is set", "Remove one"),
        ({"nat_gateways": "None"}, "lacks ec2, ecr.api", "Add them"),
        ({"flow_logs": {"retention_days": 2}}, "retention_days is 2", "1, 3, 5"),
    ],
)
def test_a_mistake_is_named_with_what_would_be_right(settings: dict[str, Any], wrong: str, right: str) -> None:
    (problem,) = problems(**settings)
    assert wrong in problem
    assert right in problem


def test_pods_may_have_further_addresses_of_the_same_range() -> None:
    assert problems(cidr="10.1.0.0/16", pod_cidr="10.2.0.0/16") == []


def test_without_a_way_out_the_endpoints_are_enough() -> None:
    endpoints = ["ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "sts"]
    assert problems(nat_gateways="None", interface_endpoints=endpoints) == []


def test_an_unknown_endpoint_is_refused_with_those_there_are() -> None:
    (problem,) = read(NetworkSettings, {"region": "r", "interface_endpoints": ["ecr"]}, PYTHON_NAMES).problems
    assert problem.startswith('interface_endpoints is "ecr"')
    assert "'ecr.api'" in problem


EXISTING = {"vpc_id": "vpc-1", "private_subnet_ids": ["subnet-1", "subnet-2"]}


def test_an_existing_network_needs_nothing_else_and_admits_nothing_else() -> None:
    assert problems(existing=EXISTING) == []
    (problem,) = problems(existing=EXISTING, cidr="10.2.0.0/16")
    assert "existing is set" in problem
    assert "cidr would do nothing" in problem


def test_an_existing_network_has_two_zones() -> None:
    (problem,) = problems(existing=EXISTING | {"private_subnet_ids": ["subnet-1"]})
    assert "existing.private_subnet_ids holds 1 subnet" in problem


def test_a_stack_writes_its_own_names() -> None:
    settings = read(NewNetworkSettings, {"podCidr": "10.1.0.0/16"}, STACK_NAMES).settings
    (problem,) = find_problems(settings, STACK_NAMES)
    assert problem.startswith("neuronserve:network.podCidr is 10.1.0.0/16, and neuronserve:network.cidr is")


def test_every_rule_reads_settings_that_there_are() -> None:
    assert {path for rule in RULES for path in rule.reads} <= NetworkSettings.model_fields.keys()
