"""What Kubernetes takes as labels, tolerations and variables, and what it refuses; a server is asked elsewhere."""

from typing import Any

import pytest
from pydantic import TypeAdapter

from neuronserve.settings.pod_fields import (
    Toleration,
    annotation_problems,
    label_problems,
    source_problems,
    toleration_problems,
    variable_problems,
)
from tests.pod_fields import RIGHT, WRONG, Kind

PROBLEMS: dict[Kind, Any] = {
    "labels": label_problems,
    "annotations": annotation_problems,
    "tolerations": toleration_problems,
    "envFrom": source_problems,
    "env": variable_problems,
}


@pytest.mark.parametrize(("kind", "value"), RIGHT, ids=str)
def test_what_kubernetes_takes(kind: Kind, value: Any) -> None:
    assert PROBLEMS[kind](value, "setting") == []


@pytest.mark.parametrize(("kind", "value", "message"), WRONG, ids=str)
def test_what_it_refuses_has_one_message(kind: Kind, value: Any, message: str) -> None:
    (problem,) = PROBLEMS[kind](value, "setting")
    assert problem.startswith("setting ")
    assert message in problem


def test_the_value_of_a_toleration_is_text_even_where_yaml_makes_it_a_boolean() -> None:
    read = TypeAdapter(Toleration).validate_python
    assert read({"key": "team", "value": True})["value"] == "true"
    assert read({"key": "team", "value": 4711.0})["value"] == "4711"
    assert read({"key": "team", "tolerationSeconds": 60.0})["tolerationSeconds"] == 60


def test_a_toleration_can_be_wrong_in_several_ways() -> None:
    problems = toleration_problems([{"key": "a b", "operator": "Exist", "effect": "Schedule"}], "setting")
    assert [problem.partition(": its ")[2].split()[0] for problem in problems] == ["operator", "key", "effect"]
