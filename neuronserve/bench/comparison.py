"""Two runs beside each other, by the number of users."""

from collections.abc import Iterable, Iterator, Sequence

from neuronserve.bench.response import AFTER_FIRST, END_TO_END, INTER_TOKEN, TTFT
from neuronserve.bench.results import ResultsError
from neuronserve.bench.rows import NOTHING, markdown
from neuronserve.bench.summary import Summary

FIGURES: tuple[tuple[str, str, str | None, float, int], ...] = (
    ("output tokens/s", "mean_output_throughput_token_per_s", None, 1, 1),
    ("TTFT p50, s", TTFT, "p50", 1, 3),
    ("TTFT p99, s", TTFT, "p99", 1, 3),
    ("ITL, ms", INTER_TOKEN, "mean", 1000, 1),
    ("ITL after first, ms", AFTER_FIRST, "mean", 1000, 1),
    ("end to end p50, s", END_TO_END, "p50", 1, 2),
    ("errors", "number_errors", None, 1, 0),
)
"""What is compared: heading, result, which figure of it, factor, decimals."""

Pair = tuple[Summary, Summary]
"""The step of the old run and that of the new one, with as many users."""

SAME = {
    "model": "model",
    "mean_input_tokens": "tokens in",
    "mean_output_tokens": "tokens out",
    "stream": "streaming",
}
"""What two runs have to have in common for their figures to say something; LLMPerf always streams."""


def comparison(old: Sequence[Summary], new: Sequence[Summary]) -> str:
    """Return a table in Markdown of the numbers of users that both have.

    What else is different stands above it, and below it which steps were broken off.

    Raises:
        ResultsError: there is no such number.
    """
    before = {summary.users: summary for summary in old}
    pairs = [(before[summary.users], summary) for summary in new if summary.users in before]
    if not pairs:
        raise ResultsError(
            f"The runs have no number of users in common: the old one has {_users(old)}, the new one {_users(new)}. "
            "Measure again with the same --users."
        )
    notes = "".join(f"{note}\n" for note in _differences(pairs))
    rows = [[str(second.users), *(_cell(first, second, *figure[1:]) for figure in FIGURES)] for first, second in pairs]
    table = markdown(["users", *(figure[0] for figure in FIGURES)], rows)
    broken_off = "".join(f"{note}\n" for note in _broken_off(pairs))
    return (f"{notes}\n" if notes else "") + table + (f"\n{broken_off}" if broken_off else "")


def _cell(old: Summary, new: Summary, name: str, of: str | None, factor: float, digits: int) -> str:  # noqa: PLR0913, PLR0917
    before, after = old.figure(name, of), new.figure(name, of)
    texts = [NOTHING if value is None else f"{value * factor:.{digits}f}" for value in (before, after)]
    change = f" ({(after / before - 1) * 100:+.1f} %)" if before and after is not None else ""
    return f"{texts[0]} → {texts[1]}{change}"


def _differences(pairs: Sequence[Pair]) -> Iterator[str]:
    """Say what is not the same; for which numbers of users, where it is so for some: a folder may hold several runs."""
    for key, name in SAME.items():
        found: dict[str, list[Summary]] = {}
        for old, new in pairs:
            before, after = old.values.get(key, True), new.values.get(key, True)
            if before != after:
                found.setdefault(f"ot the same {name}: {before} and {after}.", []).append(new)
        for note, steps in found.items():
            yield f"N{note}" if len(steps) == len(pairs) else f"With {_users(steps)} users, n{note}"


def _broken_off(pairs: Iterable[Pair]) -> Iterator[str]:
    for pair in pairs:
        for which, summary in zip(("old", "new"), pair, strict=True):
            if not summary.values.get("is_whole", True):
                yield f"With {summary.users} users, the {which} run was broken off before its last request."


def _users(summaries: Sequence[Summary]) -> str:
    return ", ".join(str(summary.users) for summary in summaries)
