"""What mends a placement, as data and as a text that says the same."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

from neuronserve.facts.instance_types import InstanceType
from neuronserve.sizing.placement import Placement

SETTINGS: Mapping[str, str] = {
    "node": "instance_type",
    "tensor_parallel_size": "model.tensor_parallel_size",
    "max_model_len": "model.max_model_len",
    "max_num_seqs": "model.max_num_seqs",
    "chips": "worker.neuron_chips",
    "min_replicas": "replicas.min",
    "max_replicas": "replicas.max",
    "worker_cpu": "worker.cpu",
    "worker_memory_gib": "worker.memory_gib",
}
"""Settings of a service, by the field of a :class:`~neuronserve.sizing.placement.Placement` that has their value."""

Change = Mapping[str, Any]
"""New values of a placement's fields."""

Remedy = Mapping[str, int | float | str | None]
"""Settings of a service, by path, and what to set them to together; None for leaving one out."""


@dataclass(frozen=True)
class Problem:
    """What keeps a placement from running."""

    kind: str
    """What it is about: ``length``, ``chips``, ``fit``, …"""
    message: str
    """What is set, what would be right, what to change."""
    remedies: tuple[Remedy, ...] = ()
    """What the message says to change, each instead of the others; none where nothing would do."""


@dataclass(frozen=True)
class Names:
    """Names of settings: in full where a message begins, the last part of it from then on."""

    full: Callable[[str], str]
    """Returns a setting as the user wrote it, such as ``neuronserve:model.maxNumSeqs``, by its path."""

    def __call__(self, field: str) -> str:
        """Return the name of a placement's field in full."""
        return self.full(SETTINGS[field])

    def short(self, field: str) -> str:
        """Return as much of it as is needed in a message about the same service."""
        path = SETTINGS[field].removeprefix("model.")
        return ".".join(re.split(r"[.:]", self(field))[-path.count(".") - 1 :])


class Check(NamedTuple):
    """Something that a placement has to keep."""

    kind: str
    is_broken: Callable[[Placement], bool]
    mended: Callable[[Placement], Iterator[Placement]]
    """Yields a placement that breaks it with what would mend that, the best first; what else it breaks is not asked."""
    message: Callable[[Placement, list[Change], Names], str]
    """Says why it is broken, and to make one of some changes."""


def difference(before: Placement, after: Placement) -> Change:
    """Return what changed between two placements of a model."""
    return {field: getattr(after, field) for field in SETTINGS if getattr(after, field) != getattr(before, field)}


def remedy(change: Change) -> Remedy:
    """Return the settings that make a change."""
    return {
        SETTINGS[field]: value.name if isinstance(value, InstanceType) else value for field, value in change.items()
    }


def either(values: Iterable[object], word: str = "or") -> str:
    """Return values as in "1, 2 or 4"."""
    *others, last = map(str, values)
    return f"{', '.join(others)} {word} {last}" if others else last


def advice(changes: list[Change], names: Names, it: str, or_so: str = "") -> str:
    """Return a sentence that tells to make one of several changes.

    Args:
        changes: at least one.
        names: how the user writes settings.
        it: the field that the message is about, which is called "it".
        or_so: what may follow its values, such as " or more".
    """
    alone = [_shown(change[it]) for change in changes if list(change) == [it] and change[it] is not None]
    settings = [f"it to {either(alone)}{or_so}"] if alone else []
    others = []
    for change in changes:
        values = {field: value for field, value in change.items() if value is not None and field != "node"}
        left_out = ["it" if list(change) == [it] else names.short(field) for field in change if change[field] is None]
        without = [f"without {either(left_out, 'and')}"] if left_out else []
        if "node" in change:
            with_ = [f"{names.short(field)} {_shown(value)}" for field, value in values.items()]
            parts = [f"with {either(with_, 'and')}"] if with_ else []
            others.append(" ".join([f"choose {change['node'].name}", *_joined([*parts, *without])]))
        elif not values:
            others.append(f"leave {either(left_out, 'and')} out")
        elif list(change) != [it]:
            called = {field: names.short(field) for field in values} | {it: "" if settings else "it"}
            to = [f"{called[field]} to {_shown(value)}".strip() for field, value in values.items()]
            settings.append(" ".join([either(to, "and"), *without]))
    text = ", or ".join([*([f"set {', or '.join(settings)}"] if settings else []), *others])
    return f"{text[0].upper()}{text[1:]}."


def _joined(parts: list[str]) -> list[str]:
    return [" and ".join(parts)] if parts else []


def _shown(value: float) -> str:
    return f"{value:.15g}"
