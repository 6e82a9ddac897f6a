"""What components say of themselves is read from their classes, and says all."""

import ast
from pathlib import Path

import pytest

from neuronserve.codegen.documentation import documented_components
from neuronserve.codegen.public_names import class_definitions
from neuronserve.settings.names import to_camel

COMPONENTS = Path(__file__).resolve().parents[2] / "components"
OUTPUTS = {name: component.outputs for name, component in documented_components(COMPONENTS).items()}


def registered(definition: ast.ClassDef) -> set[str]:
    """Return the keys that a component registers."""
    calls = [node for node in ast.walk(definition) if isinstance(node, ast.Call)]
    (call,) = (call for call in calls if ast.unparse(call.func) == "self.register_outputs")
    return {ast.literal_eval(key) for key in call.args[0].keys} if call.args else set()


REGISTERED = {
    definition.name: registered(definition)
    for _, definition, _ in class_definitions(COMPONENTS)
    if definition.name in OUTPUTS
}


@pytest.mark.parametrize("component", OUTPUTS)
def test_what_a_component_registers_is_documented(component: str) -> None:
    assert REGISTERED[component] == {to_camel(output.name) for output in OUTPUTS[component]}


def test_types_are_those_of_the_values() -> None:
    found = {output.name: output for output in OUTPUTS["NeuronPlatform"]}
    assert found["instance_types"].kind == "dict[str, list[str]]"
    assert found["worker_role_arn"].may_be_none
    assert not found["node_pool_names"].may_be_none
