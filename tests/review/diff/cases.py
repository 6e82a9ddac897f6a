"""Changes of a stack, as plans before and after: those that the real engine previews, and what only a file says."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from neuronserve.plan.plan import Plan
from neuronserve.plan.program import synthesise
from neuronserve.plan.project import encrypted_settings, load_project
from neuronserve.review.diff.stack_diff import StackDiff, stack_diff
from tests.engine.changes import CHANGES, CHANGES_STACK, SERVICE
from tests.project import ROOT, project_with

CASES = (
    "instance-type",
    "kubernetes-version",
    "replicas",
    "secret",
    "service-added",
    "service-renamed",
    "tag",
    "vpc-cidr",
)
MAKERS: dict[str, Callable[[dict[str, Any]], None]] = {change.name: change.make for change in CHANGES}


def diff_of_case(name: str, base: Plan, folder: Path) -> StackDiff:
    """Return what a change makes of the stack.

    Args:
        name: the change's.
        base: the plan of the stack as it is in this repository.
        folder: an empty one.
    """
    config: dict[str, Any] = yaml.safe_load((ROOT / "stacks" / f"Pulumi.{CHANGES_STACK}.yaml").read_text())["config"]
    before = {}
    if name == "secret":
        config["neuronserve:services"][SERVICE]["huggingFaceToken"] = {"secure": "v1:token"}
        base, before = planned(config, folder / "base")
    changed = copy.deepcopy(config)
    MAKERS[name](changed)
    head, after = planned(changed, folder / "head")
    return stack_diff(CHANGES_STACK, base, head, (before, after))


def planned(config: dict[str, Any], folder: Path) -> tuple[Plan, dict[str, str]]:
    """Return the plan of the stack with another configuration, and the encrypted values of its file."""
    folder.mkdir()
    project = project_with(folder, {}) / "stacks" / f"Pulumi.{CHANGES_STACK}.yaml"
    project.write_text(yaml.safe_dump({"config": config}))
    return synthesise(folder, CHANGES_STACK), encrypted_settings(load_project(folder), CHANGES_STACK)
