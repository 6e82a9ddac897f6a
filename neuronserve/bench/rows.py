"""The figures of a sweep, and those that others have published, as rows of text for tables."""

from collections.abc import Sequence

from neuronserve.bench.response import AFTER_FIRST, END_TO_END, INTER_TOKEN, TTFT
from neuronserve.bench.summary import Summary
from neuronserve.facts.instance_types import INSTANCE_TYPES
from neuronserve.facts.published import PublishedRun
from neuronserve.sizing.token_price import usd_per_million_tokens

NOTHING = "-"

HEADINGS = (
    "users",
    "requests",
    "errors",
    "output tokens/s",
    "requests/min",
    "TTFT p50, s",
    "TTFT p99, s",
    "ITL, ms",
    "ITL after first, ms",
    "end to end p50, s",
    "end to end p99, s",
    "$ per million",
)
PUBLISHED_HEADINGS = (
    "system",
    "users",
    "tokens in/out",
    "output tokens/s",
    "TTFT, s",
    "ITL, ms",
    "$ per million",
    "source",
)


def row(summary: Summary) -> tuple[str, ...]:
    """Return a step, under :data:`HEADINGS`."""
    return (
        str(summary.users) + ("" if summary.values.get("is_whole", True) else ", broken off"),
        number(summary.figure("num_requests_started"), 0),
        str(summary.errors),
        number(summary.tokens_per_s, 1),
        number(summary.figure("num_completed_requests_per_min"), 1),
        number(summary.figure(TTFT, "p50"), 3),
        number(summary.figure(TTFT, "p99"), 3),
        milliseconds(summary.figure(INTER_TOKEN, "mean")),
        milliseconds(summary.figure(AFTER_FIRST, "mean")),
        number(summary.figure(END_TO_END, "p50"), 2),
        number(summary.figure(END_TO_END, "p99"), 2),
        dollars(usd_per_million(summary)),
    )


def published_row(run: PublishedRun) -> tuple[str, ...]:
    """Return what others have measured, under :data:`PUBLISHED_HEADINGS`."""
    price = published_usd_per_million(run)
    return (
        f"{run.instance_type}, {run.system}",
        str(run.users or NOTHING),
        f"{run.input_tokens}/{run.output_tokens}",
        number(run.output_tokens_per_s, 1),
        number(run.ttft_s, 3),
        milliseconds(run.itl_s),
        dollars(None if price is None else (price, price)),
        run.source,
    )


def usd_per_million(summary: Summary) -> tuple[float, float] | None:
    """Return dollars for a million output tokens, with the fewest and the most workers; None without a price."""
    hours = [summary.values.get(f"usd_per_hour_{name}") for name in ("least", "most")]
    prices = [usd_per_million_tokens(hour, summary.tokens_per_s) for hour in hours if hour is not None]
    known = [price for price in prices if price is not None]
    return (known[0], known[-1]) if known else None


def published_usd_per_million(run: PublishedRun) -> float | None:
    """Return dollars for a million output tokens of a published run; None where it leaves a part of a machine idle."""
    node = INSTANCE_TYPES.get(run.instance_type)
    if node is None or not run.fills_machine:
        return None
    return usd_per_million_tokens(node.on_demand_usd_per_hour, run.output_tokens_per_s)


def number(value: float | None, digits: int) -> str:
    """Return a number with so many decimals."""
    return NOTHING if value is None else f"{value:.{digits}f}"


def milliseconds(seconds: float | None) -> str:
    """Return seconds as milliseconds."""
    return NOTHING if seconds is None else f"{seconds * 1000:.1f}"


def dollars(span: tuple[float, float] | None) -> str:
    """Return a price, or from what to what it goes."""
    if span is None:
        return NOTHING
    least, most = (f"{price:.2f}" for price in span)
    return least if least == most else f"{least} to {most}"


def markdown(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table in Markdown; what is in a cell cannot end it."""
    lines = [headings, ["---"] * len(headings), *rows]
    return "".join(f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in line)} |\n" for line in lines)
