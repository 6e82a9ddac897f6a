from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuronserve.components.cluster.checks import RULES
from neuronserve.components.cluster.settings import ClusterOptions, ClusterSettings
from neuronserve.settings import PYTHON_NAMES, SettingNames, broken_rules, read

NETWORK = {"vpc_id": "vpc-1", "subnet_ids": ["subnet-1", "subnet-2"], "node_subnet_ids": ["subnet-3", "subnet-4"]}
STACK_NAMES = SettingNames(prefix="neuronserve:cluster.", camel_case=True)


def problems(names: SettingNames = PYTHON_NAMES, **settings: Any) -> list[str]:
    reading = read(ClusterSettings, NETWORK | settings, PYTHON_NAMES)
    assert not reading.problems
    return broken_rules(RULES, reading.settings, names)


def test_the_defaults_are_right() -> None:
    assert problems() == []
    settings = read(ClusterSettings, NETWORK, PYTHON_NAMES).settings
    assert settings.version == "1.35"
    assert not settings.endpoint_public_access
    assert settings.system_nodes.desired == 2


@pytest.mark.parametrize(
    ("settings", "wrong", "right"),
    [
        ({"version": "1.29"}, "version is '1.29'", "1.35 (until 2027-03-27)"),
        ({"version": "1.34"}, "version is '1.34'", "1.36"),
        ({"endpoint_public_access": True}, "public_access_cidrs is not set", "203.0.113.7/32"),
        ({"public_access_cidrs": ["203.0.113.7/32"]}, "endpoint_public_access is false", "to true"),
        (
            {"endpoint_public_access": True, "public_access_cidrs": ["0.0.0.0/0"]},
            "the whole world",
            "allow_public_access_from_anywhere to true",
        ),
        (
            {"endpoint_public_access": True, "public_access_cidrs": ["203.0.113.7/24"]},
            "'203.0.113.7/24'",
            "203.0.113.0/24",
        ),
        (
            {"endpoint_public_access": True, "public_access_cidrs": ["203.0.113.7/32", "10.20.0.0/16"]},
            "public_access_cidrs holds 10.20.0.0/16, which is in 10.0.0.0/8",
            "checkip",
        ),
        (
            {"endpoint_public_access": True, "public_access_cidrs": ["192.168.1.7/32"]},
            "holds 192.168.1.7/32, which is in 192.168.0.0/16",
            "public addresses",
        ),
        ({"endpoint_public_access": True, "public_access_cidrs": ["home"]}, "'home'", "203.0.113.0/24"),
        ({"administrators": ["admin"]}, "'admin'", "arn:aws:iam::<account>:role/<name>"),
        (
            {"administrators": ["arn:aws:iam::111122223333:role/admin"] * 2},
            "arn:aws:iam::111122223333:role/admin more than once",
            "Name each once",
        ),
        ({"log_retention_in_days": 45}, "log_retention_in_days is 45", "Set it to 60"),
        ({"cluster_name": "a cluster"}, "'a cluster'", "only letters, digits"),
        ({"system_nodes": {"min_size": 3, "max_size": 2}}, "min_size is 3", "not decrease"),
        ({"system_nodes": {"instance_types": ["m7g.large"]}}, "m7g.large", "Arm"),
        ({"system_nodes": {"instance_types": ["large"]}}, "'large'", "m7i.large"),
        ({"eks_add_on_versions": {"core-dns": "v1"}}, "core-dns", "Did you mean coredns?"),
    ],
)
def test_a_mistake_is_named_with_what_would_be_right(settings: dict[str, Any], wrong: str, right: str) -> None:
    (problem,) = problems(**settings)
    assert wrong in problem
    assert right in problem


def test_the_world_is_admitted_when_it_is_meant() -> None:
    assert not problems(
        endpoint_public_access=True, public_access_cidrs=["0.0.0.0/0"], allow_public_access_from_anywhere=True
    )


def test_a_cluster_needs_a_network() -> None:
    reading = read(ClusterSettings, {}, PYTHON_NAMES)
    assert [problem.split()[0] for problem in reading.problems] == ["vpc_id", "subnet_ids", "node_subnet_ids"]
    assert not broken_rules(RULES, reading.settings, PYTHON_NAMES, reading.unusable)


@given(st.integers(1, 4000))
def test_a_suggested_retention_is_accepted(days: int) -> None:
    found = problems(log_retention_in_days=days)
    if found:
        suggested = int(found[0].split("Set it to ")[1].split(",")[0])
        assert not problems(log_retention_in_days=suggested)


def test_a_rule_is_silent_about_what_is_wrong_already() -> None:
    settings = read(ClusterSettings, NETWORK | {"version": "1.0"}, PYTHON_NAMES).settings
    assert not broken_rules(RULES, settings, PYTHON_NAMES, {("version",)})


@pytest.mark.usefixtures("event_loop")
def test_one_who_administers_may_be_known_later() -> None:
    later = pulumi.Output.from_input("not an ARN yet")
    assert not problems(administrators=[later, later, "arn:aws:iam::111122223333:role/admin"])


def test_a_stack_sets_no_network_ids() -> None:
    assert not {"vpc_id", "subnet_ids", "node_subnet_ids"} & ClusterOptions.model_fields.keys()
    assert not broken_rules(RULES, read(ClusterOptions, {}, STACK_NAMES).settings, STACK_NAMES)


def test_a_stack_writes_its_own_names() -> None:
    settings = read(ClusterOptions, {"logRetentionInDays": 2}, STACK_NAMES).settings
    (problem,) = broken_rules(RULES, settings, STACK_NAMES)
    assert problem.startswith("neuronserve:cluster.logRetentionInDays is 2")


def test_a_version_without_quotes_is_explained() -> None:
    (problem,) = read(ClusterOptions, {"version": 1.35}, STACK_NAMES).problems
    assert problem == 'neuronserve:cluster.version is 1.35; it should be text: write it in quotes, such as "1.35".'
