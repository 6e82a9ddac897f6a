"""The picture of a sweep: throughput and latency over the number of users, with what others have published."""

import io
import re
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from neuronserve.bench.response import AFTER_FIRST, END_TO_END, INTER_TOKEN, TTFT
from neuronserve.bench.summary import Summary
from neuronserve.facts.published import DATA_ON_EKS, PUBLISHED_RUNS, PublishedRun

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

SIZE_INCHES = (11.0, 7.6)
DOTS_PER_INCH = 130
COLOURS = ("#1f5fa8", "#c2571a")
GREY = "#777777"
MARKERS = {"inf2.8xlarge": "D", "inf2.48xlarge": "s", "trn1.32xlarge": "^"}
"""Of published runs, by instance type."""

Line = tuple[str, Sequence[float | None]]


def figure(summaries: Sequence[Summary]) -> "Figure":
    """Return the picture, of four fields.

    Raises:
        ImportError: matplotlib is not installed.
    """
    from matplotlib.figure import Figure  # noqa: PLC0415 (half a second, and not needed to start the command)
    from matplotlib.ticker import LogLocator  # noqa: PLC0415

    drawn = Figure(figsize=SIZE_INCHES, layout="constrained")
    ((throughput, first), (between, whole)) = drawn.subplots(2, 2)
    users = [summary.users for summary in summaries]
    lines = [("measured", [summary.tokens_per_s for summary in summaries])]
    _field(throughput, "Output tokens per second, all users together", users, lines)
    _field(first, "Time to first token, s", users, _lines(summaries, TTFT, ("p50", "p99")))
    inter = [
        ("time to first token spread over all (LLMPerf)", _means(summaries, INTER_TOKEN)),
        ("after the first token (vLLM, guidellm)", _means(summaries, AFTER_FIRST)),
    ]
    _field(between, "Inter-token latency, mean, ms", users, inter, factor=1000)
    _field(whole, "End to end, s", users, _lines(summaries, END_TO_END, ("p50", "p99")))
    for run in PUBLISHED_RUNS:
        if run.users and run.fills_machine:
            _published(throughput, run, run.output_tokens_per_s, is_named=True)
            _published(first, run, run.ttft_s)
            _published(between, run, run.itl_s, factor=1000)
    # The laptop's model and a whole machine are decades apart.
    throughput.set_yscale("log")
    throughput.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    throughput.yaxis.set_major_formatter(lambda value, _: f"{value:g}")
    published = {run.users for run in PUBLISHED_RUNS if run.users and run.fills_machine}
    for field in (throughput, first, between):
        _finish(field, {*users, *published})
    _finish(whole, {*users})
    for field in (first, between, whole):
        field.set_ylim(bottom=0)
    return drawn


def write_png(drawn: "Figure", file: Path) -> None:
    """Write the picture as PNG."""
    drawn.savefig(file, dpi=DOTS_PER_INCH, format="png")


def svg(drawn: "Figure") -> str:
    """Return the picture as an element for a page: its text is text, in the page's font."""
    import matplotlib  # noqa: PLC0415

    buffer = io.StringIO()
    with matplotlib.rc_context({"svg.fonttype": "none", "svg.hashsalt": "neuronserve"}):
        drawn.savefig(buffer, format="svg", metadata={"Date": None})
    element = re.sub(r"^.*?(?=<svg)", "", buffer.getvalue(), flags=re.DOTALL)
    return re.sub(r"<metadata>.*?</metadata>", "", element, flags=re.DOTALL)


def _means(summaries: Sequence[Summary], family: str) -> list[float | None]:
    return [summary.figure(family, "mean") for summary in summaries]


def _lines(summaries: Sequence[Summary], family: str, figures: Sequence[str]) -> list[Line]:
    return [(name, [summary.figure(family, name) for summary in summaries]) for name in figures]


def _field(field: "Axes", title: str, users: Sequence[int], lines: Sequence[Line], factor: float = 1) -> None:
    field.set_title(title, fontsize=10, loc="left")
    for colour, (name, values) in zip(COLOURS, lines, strict=False):
        known = [(x, y * factor) for x, y in zip(users, values, strict=True) if y]
        if known:
            field.plot(*zip(*known, strict=True), marker="o", color=colour, label=name, linewidth=1.8)


def _published(
    field: "Axes", run: PublishedRun, value: float | None, factor: float = 1, *, is_named: bool = False
) -> None:
    """Mark a published figure; the field that names them does so for all."""
    if value is None or run.users is None:
        return
    whose = "data-on-eks" if run.source == DATA_ON_EKS else "optimum-neuron"
    label = f"{run.instance_type}, Llama-3-8B ({whose})"
    is_new = is_named and label not in field.get_legend_handles_labels()[1]
    field.plot(
        [run.users],
        [value * factor],
        marker=MARKERS[run.instance_type],
        markerfacecolor="white",
        color=GREY,
        linestyle="none",
        label=label if is_new else "_",  # what begins so, a legend leaves out
    )


def _finish(field: "Axes", users: Collection[int]) -> None:
    field.set_xscale("log", base=2)
    shown = sorted(users)
    field.set_xticks(shown, [str(one) for one in shown])
    field.minorticks_off()
    field.set_xlabel("users at a time", fontsize=9)
    field.grid(visible=True, color="#dddddd", linewidth=0.6)
    field.spines[["top", "right"]].set_visible(False)
    field.tick_params(labelsize=8)
    if field.get_legend_handles_labels()[0]:
        field.legend(fontsize=7.5, framealpha=0.85, edgecolor="none")
