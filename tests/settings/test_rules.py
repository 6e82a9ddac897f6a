"""Rules: what they read is found by watching them, and none that reads a wrong value has a say."""

from typing import Annotated, Any

import pytest
from pydantic import Field

from neuronserve.settings import (
    MapKey,
    Path,
    Required,
    Rule,
    SettingNames,
    Settings,
    Text,
    WholeNumber,
    broken_rules,
    read,
)
from neuronserve.settings.base import recorded_reads

NAMES = SettingNames(prefix="s:", camel_case=True)


class Replicas(Settings):
    min: WholeNumber = 1
    max: WholeNumber | None = None

    @property
    def maximum(self) -> int:
        return self.max or self.min


class Service(Settings):
    image: Annotated[Text, Required("an image", stand_in="stand-in")]
    colour: Text | None = None
    replicas: Replicas = Replicas()

    def most(self) -> int:
        return self.replicas.maximum


class Stack(Settings):
    services: dict[str, Service] = Field(default_factory=dict)
    protect: bool = False
    region: Text | None = None

    @property
    def most(self) -> int:
        return sum(service.most() for service in self.services.values())


def says(settings: Any, names: SettingNames) -> list[str]:
    return ["it said so."]


def of_property(stack: Stack, names: SettingNames) -> list[str]:
    return [f"{stack.most} are too many."]


def of_one(stack: Stack, names: SettingNames) -> list[str]:
    return [f"{stack.services['one'].replicas.maximum} are too many."]


def of_keys(stack: Stack, names: SettingNames) -> list[str]:
    return [f"{', '.join(stack.services)} are too many."]


def of_protect(stack: Stack, names: SettingNames) -> list[str]:
    return [f"{names('protect')} is {stack.protect}."]


STACK = Stack(services={"one": Service(image="i"), "two": Service(image="i", replicas=Replicas(min=3))})
ONE_MIN: Path = ("services", MapKey("one"), "replicas", "min")
ONE_MAX: Path = ("services", MapKey("one"), "replicas", "max")
TWO_MAX: Path = ("services", MapKey("two"), "replicas", "max")


@pytest.mark.parametrize(
    ("rule", "wrong", "has_a_say"),
    [
        # Through a property of the whole and a method of an entry, down to a property of what the entry holds.
        (of_property, ONE_MAX, False),
        (of_property, ONE_MIN, False),
        (of_property, TWO_MAX, False),
        (of_property, ("services", MapKey("two")), False),
        (of_property, ("services", MapKey("two"), "replicas"), False),
        (of_property, ("services",), False),
        (of_property, ("services", MapKey("two"), "colour"), True),
        (of_property, ("services", MapKey("three")), True),
        (of_property, ("protect",), True),
        (of_one, ONE_MAX, False),
        (of_one, TWO_MAX, True),
        (of_one, ("services", MapKey("two")), True),
        # Which services there are is known, whatever is in them.
        (of_keys, ONE_MAX, True),
        (of_keys, ("services", MapKey("one")), True),
        (of_keys, ("services",), False),
        (of_protect, ("protect",), False),
        (of_protect, ("services",), True),
        (says, ("protect",), True),
    ],
)
def test_a_rule_has_no_say_about_what_it_read_wrong(rule: Rule, wrong: Path, has_a_say: bool) -> None:
    assert bool(broken_rules([rule], STACK, NAMES, {wrong})) is has_a_say


def test_a_wrong_value_of_one_entry_does_not_hide_what_another_has_by_default() -> None:
    raw = {"services": {"one": {"image": "i"}, "two": {"image": "i", "replicas": "many"}}}
    reading = read(Stack, raw, NAMES)
    assert broken_rules([of_one], reading.settings, NAMES, reading.unusable) == ["1 are too many."]
    assert broken_rules([of_property], reading.settings, NAMES, reading.unusable) == []


def test_a_property_that_is_not_read_on_the_way_hides_nothing() -> None:
    # maximum reads min only where max is not set.
    stack = Stack(services={"one": Service(image="i", replicas=Replicas(max=5))})
    assert broken_rules([of_one], stack, NAMES, {ONE_MIN}) == ["5 are too many."]


@pytest.mark.parametrize(
    ("raw", "problems", "said"),
    [
        ({"servces": {}}, 1, {"of_protect"}),
        ({"protct": True}, 1, {"of_property", "of_one", "of_keys"}),
        ({"nonsense": 1}, 1, {"of_property", "of_one", "of_keys", "of_protect"}),
    ],
)
def test_an_unknown_key_hides_only_what_reads_what_it_was_meant_to_be(
    raw: dict[str, Any], problems: int, said: set[str]
) -> None:
    given = {"services": {"one": {"image": "i"}}} if "servces" not in raw else {}
    reading = read(Stack, given | raw, NAMES)
    assert len(reading.problems) == problems
    rules = [of_property, of_one, of_keys, of_protect] if given else [of_property, of_keys, of_protect]
    heard = {rule.__name__ for rule in rules if broken_rules([rule], reading.settings, NAMES, reading.unusable)}
    assert heard == said


def test_reads_are_recorded_only_where_somebody_looks() -> None:
    with recorded_reads() as reads:
        _ = STACK.protect
    _ = STACK.region
    assert reads == {(id(STACK), "protect")}


def test_the_rules_of_one_reading_do_not_see_those_of_another() -> None:
    with recorded_reads() as outer:
        with recorded_reads() as inner:
            _ = STACK.protect
        _ = STACK.region
    assert (id(STACK), "protect") in inner
    assert (id(STACK), "region") not in inner
    assert (id(STACK), "region") in outer
