"""Two runs beside each other, by the number of users."""

from collections.abc import Iterator, Sequence

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

SAME = {
    "model": "model",
    "mean_input_tokens": "tokens in",
    "mean_output_tokens": "tokens out",
    "stream": "streaming",
}
"""What two runs have to have in common for their figures to say something; LLMPerf always streams."""


def comparison(old: Sequence[Summary], new: Sequence[Summary]) -> str:
    """Return a table in Markdown of the numbers of users that both have, with what else is different above it.

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
    notes = "".join(f"{note}\n" for note in _differences(*pairs[0]))
    rows = [[str(second.users), *(_cell(first, second, *figure[1:]) for figure in FIGURES)] for first, second in pairs]
    table = markdown(["users", *(figure[0] for figure in FIGURES)], rows)
    return f"{notes}\n{table}" if notes else table


def _cell(old: Summary, new: Summary, name: str, of: str | None, factor: float, digits: int) -> str:  # noqa: PLR0913, PLR0917
    before, after = old.figure(name, of), new.figure(name, of)
    texts = [NOTHING if value is None else f"{value * factor:.{digits}f}" for value in (before, after)]
    change = f" ({(after / before - 1) * 100:+.1f} %)" if before and after is not None else ""
    return f"{texts[0]} → {texts[1]}{change}"


def _differences(old: Summary, new: Summary) -> Iterator[str]:
    for key, name in SAME.items():
        before, after = old.values.get(key, True), new.values.get(key, True)
        if before != after:
            yield f"Not the same {name}: {before} and {after}."


def _users(summaries: Sequence[Summary]) -> str:
    return ", ".join(str(summary.users) for summary in summaries)
