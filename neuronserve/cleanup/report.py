"""How what goes, and what is left, is told: to people, and to programs."""

import json
from collections.abc import Iterator, Sequence

from neuronserve.cleanup.leftover import Kept, Leftover
from neuronserve.cleanup.step import Step
from neuronserve.cleanup.sweep import Sweep
from neuronserve.facts.instance_types import PRICE_DATE, PRICE_REGION


def drain_told(found: Sequence[tuple[Step, list[Leftover]]]) -> str:
    """Return what a drain would take away, step by step."""
    return "\n".join(_steps(found))


def _steps(found: Sequence[tuple[Step, list[Leftover]]]) -> Iterator[str]:
    for step, things in found:
        if things:
            yield f"{step.name}:"
            yield from (f"  {one}" for one in things)


def kept_told(found: Sequence[Leftover], kept: Kept) -> str:
    """Return what is still there, and why: first what was found, then what came to it."""
    about = {one.key: str(one) for one in found}
    return "\n".join(f"  {about.get(key, key)}: {why}" for key, why in kept.items())


def sweep_told(sweep: Sweep) -> str:
    """Return what is left, what each costs a month, and below it the sum."""
    return "\n".join(_lines(sweep))


def _lines(sweep: Sweep) -> Iterator[str]:
    yield f"Cluster {sweep.cluster} of stack {sweep.stack} in account {sweep.account}, {sweep.region}:"
    for one in sweep.left:
        yield f"  {_dollars(one.monthly):>10}  {one}"
        if one.is_held:
            yield f"  {'':>10}  stays: {one.is_held}"
    yield from (f"  could not be looked for: {what}" for what in sweep.unknown)
    if not sweep.left:
        yield "  nothing is left" + (" of what could be looked for" if sweep.unknown else "")
        return
    unknown = sum(one.monthly is None for one in sweep.left)
    besides = f", and {unknown} whose price is not known here" if unknown else ""
    total = f"{len(sweep.left)} left, about ${sweep.monthly:.2f} a month{besides}"
    yield f"{total} (list prices, {PRICE_REGION}, {PRICE_DATE})"


def _dollars(monthly: float | None) -> str:
    return "?" if monthly is None else f"${monthly:.2f}"


def sweep_json(sweep: Sweep) -> str:
    """Return what is left as JSON."""
    document = {
        "stack": sweep.stack,
        "cluster": sweep.cluster,
        "account": sweep.account,
        "region": sweep.region,
        "clusterIsThere": sweep.cluster_is_there,
        "monthly": round(sweep.monthly, 2),
        "left": [
            {
                "kind": one.kind,
                "id": one.id,
                "about": one.about,
                "monthly": None if one.monthly is None else round(one.monthly, 2),
                "holdsData": one.holds_data,
                "stays": one.is_held,
            }
            for one in sweep.left
        ],
        "unknown": [*sweep.unknown],
    }
    return json.dumps(document, indent=2, ensure_ascii=False)
