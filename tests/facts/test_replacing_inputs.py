"""The tables of inputs that replace resources: for all that is made here, and of nothing that does not exist."""

import importlib
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from neuronserve.facts.kubernetes_replacing_inputs import KUBERNETES_REPLACING_FIELDS, UNLESS_MUTABLE
from neuronserve.facts.replacing_inputs import (
    AWS_REPLACING_INPUTS,
    DELETED_FIRST_WHEN_NAMED,
    EKS_REPLACING_INPUTS,
    OUTPUTS_OF_UPDATES,
    REMOVED_REPLACING_INPUTS,
)
from neuronserve.plan.plan import Plan
from neuronserve.plan.project import load_project
from neuronserve.plan.sdk import output_types
from neuronserve.review.diff.rules import replacing_inputs

ROOT = Path(__file__).resolve().parents[2]
INPUTS = {**AWS_REPLACING_INPUTS, **REMOVED_REPLACING_INPUTS}
MADE = re.compile(r"\baws\.(\w+)\.([A-Z]\w+)\(")


@pytest.mark.slow
def test_of_everything_in_our_stacks_it_is_known_what_replaces_it(plan_of: Callable[[str], Plan]) -> None:
    unknown = {
        resource.type
        for stack in load_project(ROOT).stacks
        for resource in plan_of(stack).resources
        if replacing_inputs(resource, None) is None
    }
    assert unknown == set()


def test_of_everything_that_components_can_make_in_aws_it_is_known_what_replaces_it() -> None:
    made = {
        f"aws:{module}/{name[:1].lower()}{name[1:]}:{name}"
        for file in (ROOT / "components").rglob("*.py")
        for module, name in MADE.findall(file.read_text(encoding="utf-8"))
        if not name.endswith("Args")
    }
    assert len(made) > 20
    assert made - AWS_REPLACING_INPUTS.keys() == set()


@pytest.mark.parametrize("token", sorted(INPUTS.keys() - EKS_REPLACING_INPUTS.keys()))
def test_the_inputs_are_the_types_own(token: str) -> None:
    package, module, name = token.split(":")
    cls = getattr(importlib.import_module(f"pulumi_{package}.{module.partition('/')[0]}"), name)
    known = output_types(cls).keys() | {"name", "namePrefix"}
    listed = {path.split(".")[0] for path in INPUTS[token]} | {DELETED_FIRST_WHEN_NAMED.get(token, "region")}
    assert {*listed, *OUTPUTS_OF_UPDATES.get(token, ())} <= known | {"region"}


def test_kinds_are_listed_once() -> None:
    assert not {("", kind) for kind in UNLESS_MUTABLE} - {*KUBERNETES_REPLACING_FIELDS, ("", "ConfigMap")}
