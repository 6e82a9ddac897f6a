"""The report of a sweep: one HTML page that needs nothing else, and the same tables as Markdown."""

import html
import time
from collections.abc import Iterator, Sequence

from neuronserve.bench.rows import HEADINGS, PUBLISHED_HEADINGS, markdown, published_row, row
from neuronserve.bench.summary import Summary
from neuronserve.facts.instance_types import PRICE_DATE, PRICE_REGION
from neuronserve.facts.published import PUBLISHED_RUNS

STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; color: #1c1c1c; max-width: 1180px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2.2rem; }
table { border-collapse: collapse; font-size: 0.86rem; width: 100%; }
th, td { text-align: right; padding: 0.3rem 0.55rem; border-bottom: 1px solid #ddd; vertical-align: top; }
th:first-child, td:first-child, .published td:last-child, .published th:last-child { text-align: left; }
th { border-bottom: 2px solid #999; font-weight: 600; }
svg { width: 100%; height: auto; font-family: system-ui, sans-serif; }
.errors { background: #fdeaea; border-left: 4px solid #b3261e; padding: 0.6rem 1rem; }
p, li { max-width: 62rem; } li { margin: 0.3rem 0; }
"""

NOTES = (
    "TTFT is the time to the first token. ITL is LLMPerf's inter-token latency: from the request to the last token, by "
    "the number of tokens, so that the time to the first token is spread over all. “ITL after first” leaves that out, "
    "which is what vLLM and guidellm call by this name.",
    "Tokens are counted by the server; those of a prompt have what its chat template adds.",
    "Output tokens a second are those of all answers, from the first request to the last answer.",
    "Dollars are those of the accelerated workers, for output tokens, if they made so many at every moment; from the "
    f"fewest to the most workers where these scale. On demand in {PRICE_REGION} on {PRICE_DATE}.",
    "Published rows are means of others, of Llama-3-8B or 3.1-8B, with other lengths. Their ITL leaves out the first "
    "token, but for that of data-on-eks, which is LLMPerf's. Where half of a machine is idle, there is no price.",
)


def html_page(summaries: Sequence[Summary], picture: str) -> str:
    """Return the page.

    Args:
        summaries: the steps, from few users to many.
        picture: the chart, as an SVG element.
    """
    return "\n".join(_page(summaries, picture)) + "\n"


def _page(summaries: Sequence[Summary], picture: str) -> Iterator[str]:
    title = f"Benchmark of {html.escape(summaries[0].model)}"
    yield f'<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>{title}</title>'
    yield f"<style>{STYLE}</style>\n</head>\n<body>\n<h1>{title}</h1>"
    yield f"<p>{'<br>'.join(map(html.escape, _what(summaries)))}</p>"
    if said := _errors(summaries):
        yield f'<p class="errors">{"<br>".join(map(html.escape, said))}</p>'
    yield picture
    yield "<h2>Measured</h2>"
    yield from _table(HEADINGS, [row(summary) for summary in summaries], "measured")
    yield "<h2>Published by others</h2>"
    yield from _table(PUBLISHED_HEADINGS, [published_row(run) for run in PUBLISHED_RUNS], "published")
    yield "<h2>What the figures are</h2>\n<ul>"
    yield from (f"<li>{html.escape(note)}</li>" for note in NOTES)
    yield "</ul>\n</body>\n</html>"


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]], kind: str) -> Iterator[str]:
    yield f'<table class="{kind}">'
    yield f"<tr>{''.join(f'<th>{html.escape(cell)}</th>' for cell in headings)}</tr>"
    for cells in rows:
        yield f"<tr>{''.join(f'<td>{html.escape(cell)}</td>' for cell in cells)}</tr>"
    yield "</table>"


def markdown_report(summaries: Sequence[Summary]) -> str:
    """Return the same tables as Markdown."""
    parts = [
        f"# Benchmark of {summaries[0].model}",
        "  \n".join(_what(summaries)),
        "  \n".join(_errors(summaries)),
        markdown(HEADINGS, [row(summary) for summary in summaries]),
        "## Published by others",
        markdown(PUBLISHED_HEADINGS, [published_row(run) for run in PUBLISHED_RUNS]),
        "\n".join(f"- {note}" for note in NOTES),
    ]
    return "\n\n".join(part.strip() for part in parts if part) + "\n"


def _what(summaries: Sequence[Summary]) -> list[str]:
    """Return what was measured, by what and when, in lines."""
    values = summaries[-1].values
    lines = [
        f"{values.get('mean_input_tokens')}±{values.get('stddev_input_tokens')} tokens in, "
        f"{values.get('mean_output_tokens')}±{values.get('stddev_output_tokens')} out, "
        f"{'streamed' if values.get('stream', True) else 'not streamed'}"
    ]
    if "endpoint" in values:
        lines.append(f"{values['endpoint']}, by {values['generator']}")
    if "timestamp" in values:
        lines.append(time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime(values["timestamp"])))
    return lines


def _errors(summaries: Sequence[Summary]) -> list[str]:
    return [
        f"With {summary.users} users, {summary.errors} of {summary.figure('num_requests_started'):.0f} requests "
        f"failed; by error code: {summary.values.get('results_error_code_frequency')}."
        for summary in summaries
        if summary.errors
    ]
