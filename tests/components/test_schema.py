"""What Pulumi offers of the components in its other languages: the schema that its analyzer infers."""

from typing import Any

import pytest
from google.protobuf import empty_pb2
from pulumi.provider.experimental.analyzer import Analyzer, PropertyDefinition, PropertyType

from neuronserve.codegen.kinds import Kind, settings_of
from neuronserve.plan.mocks import Monitor
from neuronserve.plan.program import run
from neuronserve.settings import Settings
from tests.components.every_component import FEWEST, MANY, NAMES, component, settings_type

PLAIN = {
    str: PropertyType.STRING,
    int: PropertyType.INTEGER,
    float: PropertyType.NUMBER,
    bool: PropertyType.BOOLEAN,
}


@pytest.fixture(scope="module")
def schema() -> Any:
    """Return the schema of all components at once, as of a package: a name of a type has one meaning in it."""
    return Analyzer("neuronserve").analyze([component(name) for name in NAMES])


def held_types(of: type[Settings]) -> dict[str, type[Settings]]:
    """Return settings and all that they hold, by the names of their types in the schema."""
    found = {of.__name__.removesuffix("Settings") + "Args": of}
    for setting in settings_of(of):
        if setting.kind.settings_type:
            found |= held_types(setting.kind.settings_type)
    return found


HELD = {
    type_name: held
    for name in NAMES
    for type_name, held in held_types(settings_type(name)).items()
    if held is not settings_type(name)
}


def assert_is_of(definition: PropertyDefinition, kind: Kind, path: str, *, in_list: bool = False) -> None:
    if kind.of in PLAIN:
        assert definition.type == PLAIN[kind.of], path
    elif kind.of is list:
        assert definition.type == PropertyType.ARRAY, path
        assert definition.items
        assert kind.items
        assert_is_of(definition.items, kind.items, f"{path}[]", in_list=True)
    elif kind.of is dict:
        assert definition.type == PropertyType.OBJECT, path
        assert definition.additional_properties
        assert kind.items
        assert_is_of(definition.additional_properties, kind.items, f"{path}.*")
    elif kind.settings_type:
        name = kind.settings_type.__name__.removesuffix("Settings") + "Args"
        assert definition.ref == f"#/types/neuronserve:index:{name}", path
    elif hasattr(kind.of, "__members__"):
        if in_list:  # of a list of enums the analyzer keeps nothing
            assert definition.type == PropertyType.STRING, path
        else:
            assert definition.ref == f"#/types/neuronserve:index:{kind.of.__name__}", path
    else:
        assert definition.ref == "pulumi.json#/Any", path


def assert_says_what_settings_say(properties: dict[str, PropertyDefinition], of: type[Settings]) -> None:
    settings = {setting.alias: setting for setting in settings_of(of)}
    assert properties.keys() == settings.keys()
    for name, definition in properties.items():
        path = f"{of.__name__}.{name}"
        assert definition.description, path
        assert " ".join(definition.description.split()).startswith(settings[name].meaning.removesuffix(".")), path
        assert definition.optional is not settings[name].is_required, path
        assert bool(definition.plain) is not settings[name].kind.may_be_output, path
        assert_is_of(definition, settings[name].kind, path)


@pytest.mark.parametrize("name", NAMES)
def test_inputs_are_those_of_the_settings(schema: Any, name: str) -> None:
    definition = schema["component_definitions"][name]
    assert_says_what_settings_say(definition.inputs, settings_type(name))
    assert definition.description


@pytest.mark.parametrize("name", HELD)
def test_so_is_what_inputs_hold(schema: Any, name: str) -> None:
    definition = schema["type_definitions"][name]
    assert_says_what_settings_say(definition.properties, HELD[name])
    assert definition.description


def test_enumerations_say_what_each_value_means(schema: Any) -> None:
    enumerations = {name: found for name, found in schema["type_definitions"].items() if found.enum}
    assert enumerations.keys() == {"Accelerator", "NatGateways", "PodSecurity", "UpgradeStrategy"}
    for found in enumerations.values():
        assert found.description
        assert all(member.description for member in found.enum)


@pytest.mark.parametrize("name", NAMES)
def test_outputs_are_described(schema: Any, name: str) -> None:
    outputs = schema["component_definitions"][name].outputs
    assert all(output.description for output in outputs.values())
    assert outputs or name == "DefaultStorageClass"


@pytest.mark.parametrize("name", NAMES)
def test_what_is_registered_is_what_is_declared(schema: Any, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    registered: dict[str, set[str]] = {}

    def record(_: Monitor, request: Any) -> Any:
        registered[request.urn] = set(request.outputs.fields)
        return empty_pb2.Empty()

    monkeypatch.setattr(Monitor, "RegisterResourceOutputs", record)
    plan = run(lambda: component(name)("it", FEWEST[name] | MANY[name]))
    declared = schema["component_definitions"][name].outputs
    required = {output for output, definition in declared.items() if not definition.optional}
    found = registered[plan.resource(f"neuronserve:index:{name}").urn]
    assert required <= found <= declared.keys()
