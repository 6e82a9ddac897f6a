"""One step of taking a stack away, and how far it is."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from neuronserve.cleanup.deadline import Deadline
from neuronserve.cleanup.kind import Kind
from neuronserve.cleanup.leftover import Kept, Leftover
from neuronserve.cleanup.scope import Scope
from neuronserve.preflight.aws import Aws


class Progress(Protocol):
    """Whoever wants to know how far it is."""

    def begins(self, step: str, total: int) -> None:
        """Hear that a step begins, with so many things to go."""

    def left(self, number: int) -> None:
        """Hear how many of them are left."""


@dataclass(frozen=True)
class Step:
    """Things that go together; found anew when it begins, so that a run goes on where an earlier one was stopped."""

    name: str
    find: Callable[[], list[Leftover]]
    remove: Callable[[Sequence[Leftover], Deadline, Callable[[int], None]], Kept]
    """Deletes them and waits; returns those that are still there, and why."""


def step_of(kind: Kind, aws: Aws, scope: Scope, *, without: Callable[[], set[str]] = set) -> Step:
    """Return the step of a kind of thing in AWS.

    Args:
        kind: the kind.
        aws: the account.
        scope: what is the stack's.
        without: returns the ids of those that stay.
    """

    def find() -> list[Leftover]:
        stay = without()
        return [one for one in kind.find(aws, scope) if one.id not in stay]

    def remove(leftovers: Sequence[Leftover], deadline: Deadline, left: Callable[[int], None]) -> Kept:
        kept = kind.remove(aws, leftovers, deadline)
        left(len(kept))
        return kept

    return Step(kind.name, find, remove)


def taken(step: Step, found: Sequence[Leftover], within_s: float, progress: Progress) -> Kept:
    """Take a step; return what is still there after it."""
    held = {one.key: one.is_held for one in found if one.is_held}
    going = [one for one in found if not one.is_held]
    progress.begins(step.name, len(found))
    kept = step.remove(going, Deadline(within_s), lambda left: progress.left(left + len(held))) if going else {}
    progress.left(len(kept) + len(held))
    return held | kept
