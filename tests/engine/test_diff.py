"""The difference of two offline plans, against the real engine's preview of the same change."""

import re
from collections.abc import Callable

import pytest
import yaml

from neuronserve.plan.plan import Plan
from neuronserve.plan.program import synthesise
from neuronserve.review.diff.resources import Action, ResourceDiff, resource_diffs
from tests.engine.agreement import INSIDE_REMOTE
from tests.engine.changes import CHANGES, CHANGES_STACK, Change, Config
from tests.engine.life import CHARTS, Life
from tests.engine.pulumi_cli import Preview
from tests.project import project_with
from tests.review.diff.cases import CASES

COMPARED = [change for change in CHANGES if change.effect.replaced or change.name in CASES]

OPS = {
    "create": Action.CREATED,
    "delete": Action.DELETED,
    "replace": Action.REPLACED,
    "update": Action.UPDATED,
}
REMOTE = re.compile(r"(.*eks:index:Cluster)\$.*")
"""URNs of what is in the component for EKS, of which a plan knows the component alone; its names are no part of it."""

NEXT_VERSION = "aws:eks/nodeGroup:NodeGroup"
"""Takes the next version of its launch template, of which the stand-in for AWS knows only the first."""

PlanOf = Callable[[Config], Plan]


@pytest.fixture(scope="module")
def plan_with(life_of_changes: Life, tmp_path_factory: pytest.TempPathFactory) -> PlanOf:
    """Return the plan of the stack that the engine has, with another configuration."""
    project = life_of_changes.project
    folder = project_with(tmp_path_factory.mktemp("diff"), {})
    (folder / CHARTS).symlink_to(project.project / CHARTS)
    stack_file = folder / "stacks" / project.stack_file.name

    def plan(config: Config) -> Plan:
        stack_file.write_text(yaml.safe_dump(yaml.safe_load(project.stack_file.read_text()) | {"config": config}))
        return synthesise(folder, project.stack)

    return plan


@pytest.fixture(scope="module")
def life_of_changes(lives: Callable[[str], Life]) -> Life:
    return lives(CHANGES_STACK)


@pytest.fixture(scope="module")
def base(plan_with: PlanOf, life_of_changes: Life) -> Plan:
    return plan_with(life_of_changes.project.config)


@pytest.mark.parametrize("change", COMPARED, ids=lambda change: f"{CHANGES_STACK}-{change.name}")
def test_the_difference_says_what_the_engine_does(
    change: Change, life_of_changes: Life, base: Plan, plan_with: PlanOf
) -> None:
    preview = life_of_changes.changes[change.name]
    found = resource_diffs(base, plan_with(change.made(life_of_changes.project.config)))
    assert _said(found) == _done(preview)
    assert _first(found) == _done_first(preview)


def _said(found: list[ResourceDiff]) -> dict[str, Action]:
    """Return what becomes of the resources that change; of the component for EKS, if the cluster in it is replaced."""
    return {
        diff.resource.urn: diff.action
        for diff in found
        if diff.action is not Action.SAME
        and (diff.resource.custom or (REMOTE.match(f"{diff.resource.urn.rpartition('::')[0]}$") and _replaced(diff)))
        and not (diff.resource.type == NEXT_VERSION and _by_version_alone(diff))
    }


def _replaced(diff: ResourceDiff) -> bool:
    return diff.action is Action.REPLACED


def _by_version_alone(diff: ResourceDiff) -> bool:
    return [change.path for change in diff.changes] == ["launchTemplate.version"]


def _done(preview: Preview) -> dict[str, Action]:
    done: dict[str, Action] = {}
    for step in preview.steps:
        state = step.get("newState") or step["oldState"]
        if step["op"] not in OPS or not state.get("custom"):
            continue
        urn, action = step["urn"], OPS[step["op"]]
        if not INSIDE_REMOTE.search(urn):
            done[urn] = action
        elif state["type"] == "aws:eks/cluster:Cluster" and action is Action.REPLACED:
            done[_component(urn)] = action
    return done


def _component(urn: str) -> str:
    outer, name = urn.rpartition("::")[::2]
    match = REMOTE.match(outer)
    assert match
    return f"{match[1]}::{name.removesuffix('-eksCluster')}"


def _first(found: list[ResourceDiff]) -> set[str]:
    return {
        diff.resource.urn
        for diff in found
        if diff.action is Action.REPLACED and diff.deleted_first and diff.resource.custom
    }


def _done_first(preview: Preview) -> set[str]:
    steps = {(op, urn): index for index, (op, urn) in enumerate(preview.run.steps)}
    return {
        urn
        for (op, urn), index in steps.items()
        if op == "delete-replaced"
        and not INSIDE_REMOTE.search(urn)
        and index < steps.get(("create-replacement", urn), -1)
    }
