"""Each rule finds what is planted for it, and nothing else; the shipped stacks break one of them, and say why."""

import copy
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuronserve.facts.policy_rules import RuleId
from neuronserve.plan.plan import Plan
from neuronserve.plan.project import load_project
from neuronserve.review.rules.catalogue import RULES
from neuronserve.review.rules.rule import Finding
from tests.project import ROOT
from tests.review.rules.planted import RIGHT, WRONG, Planted
from tests.spoilt_plan import RAY_SERVICE, spoilt

STACKS = load_project(ROOT).stacks


def findings(plan: Plan) -> list[Finding]:
    return [finding for rule in RULES for finding in rule.findings(plan)]


def said(plan: Plan) -> list[tuple[RuleId, str]]:
    return [(finding.rule.id, finding.message) for finding in findings(plan)]


@pytest.mark.parametrize("planted", WRONG, ids=lambda planted: f"{planted.rule}: {planted.says}")
def test_what_is_planted_is_found(planted: Planted) -> None:
    of_rule = [message for rule, message in said(planted.plan) if rule == planted.rule]
    assert [message for message in of_rule if str(planted.says) in message]


@pytest.mark.parametrize("planted", RIGHT, ids=lambda planted: planted.type)
def test_what_is_right_passes(planted: Planted) -> None:
    assert said(planted.plan) == []


def test_every_rule_has_something_planted_for_it() -> None:
    assert {planted.rule for planted in WRONG} | {RuleId.NO_PLACE} == set(RuleId)
    assert [rule.id for rule in RULES] == list({rule.id: None for rule in RULES})
    assert {rule.id for rule in RULES} == set(RuleId)
    assert all((rule.of_resource is None) != (rule.of_plan is None) for rule in RULES)


def test_a_pod_that_fits_nowhere_is_found_at_its_service(plan_of: Callable[[str], Plan]) -> None:
    def more(inputs: dict[str, Any]) -> None:
        (group,) = inputs["spec"]["rayClusterConfig"]["workerGroupSpecs"]
        group["template"]["spec"]["containers"][0]["resources"]["requests"]["memory"] = "999Gi"

    plan = spoilt(plan_of("inf2-8xlarge"), RAY_SERVICE, more)
    (finding,) = [finding for finding in findings(plan) if finding.rule.id is RuleId.NO_PLACE]
    assert finding.resource.type == RAY_SERVICE
    assert "would never run" in finding.message


@pytest.mark.parametrize("stack", STACKS)
def test_the_shipped_stacks_break_one_rule_which_a_setting_mends(stack: str, plan_of: Callable[[str], Plan]) -> None:
    assert {rule for rule, _ in said(plan_of(stack))} <= {RuleId.UNPROTECTED}


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6) | st.sampled_from(["*", "0.0.0.0/0", "{}", "[1]"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)


@given(st.sampled_from(WRONG), st.data())
def test_inputs_of_any_shape_are_read(planted: Planted, data: st.DataObject) -> None:
    """A plan is made by any program, and an engine's preview leaves out what it does not know."""
    inputs = copy.deepcopy(planted.inputs)
    key = data.draw(st.sampled_from(sorted(inputs) or ["x"]))
    inputs[key] = data.draw(ANY)
    said(Planted(planted.type, inputs).plan)
