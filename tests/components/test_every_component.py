"""What holds of every component, whatever it makes."""

from typing import Any

import pulumi
import pytest
from google.protobuf import empty_pb2

from neuronserve.codegen.documentation import documented_components
from neuronserve.codegen.kinds import settings_of
from neuronserve.plan.mocks import Monitor
from neuronserve.plan.program import run
from neuronserve.settings import PYTHON_NAMES, InvalidSettingsError, Settings, read
from neuronserve.settings.base import nested
from neuronserve.settings.names import to_camel
from tests.components.every_component import FEWEST, MANY, NAMES, component, settings_type
from tests.project import ROOT

OUTPUTS = {name: found.outputs for name, found in documented_components(ROOT / "components").items()}
all_components = pytest.mark.parametrize("name", NAMES)


def plan_of(name: str, args: Any, make: Any = None) -> str:
    """Return the plan of a component, its outputs included; secrets that are generated do not show in it."""

    def program() -> None:
        made = (make or component(name))("it", args)
        for output, value in vars(made).items():
            if isinstance(value, pulumi.Output) and not output.startswith("_"):
                pulumi.export(output, value)

    return run(program).to_json()


def optional(of: type[Settings]) -> set[str]:
    return {setting.name for setting in settings_of(of) if not setting.is_required}


def test_each_has_its_arguments_here() -> None:
    assert set(NAMES) == FEWEST.keys() == MANY.keys()


@all_components
def test_none_is_as_unset(name: str) -> None:
    args = FEWEST[name]
    unset = dict.fromkeys(optional(settings_type(name)) - args.keys())
    assert unset
    assert plan_of(name, args | unset) == plan_of(name, args)


@all_components
def test_none_is_as_unset_in_what_an_argument_holds(name: str) -> None:
    args, with_nones = FEWEST[name] | MANY[name], {}
    for argument, field in settings_type(name).model_fields.items():
        if held := nested(field):
            nones = dict.fromkeys(optional(held.settings_type))
            given = args.setdefault(argument, {})
            filled = {key: nones | entry for key, entry in given.items()} if held.is_map else nones | given
            with_nones[argument] = filled
    assert plan_of(name, args | with_nones) == plan_of(name, args)


@all_components
def test_settings_make_the_same_as_the_arguments_that_they_are_read_from(name: str) -> None:
    args = FEWEST[name] | MANY[name]
    reading = read(settings_type(name), args, PYTHON_NAMES)
    assert not reading.problems
    plan = plan_of(name, args)
    assert plan_of(name, reading.settings, component(name).from_settings) == plan
    assert plan != plan_of(name, FEWEST[name])


@all_components
def test_options_reach_the_component_and_through_it_its_children(name: str) -> None:
    args = FEWEST[name]

    def program() -> None:
        component(name)("it", args, pulumi.ResourceOptions(protect=True))

    resources = run(program).resources
    assert resources
    assert all(resource.protect for resource in resources)
    (top,) = (resource for resource in resources if resource.parent is None or "pulumi:Stack" in resource.parent)
    assert top.type == f"neuronserve:index:{name}"


@all_components
def test_what_is_unknown_is_refused(name: str) -> None:
    with pytest.raises(
        InvalidSettingsError, match=rf"^{name} it cannot be deployed: 1 problem\.\n.*nonsense is unknown"
    ):
        component(name)("it", FEWEST[name] | {"nonsense": None})


@all_components
def test_arguments_may_be_left_out_where_none_is_required(name: str) -> None:
    needed = [setting.name for setting in settings_of(settings_type(name)) if setting.is_required]
    if not needed:
        assert run(lambda: component(name)("it")).to_json() == run(lambda: component(name)("it", {})).to_json()
        return
    with pytest.raises(InvalidSettingsError) as caught:
        component(name)("it", {})
    assert {problem.partition(" is not set")[0] for problem in caught.value.problems} >= set(needed)
    with pytest.raises(TypeError, match="missing 1 required positional argument: 'args'"):
        component(name)("it")


@all_components
@pytest.mark.parametrize(("args", "shown"), [("text", '"text"'), ([], "a list")])
def test_arguments_are_a_mapping(name: str, args: Any, shown: str) -> None:
    with pytest.raises(
        InvalidSettingsError, match=f"{name} it .*: 1 problem.\n.*its arguments are {shown}; they should"
    ):
        component(name)("it", args)


@all_components
def test_what_is_registered_is_what_is_declared(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    registered: dict[str, set[str]] = {}

    def record(_: Monitor, request: Any) -> Any:
        registered[request.urn] = set(request.outputs.fields)
        return empty_pb2.Empty()

    monkeypatch.setattr(Monitor, "RegisterResourceOutputs", record)
    plan = run(lambda: component(name)("it", FEWEST[name] | MANY[name]))
    required = {to_camel(output.name) for output in OUTPUTS[name] if not output.may_be_none}
    found = registered[plan.resource(f"neuronserve:index:{name}").urn]
    assert required <= found <= {to_camel(output.name) for output in OUTPUTS[name]}
