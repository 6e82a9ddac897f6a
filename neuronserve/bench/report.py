"""The files of a report, beside the results that it is made of."""

from collections.abc import Sequence
from pathlib import Path

from neuronserve.bench import chart
from neuronserve.bench.page import html_page, markdown_report
from neuronserve.bench.summary import Summary

PAGE, PICTURE, TABLES = "report.html", "report.png", "report.md"


def write_report(folder: Path, summaries: Sequence[Summary]) -> list[Path]:
    """Write page, picture and tables, and return the files; only the tables where matplotlib is not installed."""
    tables = folder / TABLES
    tables.write_text(markdown_report(summaries), encoding="utf-8")
    try:
        drawn = chart.figure(summaries)
    except ImportError:
        return [tables]
    page, picture = folder / PAGE, folder / PICTURE
    chart.write_png(drawn, picture)
    page.write_text(html_page(summaries, chart.svg(drawn)), encoding="utf-8")
    return [page, picture, tables]
