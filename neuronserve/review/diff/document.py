"""A difference as JSON: what programs read."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from neuronserve.review.diff.properties import ABSENT, Change
from neuronserve.review.diff.resources import Action, ResourceDiff
from neuronserve.review.diff.stack_diff import Cost, StackDiff


def to_json(diffs: Sequence[StackDiff], base: str, head: str) -> str:
    """Return the difference of all stacks as JSON: the same plans give the same bytes.

    Args:
        diffs: of each stack.
        base: what people call the side before.
        head: what people call the side after.
    """
    document = {"base": base, "head": head, "stacks": [_stack(diff) for diff in diffs]}
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _stack(diff: StackDiff) -> dict[str, Any]:
    before, after = diff.costs
    return {
        "stack": diff.stack,
        "state": state(diff),
        "counts": {str(action): diff.counts.get(action, 0) for action in Action if action is not Action.SAME},
        "alarms": [asdict(alarm) for alarm in diff.alarms],
        "interruptions": [asdict(one) for one in diff.interruptions],
        "costs": {"before": _cost(before), "after": _cost(after)},
        "secrets": None if diff.secrets is None else [asdict(one) for one in diff.secrets],
        "default_tags_change": diff.default_tags_change,
        "problems": list(diff.problems),
        "warnings": list(diff.warnings),
        "resources": [_resource(one) for one in diff.resources],
    }


def state(diff: StackDiff) -> str:
    """Return what becomes of a stack in a word."""
    if diff.problems:
        return "unknown"
    if diff.base is None:
        return "added"
    if diff.head is None:
        return "removed"
    return "unchanged" if diff.is_empty else "changed"


def _cost(cost: Cost) -> dict[str, Any]:
    return {
        "at_rest_usd_per_month": round(cost.at_rest, 2),
        "workers_usd_per_hour": {"least": round(cost.workers.least, 4), "most": round(cost.workers.most, 4)},
        "unknown": list(cost.unknown),
    }


def _resource(diff: ResourceDiff) -> dict[str, Any]:
    resource = diff.resource
    found: dict[str, Any] = {
        "urn": resource.urn,
        "type": resource.type,
        "name": resource.name,
        "action": str(diff.action),
    }
    if diff.action in (Action.CREATED, Action.DELETED):
        found["inputs"] = resource.inputs
    if diff.former_urn:
        found["former_urn"] = diff.former_urn
    if diff.changes:
        found["changes"] = [_change(change) for change in diff.changes]
    if diff.forced_by:
        found["forced_by"] = [{key: value for key, value in asdict(one).items() if value} for one in diff.forced_by]
        found["deleted_first"] = diff.deleted_first
    if diff.stays:
        found["stays"] = True
    if diff.unknown_type:
        found["unknown_type"] = True
    return found


def _change(change: Change) -> dict[str, Any]:
    sides = {"old": change.old, "new": change.new, "because": change.because}
    return {"path": change.path} | {
        key: value for key, value in sides.items() if value is not ABSENT and (key != "because" or value)
    }
