"""Values that are known only while Pulumi runs: handed on where nothing hangs on them, refused where something does."""

import json
from typing import Any

import pulumi
import pytest

from neuronserve.codegen.kinds import Setting, settings_of
from neuronserve.plan.program import run
from neuronserve.settings import PYTHON_NAMES, InvalidSettingsError, Secret, read
from neuronserve.settings.base import mark
from tests.components.every_component import FEWEST, MANY, NAMES, component, settings_type

SETTINGS = [(name, setting) for name in NAMES for setting in settings_of(settings_type(name))]
LATER = [(name, setting.name) for name, setting in SETTINGS if setting.kind.may_be_output]
NEVER = [(name, setting.name) for name, setting in SETTINGS if not setting.kind.may_be_output]
ENTRIES = [(name, setting) for name, setting in SETTINGS if setting.kind.items and setting.kind.items.may_be_output]
EXCLUDED = {("NodePool", "subnet_ids")}
"""What takes the place of another argument; its own tests have it."""


@pytest.mark.usefixtures("event_loop")
@pytest.mark.parametrize(("name", "setting"), LATER)
def test_an_output_is_handed_on_untouched(name: str, setting: str) -> None:
    output = pulumi.Output.from_input("anything")
    reading = read(settings_type(name), FEWEST[name] | {setting: output}, PYTHON_NAMES)
    assert not reading.problems
    assert getattr(reading.settings, setting) is output


@pytest.mark.parametrize(("name", "setting"), LATER)
def test_a_plain_value_is_checked_as_before(name: str, setting: str) -> None:
    reading = read(settings_type(name), FEWEST[name] | {setting: {"a": 7}}, PYTHON_NAMES)
    (problem,) = reading.problems
    secret = mark(settings_type(name).model_fields[setting], Secret)
    assert problem.startswith(f"{setting} is {'set' if secret else 'an object'}; it should")


@pytest.mark.parametrize(("name", "setting"), sorted({*LATER} - EXCLUDED))
def test_a_plan_is_the_same_whether_a_value_is_known_now_or_later(name: str, setting: str) -> None:
    args = FEWEST[name] | MANY[name]
    value = args.get(setting, ["subnet-1", "subnet-2"] if setting.endswith("_ids") else "some-text")

    def plan(given: Any) -> list[str]:
        plan = run(lambda: component(name)("it", args | {setting: given()}))
        # Names of resources are left out: they may hold what is known.
        return sorted(json.dumps([resource.type, resource.inputs]) for resource in plan.resources)

    assert plan(lambda: pulumi.Output.from_input(value)) == plan(lambda: value)


@pytest.mark.usefixtures("event_loop")
@pytest.mark.parametrize(("name", "setting"), NEVER)
def test_an_output_is_refused_where_what_is_made_depends_on_it(name: str, setting: str) -> None:
    args = FEWEST[name] | {setting: pulumi.Output.from_input("anything")}
    with pytest.raises(InvalidSettingsError) as caught:
        component(name)("it", args)
    assert (
        f"{setting} is an Output, and what is made depends on its value, so it has to be known when the program runs. "
        "Set it to a plain value, such as one from pulumi.Config or a StackReference."
    ) in caught.value.problems


@pytest.mark.usefixtures("event_loop")
@pytest.mark.parametrize(("name", "setting"), ENTRIES)
def test_an_entry_that_is_an_output_is_handed_on_untouched(name: str, setting: Setting) -> None:
    output = pulumi.Output.from_input("anything")
    given: Any = {"key": output} if setting.kind.of is dict else [output]
    reading = read(settings_type(name), FEWEST[name] | {setting.name: given}, PYTHON_NAMES)
    assert not reading.problems
    held = getattr(reading.settings, setting.name)
    (entry,) = held.values() if isinstance(held, dict) else held
    assert entry is output
