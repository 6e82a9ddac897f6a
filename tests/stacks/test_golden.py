"""The plan of each stack, as it was when somebody last looked at it."""

import difflib
import json
from pathlib import Path

import pytest
import yaml

from neuronserve.plan.plan import Plan, Resource
from neuronserve.plan.project import load_project
from tests.stacks.golden_plans import BASE, bases, file_name, golden_texts

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).parent / "golden"
STACKS = load_project(ROOT).stacks
LONGEST_DIFF = 120


@pytest.fixture(scope="module")
def now(golden_now: dict[str, str], request: pytest.FixtureRequest) -> dict[str, str]:
    """Return what the golden files should hold, by their names; with --renew-golden write it first."""
    if request.config.getoption("--renew-golden"):
        for name, text in golden_now.items():
            (GOLDEN / name).write_text(text)
        for file in GOLDEN.iterdir():
            if file.name not in golden_now:
                file.unlink()
    return golden_now


@pytest.mark.parametrize("stack", STACKS)
def test_the_plan_is_the_golden_one(stack: str, plans: dict[str, Plan], now: dict[str, str]) -> None:
    name = file_name(stack, bases(plans)[stack])
    golden = (GOLDEN / name).read_text() if (GOLDEN / name).exists() else ""
    lines = (golden.splitlines(), now[name].splitlines())
    if diff := list(difflib.unified_diff(*lines, f"golden/{name}", f"now/{name}", lineterm="", n=4)):
        more = f"\n… and {len(diff) - LONGEST_DIFF} more lines" if len(diff) > LONGEST_DIFF else ""
        shown = "\n".join(diff[:LONGEST_DIFF])
        pytest.fail(
            f"The plan of stack {stack} has changed. If you meant it: make golden\n{shown}{more}", pytrace=False
        )


def test_every_golden_file_is_a_stacks(now: dict[str, str]) -> None:
    assert sorted(file.name for file in GOLDEN.iterdir()) == sorted(now)


def test_one_stack_on_aws_is_written_in_full_whichever_there_are(plans: dict[str, Plan]) -> None:
    on_aws = dict.fromkeys((BASE, "a", "z"), plans[BASE])
    assert sorted(golden_texts(on_aws | {"local": plans["local"]})) == [
        "a.diff.yaml",
        f"{BASE}.yaml",
        "local.yaml",
        "z.diff.yaml",
    ]
    assert sorted(golden_texts({"a": plans[BASE], "z": plans[BASE]})) == ["a.yaml", "z.diff.yaml"]
    assert sorted(golden_texts({"local": plans["local"], "kind": plans["local"]})) == ["kind.yaml", "local.yaml"]


def test_a_stack_of_another_name_is_no_different(plans: dict[str, Plan]) -> None:
    document = json.loads(plans[BASE].to_json().replace(BASE, "production"))
    resources = [Resource(**resource) for resource in document.pop("resources")]
    texts = golden_texts({BASE: plans[BASE], "production": Plan(**document, resources=resources)})
    assert yaml.safe_load(texts["production.diff.yaml"]) is None
