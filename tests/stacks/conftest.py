"""The plans of all stacks, made once."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from neuronserve.plan.plan import Plan
from neuronserve.plan.program import synthesise
from neuronserve.plan.project import load_project
from tests.project import project_with, values_of
from tests.stacks.golden_plans import BASE, golden_texts
from tests.stacks.moto_account import account

ROOT = Path(__file__).resolve().parents[2]
EXPOSE = {
    "scheme": "internet-facing",
    "hostname": "llm.example.com",
    "certificateArn": "arn:aws:acm:us-west-2:111122223333:certificate/a1b2c3d4-5678-90ab-cdef-111122223333",
    "allowedCidrs": ["203.0.113.0/24"],
    "wafAclArn": "arn:aws:wafv2:us-west-2:111122223333:regional/webacl/llm/a1b2c3d4-5678-90ab-cdef-111122223333",
}


@pytest.fixture(scope="session")
def plans(plan_of: Callable[[str], Plan]) -> dict[str, Plan]:
    return {stack: plan_of(stack) for stack in load_project(ROOT).stacks}


@pytest.fixture(scope="session")
def golden_now(plans: dict[str, Plan]) -> dict[str, str]:
    return golden_texts(plans)


@pytest.fixture(scope="session")
def exposed(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    """The plan of a stack of ours whose service is exposed."""
    values = values_of(BASE)
    (service,) = values["services"].values()
    service["expose"] = EXPOSE
    project = project_with(tmp_path_factory.mktemp("exposed"), values)
    (project / "stacks" / "Pulumi.test.yaml").rename(project / "stacks" / f"Pulumi.{BASE}.yaml")
    return synthesise(project, BASE)


@pytest.fixture
def aws() -> Iterator[None]:
    with account():
        yield
