"""The page, the picture and the tables of a sweep."""

import re
import struct
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import pytest

from neuronserve.bench import chart
from neuronserve.bench.page import html_page, markdown_report
from neuronserve.bench.report import write_report
from neuronserve.bench.results import Step
from neuronserve.bench.rows import HEADINGS, row
from neuronserve.bench.summary import Summary
from neuronserve.facts.published import PUBLISHED_RUNS
from tests.bench.steps import MEASURED, refused, step, write

HOSTILE = "<script>alert(1)</script>|`model`"


@pytest.fixture
def sweep(tmp_path: Path) -> list[Summary]:
    steps = [step(1), step(2, failed=2), replace(step(4), is_whole=False)]
    return [write(tmp_path, MEASURED, one) for one in steps]


class Tags(HTMLParser):
    """Collects what a browser would fetch or run, and the cells of tables."""

    def __init__(self) -> None:
        super().__init__()
        self.fetched: list[str] = []
        self.open: list[str] = []
        self.rows: list[list[str]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open.append(tag)
        if tag in ("script", "link", "img", "iframe", "object", "image"):
            self.fetched.append(tag)
        self.fetched += [str(value) for name, value in attrs if name in ("src", "srcset") or name.startswith("on")]
        if tag == "tr":
            self.rows.append([])

    def handle_data(self, data: str) -> None:
        if data.strip() and self.open[-1] in ("td", "th"):
            self.rows[-1].append(data)


def test_the_page_needs_nothing_else(sweep: list[Summary]) -> None:
    page = html_page(sweep, chart.svg(chart.figure(sweep)))
    tags = Tags()
    tags.feed(page)
    assert not tags.fetched
    assert "@import" not in page
    assert "url(http" not in page
    assert page.count("<svg") == 1
    measured = [cells for cells in tags.rows if cells[0] in ("1", "2", "4, broken off")]
    assert measured == [list(row(summary)) for summary in sweep]
    assert len(tags.rows) == len(sweep) + len(PUBLISHED_RUNS) + 2
    assert "With 2 users, 2 of 18 requests failed; by error code: {503: 2}." in page


def test_what_a_server_says_is_text(tmp_path: Path) -> None:
    summary = write(tmp_path, replace(MEASURED, model=HOSTILE), step(1))
    page = html_page([summary], chart.svg(chart.figure([summary])))
    assert "<script>" not in page
    assert "&lt;script&gt;" in page


def test_the_tables_as_markdown(sweep: list[Summary]) -> None:
    lines = markdown_report(sweep).splitlines()
    start = lines.index(f"| {' | '.join(HEADINGS)} |")
    cells = [line.count("|") for line in lines[start : start + 5]]
    assert cells == [len(HEADINGS) + 1] * 5
    assert lines[start + 2].startswith("| 1 | 8 | 0 |")


def test_dollars_span_from_the_fewest_to_the_most_workers(sweep: list[Summary]) -> None:
    tokens = sweep[0].tokens_per_s
    assert row(sweep[0])[-1] == f"{1.97e6 / 3600 / tokens:.2f} to {5.9e6 / 3600 / tokens:.2f}"


def test_the_picture_is_a_png_of_some_size(tmp_path: Path, sweep: list[Summary]) -> None:
    files = write_report(tmp_path, sweep)
    assert [file.name for file in files] == ["report.html", "report.png", "report.md"]
    head = files[1].read_bytes()[:24]
    assert head[:8] == b"\x89PNG\r\n\x1a\n"
    width, height = struct.unpack(">II", head[16:24])
    assert width > 1200
    assert height > 800


def test_the_picture_shows_measured_and_published(sweep: list[Summary]) -> None:
    picture = chart.svg(chart.figure(sweep))
    for text in ("Time to first token, s", "inf2.8xlarge, Llama-3-8B (data-on-eks)", "measured", "128"):
        assert text in picture
    assert not re.search(r"<dc:date>|<metadata>", picture)


def test_a_picture_of_nothing_but_errors(tmp_path: Path) -> None:
    summary = write(tmp_path, MEASURED, Step(1, [refused(0.0, 500)]))
    files = write_report(tmp_path, [summary])
    assert len(files) == 3
    assert "| 1 | 1 | 1 | 0.0 |" in files[2].read_text()


def test_without_matplotlib_there_are_tables(
    tmp_path: Path, sweep: list[Summary], monkeypatch: pytest.MonkeyPatch
) -> None:
    def none(_: object) -> None:
        raise ImportError

    monkeypatch.setattr(chart, "figure", none)
    assert [file.name for file in write_report(tmp_path, sweep)] == ["report.md"]
