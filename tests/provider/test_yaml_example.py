"""The example in YAML takes what the schema has; tests/engine/test_yaml.py has it deployed."""

import json
import re
from typing import Any

import pytest
import yaml

from tests.project import ROOT

EXAMPLE = yaml.safe_load((ROOT / "examples" / "yaml" / "Pulumi.yaml").read_text())
SCHEMA = json.loads((ROOT / "neuronserve" / "provider" / "schema.json").read_text())
COMPONENTS = {
    name: (one["type"].rpartition(":")[2], one.get("properties", {}))
    for name, one in EXAMPLE["resources"].items()
    if one["type"].startswith("neuronserve:")
}


def resource(component: str) -> dict[str, Any]:
    made: dict[str, Any] = SCHEMA["resources"][f"neuronserve:index:{component}"]
    return made


def assert_is_of(value: Any, described: dict[str, Any], path: str) -> None:
    """Fail unless inputs hold what a type has, and all that it has to have."""
    if isinstance(value, dict) and "$ref" in described:
        held = SCHEMA["types"][described["$ref"].removeprefix("#/types/")]
        assert value.keys() <= held["properties"].keys(), path
        assert set(held["required"]) <= value.keys(), path
        for key, item in value.items():
            assert_is_of(item, held["properties"][key], f"{path}.{key}")


@pytest.mark.parametrize("name", COMPONENTS)
def test_inputs_are_those_of_the_schema(name: str) -> None:
    component, properties = COMPONENTS[name]
    made = resource(component)
    assert properties.keys() <= made["inputProperties"].keys()
    assert set(made["requiredInputs"]) <= properties.keys()
    for key, value in properties.items():
        assert_is_of(value, made["inputProperties"][key], key)


def test_what_is_taken_of_a_component_is_one_of_its_outputs() -> None:
    taken = re.findall(r"\$\{([\w-]+)\.(\w+)\}", json.dumps(EXAMPLE))
    assert len(taken) > 10
    for name, output in taken:
        assert output in resource(COMPONENTS[name][0])["properties"], f"{name}.{output}"


def test_it_is_the_program_of_the_documentation() -> None:
    assert [component for component, _ in COMPONENTS.values()] == [
        "Network",
        "Cluster",
        "KubeRayOperator",
        "Karpenter",
        "NodePool",
        "ServingNamespace",
        "LlmService",
    ]
