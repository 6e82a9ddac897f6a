"""The table of metrics, and whatever names one."""

import re
from pathlib import Path

from neuronserve.facts.metrics import CLOUD_WATCH_METRICS, METRICS, Kind

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "observability.md").read_text()


def test_each_says_where_it_is_documented() -> None:
    assert all(re.match(r"https://|README\.md$", metric.source.value.url) for metric in METRICS.values())


def test_the_page_has_each_with_its_source() -> None:
    rows = dict(re.findall(r"^\| `([a-z0-9_]+)` \| (.*) \|$", PAGE, re.MULTILINE))
    assert rows == {
        name: f"{metric.kind} | {metric.says} | [{metric.source.value.name}]({_link(metric.source.value.url)})"
        for name, metric in METRICS.items()
    }


def _link(url: str) -> str:
    return url if "://" in url else f"../{url}"


def test_counters_are_named_as_such() -> None:
    for metric in METRICS.values():
        if metric.kind is Kind.COUNTER:
            assert metric.name.endswith("_total")


def test_cloud_watch_gets_what_a_service_has_alone() -> None:
    assert {metric.name.partition("_")[0] for metric in CLOUD_WATCH_METRICS} == {"ray", "up"}
