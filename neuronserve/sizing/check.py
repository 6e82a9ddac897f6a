"""Everything that keeps a placement from running, and remedies after which it does."""

from collections.abc import Callable, Collection
from dataclasses import replace
from functools import lru_cache, partial

from neuronserve.sizing import fit, worker_fit
from neuronserve.sizing.placement import Placement
from neuronserve.sizing.remedies import Change, Check, Names, Problem, difference, remedy

CHECKS = (
    Check("chips", worker_fit.chips_not_given, worker_fit.with_given_chips, worker_fit.chips_message),
    Check("length", fit.is_too_long, fit.shortened, fit.length_message),
    Check("fit", fit.does_not_fit, fit.fitting, fit.fit_message),
    Check(
        "replica_order",
        worker_fit.most_below_fewest,
        worker_fit.with_more_replicas,
        worker_fit.replica_order_message,
    ),
    Check("idle_cores", worker_fit.leaves_cores_idle, worker_fit.with_full_workers, worker_fit.idle_cores_message),
    *(
        Check(
            f"worker_{field}",
            partial(worker_fit.takes_too_much, field),
            partial(worker_fit.with_what_there_is, field),
            partial(worker_fit.too_much_message, field),
        )
        for field in ("cpu", "memory_gib")
    ),
    Check(
        "cpu_for_replicas",
        worker_fit.lacks_cpu_for_replicas,
        worker_fit.with_cpu_for_replicas,
        worker_fit.cpu_for_replicas_message,
    ),
    Check(
        "memory_to_compile",
        worker_fit.lacks_memory_to_compile,
        worker_fit.with_memory_to_compile,
        worker_fit.memory_to_compile_message,
    ),
)
"""In the order in which they are mended."""

CONSEQUENCES = CHECKS[3:]
"""Those that a remedy of another one can break."""


def check_fit(placement: Placement, setting: Callable[[str], str]) -> list[Problem]:
    """Return everything that keeps a placement from running.

    Each problem is judged as if those before it had been mended by the first of their remedies. With one remedy of
    each, in their order and the first but for one, there is no problem left, unless one of them has no remedy.

    Args:
        placement: a model on an instance type.
        setting: returns the name of a setting as the user wrote it, such as ``neuronserve:model.maxNumSeqs``, by its
            path, such as ``model.max_num_seqs``.
    """
    names = Names(setting)
    return [
        Problem(check.kind, check.message(broken, list(changes), names), tuple(map(remedy, changes)))
        for check, broken, changes in _found(placement)
    ]


@lru_cache(maxsize=1024)
def _found(placement: Placement) -> list[tuple[Check, Placement, list[Change]]]:
    """Return each check that is broken, what breaks it, and all changes that mend it."""
    steps: list[tuple[Check, Placement, Placement]] = []
    for check in CHECKS:
        if check.is_broken(placement):
            steps.append((check, placement, _best(_mended(check, placement), placement)))
            placement = steps[-1][-1]
    hopeless = _broken(placement)
    assumed = [difference(before, after) for _, before, after in steps]
    return [
        (check, before, _changes(check, before, assumed[place:], hopeless - {check.kind}))
        for place, (check, before, _) in enumerate(steps)
    ]


def _mended(check: Check, placement: Placement) -> list[Placement]:
    """Return all placements without what breaks a check, and with no other broken by that."""
    before = _broken(placement)
    return [_without_consequences(placement, one, except_for=before) for one in check.mended(placement)]


def _best(mended: list[Placement], placement: Placement) -> Placement:
    """Return the first of those with the fewest broken checks; of none, what it was.

    What was broken before, and is mended later by itself, does not count: it would speak for what it has no part in.
    """
    later = _broken(placement) & {check.kind for check in CONSEQUENCES}
    return min(mended, key=lambda one: len(_broken(one) - later), default=placement)


def _changes(check: Check, placement: Placement, assumed: list[Change], hopeless: set[str]) -> list[Change]:
    """Return the changes that mend a check: first the one that was assumed, and all that go with the later ones."""
    own, *later = assumed
    changes = []
    for mended in _mended(check, placement):
        all_mended = replace(mended, **{field: value for change in later for field, value in change.items()})
        if _broken(all_mended) <= hopeless:
            changes.append(difference(placement, mended))
    return sorted(changes, key=lambda change: change != own)


def _broken(placement: Placement) -> set[str]:
    return {check.kind for check in CHECKS if check.is_broken(placement)}


def _without_consequences(before: Placement, placement: Placement, except_for: Collection[str] = ()) -> Placement:
    """Return a changed placement with what the change breaks besides mended, on no more nodes."""
    placement = worker_fit.with_no_more_nodes(before, placement)
    for check in CONSEQUENCES:
        if check.kind not in except_for and check.is_broken(placement):
            placement = next(check.mended(placement))
    return placement
