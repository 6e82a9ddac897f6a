"""Markdown and JSON of a difference: nothing in a plan is more than text, and the same plans give the same bytes."""

import copy
import dataclasses
import json
import time
from collections.abc import Callable

import pulumi
import pytest

from neuronserve.plan.plan import Plan
from neuronserve.plan.program import run
from neuronserve.review.diff.document import to_json
from neuronserve.review.diff.markdown import to_markdown
from neuronserve.review.diff.markdown_text import MOST_LINES, block, code
from neuronserve.review.diff.stack_diff import StackDiff, stack_diff
from tests.review.diff.plans import in_group, kubernetes_object, plan_with
from tests.spoilt_plan import spoilt

STACK = "inf2-8xlarge"
MOST_SECONDS = 2
VPC = "aws:ec2/vpc:Vpc"


def markdown(diff: StackDiff) -> str:
    return to_markdown([diff], "main", "feature")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("a", "`a`"), ("", "` `"), ("a`b", "``a`b``"), ("`a", "`` `a ``"), ("a\nb", "`a b`")],
)
def test_inline_code_cannot_be_left(text: str, expected: str) -> None:
    assert code(text) == expected


def test_a_block_cannot_be_left_and_ends_at_some_time() -> None:
    assert block(["```", "</details>"], "diff") == ["````diff", "```", "</details>", "````"]
    long = block([str(number) for number in range(MOST_LINES + 5)], "diff")
    assert long[-2] == "… 5 more lines, which are in --json"


def test_names_and_values_are_text_in_markdown() -> None:
    old, new = (kubernetes_object("ConfigMap", name="</summary> @all", data={"a": text}) for text in ("x", "```\n# y"))
    shown = markdown(stack_diff("dev", plan_with(), plan_with(new)))
    assert "<summary>ConfigMap &lt;/summary&gt; @all</summary>" in shown
    shown = markdown(stack_diff("dev", plan_with(old), plan_with(new)))
    assert "````diff" in shown


def test_a_new_stack_and_one_that_goes_are_told_in_short(plan_of: Callable[[str], Plan]) -> None:
    added = markdown(stack_diff(STACK, None, plan_of(STACK)))
    assert f"## `{STACK}`, a new stack" in added
    assert "| a month at rest, without workers | $0.00 | $284.36 | **+$284.36** |" in added
    assert "```" not in added
    removed = markdown(stack_diff(STACK, plan_of(STACK), None))
    assert f"## `{STACK}`, which goes" in removed
    assert "> - RayService `vllm-llama3-inf2` is **deleted**: it takes traffic." in removed
    assert "it stays where it is" not in removed


def test_what_is_retained_and_what_is_protected_is_said(plan_of: Callable[[str], Plan]) -> None:
    plan = plan_of(STACK)
    without = dataclasses.replace(plan, resources=[one for one in plan.resources if "logGroup" not in one.type])
    assert "it stays where it is, and Pulumi forgets it" in markdown(stack_diff(STACK, plan, without))
    protected = [dataclasses.replace(one, protect=one.type == VPC) for one in plan.resources]
    gone = [one for one in plan.resources if one.type != VPC]
    shown = markdown(
        stack_diff(STACK, dataclasses.replace(plan, resources=protected), dataclasses.replace(plan, resources=gone))
    )
    assert "> - Vpc `network-vpc` is **deleted**: it is protected, so `pulumi up` refuses." in shown


def test_a_secret_is_said_where_the_files_say_it_and_nowhere_else() -> None:
    plan = plan_with()
    before, after = {"app:a": "v1:x", "app:b": "v1:y"}, {"app:a": "v1:z", "app:c": "v1:y"}
    shown = markdown(stack_diff("dev", plan, plan, (before, after)))
    assert "- `app:a` was encrypted anew, so its value may be another" in shown
    assert "- `app:b` is no longer there, or no longer encrypted" in shown
    assert "- `app:c` is there now" in shown
    assert "v1:" not in shown
    assert "whether one has changed cannot be seen here" in markdown(stack_diff("dev", plan, plan))
    assert stack_diff("dev", plan, plan, (before, before)).is_empty


def test_300_resources_take_less_than_two_seconds_and_give_the_same_bytes(plan_of: Callable[[str], Plan]) -> None:
    plan = plan_of(STACK)
    many = dataclasses.replace(plan, resources=[one for suffix in ("", "-b", "-c") for one in _copied(plan, suffix)])
    assert len(many.resources) > 300
    changed = spoilt(many, VPC, lambda inputs: inputs.update(cidrBlock="10.9.0.0/16"))
    began = time.process_time()
    diff = stack_diff(STACK, many, changed)
    first = markdown(diff), to_json([diff], "main", "feature")
    assert time.process_time() - began < MOST_SECONDS
    again = stack_diff(STACK, many, changed)
    assert (markdown(again), to_json([again], "main", "feature")) == first
    assert json.loads(first[1])["stacks"][0]["counts"]["replaced"] > 20


def _copied(plan: Plan, suffix: str) -> list[object]:
    if not suffix:
        return list(plan.resources)
    text = plan.to_json()
    for resource in plan.resources:
        text = text.replace(f'{resource.urn}"', f'{resource.urn}{suffix}"').replace(
            f"{resource.urn}.", f"{resource.urn}{suffix}."
        )
    return list(copy.deepcopy(Plan.from_json(text)).resources)


def test_what_an_alias_keeps_is_said_and_counts_as_a_difference() -> None:
    before, after = run(lambda: in_group("old")), run(lambda: in_group("new", [pulumi.Alias(name="old")]))
    diff = stack_diff("dev", before, after)
    assert not diff.is_empty
    shown = markdown(diff)
    assert "No resource changes." in shown
    assert "<details><summary>With another name or place, kept by an alias: 2</summary>" in shown
    assert "- `app:index:Group$aws:ec2/vpc:Vpc::old-vpc` → `app:index:Group$aws:ec2/vpc:Vpc::new-vpc`" in shown
    (vpc,) = (
        one for one in json.loads(to_json([diff], "a", "b"))["stacks"][0]["resources"] if one["name"] == "new-vpc"
    )
    assert (vpc["action"], vpc["former_urn"]) == ("same", before.resource(VPC).urn)


def test_of_several_stacks_a_table_comes_first(plan_of: Callable[[str], Plan]) -> None:
    plan = plan_of(STACK)
    other = spoilt(plan, VPC, lambda inputs: inputs.update(cidrBlock="10.9.0.0/16"))
    broken = StackDiff("broken", None, None, (), problems=("main: neuronserve:servces is unknown.",))
    gone = stack_diff("gone", plan, None)
    same = stack_diff("same", plan, plan)
    lines = to_markdown([stack_diff("a", plan, other), broken, gone, same], "main", "feature").splitlines()
    rows = [line for line in lines if line.startswith("| ")][:4]
    assert rows == [
        "| stack | replaced | deleted | updated in place | a month at rest | an hour of workers | requests |",
        "| `a` | **26** |  | 4 | $284 | $1.97 to $5.90 | **see there** |",
        "| `broken` |  |  |  |  |  | **no plan** |",
        f"| `gone` |  | {len(gone.resources)} |  | $284 → $0 | $1.97 to $5.90 → $0.00 | **stop** |",
    ]
    assert "Nothing changes in `same`." in lines
    assert "main: neuronserve:servces is unknown." in lines
