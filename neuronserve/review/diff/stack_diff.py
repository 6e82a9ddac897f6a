"""All that is different between two plans of a stack."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from neuronserve.plan.plan import Plan
from neuronserve.review.cost import CostAtRest, Span, cost_at_rest, hourly_cost
from neuronserve.review.diff.alarms import Alarm, alarms
from neuronserve.review.diff.interruptions import Interruption, interruptions
from neuronserve.review.diff.resources import Action, ResourceDiff, resource_diffs

AWS_PROVIDER = "pulumi:providers:aws"
NOTHING = Span(0, 0)


@dataclass(frozen=True)
class Cost:
    """What a plan costs, in US dollars: a month at rest, an hour of all accelerated workers; unknown parts by name."""

    at_rest: float
    workers: Span
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True)
class SecretSetting:
    """A secret of a stack file whose encrypted value is another, or that is there on one side alone."""

    key: str
    action: Action


@dataclass(frozen=True)
class StackDiff:
    """What becomes of a stack; a side that is None has no such stack."""

    stack: str
    base: Plan | None
    head: Plan | None
    resources: tuple[ResourceDiff, ...]
    """All that are made, changed or deleted, but for components: they are names in the tree."""
    interruptions: tuple[Interruption, ...] = ()
    """What happens to requests."""
    secrets: tuple[SecretSetting, ...] | None = None
    """Of the stack files; None where nothing is known of them."""
    problems: tuple[str, ...] = ()
    """What keeps a side from being a plan: nothing else is known then."""
    warnings: tuple[str, ...] = ()
    """What the plan after the change cannot do, or does not know."""

    @property
    def is_empty(self) -> bool:
        """Whether nothing is different."""
        same_stack = (self.base is None) == (self.head is None)
        return same_stack and not (self.resources or self.secrets or self.problems)

    @property
    def counts(self) -> dict[Action, int]:
        """How many resources come to what; none that come to nothing."""
        counted = Counter(diff.action for diff in self.resources)
        return {action: counted[action] for action in Action if counted[action] and action is not Action.SAME}

    def of(self, action: Action) -> list[ResourceDiff]:
        """Return the resources that come to something."""
        return [diff for diff in self.resources if diff.action is action]

    @property
    def renamed(self) -> list[ResourceDiff]:
        """Resources that had another URN before, which an alias keeps."""
        return [diff for diff in self.resources if diff.former_urn]

    @property
    def alarms(self) -> list[Alarm]:
        """What has to be seen first."""
        return alarms(self.resources)

    @property
    def default_tags_change(self) -> bool:
        """Whether the AWS provider gives other tags to all that takes tags, which no other input says."""
        return any(
            diff.resource.type == AWS_PROVIDER and any(one.path.startswith("defaultTags") for one in diff.changes)
            for diff in self.resources
        )

    @property
    def costs(self) -> tuple[Cost, Cost]:
        """What the stack costs before and after."""
        return _cost(self.base), _cost(self.head)


def stack_diff(
    stack: str,
    base: Plan | None,
    head: Plan | None,
    secrets: tuple[Mapping[str, str], Mapping[str, str]] | None = None,
    warnings: Sequence[str] = (),
) -> StackDiff:
    """Compare two plans of a stack.

    Args:
        stack: its name.
        base: the plan before; None for a stack that is new.
        head: the plan after; None for a stack that goes.
        secrets: the encrypted values of both stack files, by setting.
        warnings: what is to be said besides.
    """
    empty = Plan((base or head).project if base or head else "", stack, [], {})  # type: ignore[union-attr]
    found = resource_diffs(base or empty, head or empty)
    diffs = [
        diff
        for diff in found
        if (diff.action is not Action.SAME and (diff.resource.custom or diff.resource.remote)) or diff.former_urn
    ]
    return StackDiff(
        stack,
        base,
        head,
        tuple(diffs),
        tuple(interruptions(found)),
        None if secrets is None else tuple(_secrets(*secrets)),
        warnings=tuple(warnings),
    )


def _secrets(before: Mapping[str, str], after: Mapping[str, str]) -> list[SecretSetting]:
    found = []
    for key in sorted(before.keys() | after.keys()):
        if key not in before:
            found.append(SecretSetting(key, Action.CREATED))
        elif key not in after:
            found.append(SecretSetting(key, Action.DELETED))
        elif before[key] != after[key]:
            found.append(SecretSetting(key, Action.UPDATED))
    return found


def _cost(plan: Plan | None) -> Cost:
    if plan is None:
        return Cost(0, NOTHING)
    at_rest, workers = cost_at_rest(plan) or CostAtRest({}), hourly_cost(plan)
    return Cost(sum(at_rest.parts.values()), workers.total if workers else NOTHING, at_rest.unknown)
