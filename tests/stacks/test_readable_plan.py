"""A readable plan says all that the plan says."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from neuronserve.plan.plan import Plan, Resource
from neuronserve.plan.project import load_project
from tests.stacks.golden_plans import bases, file_name, golden_text
from tests.stacks.readable_plan import Unfolded, readable
from tests.stacks.short_names import ShortNames

ROOT = Path(__file__).resolve().parents[2]
STACKS = load_project(ROOT).stacks
STACK = "urn:pulumi:dev::demo::pulumi:pulumi:Stack::demo-dev"
NETWORK = "urn:pulumi:dev::demo::demo:index:Network::network"
VPC = "urn:pulumi:dev::demo::aws:ec2/vpc:Vpc::vpc"


@pytest.mark.parametrize("stack", STACKS)
def test_short_names_stand_for_one_resource_each(stack: str, plans: dict[str, Plan]) -> None:
    plan = plans[stack]
    names = {resource.urn: ShortNames(plan)[resource.urn] for resource in plan.resources}
    assert len(set(names.values())) == len(plan.resources)
    # In a reference a property follows, after a dot.
    assert not [(one, two) for one in names.values() for two in names.values() if two.startswith(f"{one}.")]
    assert {"project", "outputs"}.isdisjoint(names.values())


@pytest.mark.parametrize("stack", STACKS)
def test_the_text_is_yaml_and_has_no_long_names(stack: str, plans: dict[str, Plan]) -> None:
    text = golden_text(plans[stack], None)
    assert yaml.load(text, Loader) == readable(plans[stack])
    assert "urn:" not in text
    assert "'{\"" not in text, "JSON that is not unfolded"


@pytest.mark.slow
@pytest.mark.parametrize("stack", STACKS)
@settings(max_examples=40, phases=[Phase.reuse, Phase.generate])  # the first change that is lost says enough
@given(data=st.data())
def test_a_change_of_one_thing_changes_the_text(
    stack: str, plans: dict[str, Plan], golden_now: dict[str, str], data: st.DataObject
) -> None:
    plan, base = plans[stack], bases(plans)[stack]
    kind = data.draw(st.sampled_from(sorted(CHANGES)))
    index = data.draw(st.integers(0, len(plan.resources) - 1))
    if changed := list(CHANGES[kind](plan.resources[index], plan)):
        resources = [*plan.resources]
        resources[index] = data.draw(st.sampled_from(changed))
        text = golden_text(replace(plan, resources=resources), plans[base] if base else None)
        assert text != golden_now[file_name(stack, base)]


def test_a_change_of_one_output_changes_the_text(plans: dict[str, Plan]) -> None:
    plan = plans["local"]
    texts = [golden_text(replace(plan, outputs=outputs), None) for outputs in altered(plan.outputs)]
    assert len({*texts, golden_text(plan, None)}) == len(texts) + 1


def altered(value: Any) -> Iterator[Any]:
    """Yield a value with each single thing in it changed, also inside texts that are JSON or YAML."""
    if isinstance(value, dict):
        yield value | {"more": "x"}
        for key, item in value.items():
            yield {name: other for name, other in value.items() if name != key}
            yield from (value | {key: other} for other in altered(item))
    elif isinstance(value, list):
        yield [*value, "x"]
        for index, item in enumerate(value):
            yield [*value[:index], *value[index + 1 :]]
            yield from ([*value[:index], other, *value[index + 1 :]] for other in altered(item))
    elif isinstance(value, bool | int | float):
        yield from (str(value), str(value).lower(), int(value) + 1, value is not True)
    else:
        yield from (f"{value}x", f"x{value}", value[:-1] or "y", [value])
        for load, dump in ((json.loads, json.dumps), (yaml.safe_load, yaml_text)):
            if isinstance(content := parsed(value, load), dict):
                yield content
                yield from map(dump, altered(content))


def parsed(text: str, load: Callable[[str], Any]) -> Any:
    try:
        return load(text)
    except (ValueError, yaml.YAMLError):
        return None


def yaml_text(content: Any) -> str:
    return yaml.safe_dump(content, sort_keys=False)


def of_inputs(resource: Resource, plan: Plan) -> Iterator[Resource]:
    yield from (replace(resource, inputs=inputs) for inputs in altered(resource.inputs))


def of_dependencies(resource: Resource, plan: Plan) -> Iterator[Resource]:
    there = {*resource.dependencies}
    some = {other.urn for other in plan.resources[::10]} - {resource.urn}
    yield from (replace(resource, dependencies=sorted(there ^ {urn})) for urn in sorted(there | some))


def of_parent(resource: Resource, plan: Plan) -> Iterator[Resource]:
    below = {resource.urn}
    for other in sorted(plan.resources, key=ShortNames(plan).order):
        if other.parent in below:
            below.add(other.urn)
    components = {other.urn for other in plan.resources if not other.custom}
    parents = {*components, *providers(plan), None, ShortNames(plan).stack_urn} - below - {resource.parent}
    yield from (replace(resource, parent=parent) for parent in sorted(parents, key=str))


def of_provider(resource: Resource, plan: Plan) -> Iterator[Resource]:
    others = {None, *providers(plan)} - {resource.provider}
    yield from (replace(resource, provider=urn) for urn in sorted(others, key=str))


def providers(plan: Plan) -> set[str]:
    return {resource.urn for resource in plan.resources if resource.type.startswith("pulumi:providers:")}


def of_flags(resource: Resource, plan: Plan) -> Iterator[Resource]:
    yield replace(resource, protect=not resource.protect)
    yield replace(resource, custom=not resource.custom)
    yield replace(resource, remote=not resource.remote)


def of_type(resource: Resource, plan: Plan) -> Iterator[Resource]:
    package, module, name = resource.type.split(":")
    for token in (f"x{package}:{module}:{name}", f"{package}:x{module}:{name}", f"{package}:{module}:{name}x"):
        yield replace(resource, type=token)


CHANGES: dict[str, Callable[[Resource, Plan], Iterator[Resource]]] = {
    "dependencies": of_dependencies,
    "flags": of_flags,
    "inputs": of_inputs,
    "more inputs": of_inputs,  # there are most of them
    "parent": of_parent,
    "provider": of_provider,
    "type": of_type,
}


class Loader(yaml.SafeLoader):
    """Reads what stands behind a tag as what a text says."""


def _unfolded(loader: Loader, language: str, node: yaml.Node) -> Unfolded:
    if isinstance(node, yaml.MappingNode):
        return Unfolded(language, loader.construct_mapping(node, deep=True))
    assert isinstance(node, yaml.SequenceNode)
    return Unfolded(language, loader.construct_sequence(node, deep=True))


Loader.add_multi_constructor("!", _unfolded)


def resource(urn: str, **fields: Any) -> Resource:
    *_, types, name = urn.split("::")
    usual: dict[str, Any] = {"parent": STACK, "custom": True, "remote": False, "inputs": {}, "dependencies": []}
    usual |= {"provider": None, "protect": False, "type": types.rpartition("$")[2], "name": name, "urn": urn}
    return Resource(**usual | fields)


def entries(*resources: Resource) -> dict[str, Any]:
    """Return the entries of a component with two subnets, and of other resources."""
    component = resource(NETWORK, custom=False)
    subnets = [resource(subnet(name), parent=NETWORK) for name in "ab"]
    return readable(Plan("demo", "dev", [component, *subnets, *resources], {}))


def subnet(name: str) -> str:
    return f"urn:pulumi:dev::demo::demo:index:Network$aws:ec2/subnet:Subnet::{name}"


def test_a_component_stands_for_the_resources_in_it_if_they_are_all_meant() -> None:
    both, one = (entries(resource(VPC, dependencies=[*map(subnet, names)]))["ec2.Vpc vpc"] for names in ("ab", "a"))
    assert both == {"dependencies": ["all of Network network"]}
    assert one == {"dependencies": ["network/ec2.Subnet a"]}


def test_a_dependency_that_a_reference_makes_is_not_said_again() -> None:
    inputs = {"cidr": f"${{{subnet('a')}.cidr}}"}
    made, missing, more = (
        entries(resource(VPC, inputs=inputs, dependencies=[*map(subnet, names)]))["ec2.Vpc vpc"]
        for names in ("a", "", "b")
    )
    assert made == {"inputs": {"cidr": "${network/ec2.Subnet a.cidr}"}}
    assert missing == made | {"no dependencies": ["network/ec2.Subnet a"]}
    assert more == missing | {"dependencies": ["network/ec2.Subnet b"]}


def test_texts_that_hold_a_structure_are_unfolded_and_no_others() -> None:
    texts = {
        "policy": '{"Statement": ["x"]}',
        "twice": '{"a": 1, "a": 2}',
        "broken": '{"a": 1',
        "number": "1",
        "serveConfigV2": "a: 1\n",
        "hidden": "[secret]",
    }
    inputs = entries(resource(VPC, inputs=texts))["ec2.Vpc vpc"]["inputs"]
    assert inputs == texts | {
        "policy": Unfolded("json", {"Statement": ["x"]}),
        "serveConfigV2": Unfolded("yaml", {"a": 1}),
    }
    comment = {"serveConfigV2": "a: 1 # why\n"}
    assert entries(resource(VPC, inputs=comment))["ec2.Vpc vpc"]["inputs"] == comment


def test_the_stacks_name_is_replaced_where_it_is_meant() -> None:
    inputs = {
        "name": "demo-dev",
        "group": "/aws/demo-dev/x",
        "stack": "dev",
        "device": "/dev/xvda",
        "near": "demo-devs",
    }
    assert entries(resource(VPC, inputs=inputs))["ec2.Vpc vpc"]["inputs"] == inputs | {
        "name": "demo-<stack>",
        "group": "/aws/demo-<stack>/x",
        "stack": "<stack>",
    }


def test_what_is_as_one_takes_it_for_is_not_said() -> None:
    provider = resource("urn:pulumi:dev::demo::pulumi:providers:aws::aws")
    explicit = resource(VPC, provider=provider.urn)
    name = "ec2.Vpc vpc"
    assert entries(provider, explicit)[name] == {}
    assert entries(provider, replace(explicit, provider=None))[name] == {"provider": None}
    second = resource("urn:pulumi:dev::demo::pulumi:providers:aws::second")
    assert entries(provider, second, explicit)[name] == {"provider": "aws provider aws"}
    assert entries(replace(explicit, protect=True, provider=None))[name] == {"protect": True}
