from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from neuronserve.settings import PYTHON_NAMES, SettingNames, read

from neuronserve.components.cluster.checks import RULES, find_problems
from neuronserve.components.cluster.settings import ClusterSettings, NewClusterSettings

NETWORK = {"vpc_id": "vpc-1", "subnet_ids": ["subnet-1", "subnet-2"], "node_subnet_ids": ["subnet-3", "subnet-4"]}
STACK_NAMES = SettingNames(prefix="neuronserve:cluster.", camel_case=True)


def problems(names: SettingNames = PYTHON_NAMES, **settings: Any) -> list[str]:
    reading = read(ClusterSettings, NETWORK | settings, PYTHON_NAMES)
    assert not reading.problems
    return find_problems(reading.settings, names)


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
        ({"endpoint_public_access": True, "public_access_cidrs": ["home"]}, "'home'", "203.0.113.0/24"),
        ({"administrators": ["admin"]}, "'admin'", "arn:aws:iam::<account>:role/<name>"),
        ({"log_retention_days": 45}, "log_retention_days is 45", "Set it to 60"),
        ({"cluster_name": "a cluster"}, "'a cluster'", "only letters, digits"),
        ({"system_nodes": {"min_size": 3, "max_size": 2}}, "min_size is 3", "not decrease"),
        ({"system_nodes": {"instance_types": ["m7g.large"]}}, "m7g.large", "Arm"),
        ({"system_nodes": {"instance_types": ["large"]}}, "'large'", "m7i.large"),
        ({"add_on_versions": {"core-dns": "v1"}}, "core-dns", "Did you mean coredns?"),
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


def test_a_new_cluster_needs_a_network() -> None:
    found = find_problems(read(ClusterSettings, {}, PYTHON_NAMES).settings, PYTHON_NAMES)
    assert [problem.split()[0] for problem in found] == ["vpc_id", "subnet_ids", "node_subnet_ids"]


@pytest.mark.parametrize("existing", [{"name": "theirs"}, {"kubeconfig": "~/.kube/config", "context": "kind"}, {}])
def test_an_existing_cluster_needs_nothing(existing: dict[str, str]) -> None:
    reading = read(ClusterSettings, {"existing": existing}, PYTHON_NAMES)
    assert find_problems(reading.settings, PYTHON_NAMES) == []


def test_nothing_can_be_set_of_a_cluster_that_is_there() -> None:
    (problem,) = problems(STACK_NAMES, existing={"name": "theirs"}, log_retention_days=30)
    assert "neuronserve:cluster.existing is set" in problem
    assert "neuronserve:cluster.logRetentionDays" in problem


@pytest.mark.parametrize("other", ["kubeconfig", "context"])
def test_an_existing_cluster_is_found_in_one_way(other: str) -> None:
    settings = read(ClusterSettings, {"existing": {"name": "theirs", other: "x"}}, PYTHON_NAMES).settings
    (problem,) = find_problems(settings, PYTHON_NAMES)
    assert f"existing.{other}" in problem


@given(st.integers(1, 4000))
def test_a_suggested_retention_is_accepted(days: int) -> None:
    found = problems(log_retention_days=days)
    if found:
        suggested = int(found[0].split("Set it to ")[1].split(",")[0])
        assert not problems(log_retention_days=suggested)


def test_a_rule_is_silent_about_what_is_wrong_already() -> None:
    settings = read(ClusterSettings, NETWORK | {"version": "1.0"}, PYTHON_NAMES).settings
    assert not find_problems(settings, PYTHON_NAMES, {"version"})


def test_every_rule_reads_settings_that_there_are() -> None:
    assert {path for rule in RULES for path in rule.reads} <= ClusterSettings.model_fields.keys()


def test_a_stack_sets_no_network_ids() -> None:
    assert not {"vpc_id", "subnet_ids", "node_subnet_ids"} & NewClusterSettings.model_fields.keys()
    assert not find_problems(read(NewClusterSettings, {}, STACK_NAMES).settings, STACK_NAMES)


def test_a_version_without_quotes_is_explained() -> None:
    (problem,) = read(NewClusterSettings, {"version": 1.35}, STACK_NAMES).problems
    assert problem == 'neuronserve:cluster.version is 1.35; it should be text: write it in quotes, such as "1.35".'
