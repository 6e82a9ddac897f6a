"""What the engine says that a change comes to, in the words of docs/changes.md."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from neuronserve.review.diff.ray_service_changes import concerns_pods
from tests.engine.pulumi_cli import Preview


@dataclass(frozen=True)
class Effect:
    """How many resources of each kind come to what."""

    updated: Mapping[str, int] = field(default_factory=dict)
    replaced: Mapping[str, int] = field(default_factory=dict)
    created: Mapping[str, int] = field(default_factory=dict)
    deleted: Mapping[str, int] = field(default_factory=dict)
    starts_pods: bool = False
    """Whether the pods of a RayService that stays are started anew: in a second Ray cluster beside the first."""


def effect_of(preview: Preview) -> Effect:
    """Return what the engine says, components left out: they are names in the tree."""
    counted: dict[str, Counter[str]] = {op: Counter() for op in ("update", "replace", "create", "delete")}
    starts_pods = False
    for step in preview.steps:
        state = step.get("newState") or step["oldState"]
        if step["op"] not in counted or not state.get("custom"):
            continue
        counted[step["op"]][kind(state["type"])] += 1
        starts_pods |= step["op"] == "update" and any(map(concerns_pods, step.get("detailedDiff") or {}))
    return Effect(
        updated=dict(counted["update"]),
        replaced=dict(counted["replace"]),
        created=dict(counted["create"]),
        deleted=dict(counted["delete"]),
        starts_pods=starts_pods,
    )


def deleted_first(preview: Preview) -> set[str]:
    """Return the kinds of what goes before its replacement is there."""
    steps = {(op, urn): index for index, (op, urn) in enumerate(preview.run.steps)}
    return {
        kind(urn.split("::")[2].rpartition("$")[2])
        for (op, urn), index in steps.items()
        if op == "delete-replaced" and index < steps.get(("create-replacement", urn), -1)
    }


def kind(token: str) -> str:
    """Return what a type is called in the table."""
    _, _, rest = token.partition(":")
    name = rest.rpartition(":")[2]
    return f"provider {name}" if rest.startswith("providers:") else name
