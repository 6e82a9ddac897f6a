"""The plans of all stacks, made once."""

from collections.abc import Callable
from pathlib import Path

import pytest

from neuronserve.plan.plan import Plan
from neuronserve.plan.project import load_project
from tests.stacks.golden_plans import golden_texts

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def plans(plan_of: Callable[[str], Plan]) -> dict[str, Plan]:
    return {stack: plan_of(stack) for stack in load_project(ROOT).stacks}


@pytest.fixture(scope="session")
def golden_now(plans: dict[str, Plan]) -> dict[str, str]:
    return golden_texts(plans)
