"""What a server on this machine says in Prometheus' format."""

import http.client
import json
import os
import re
import urllib.error
import urllib.request
from pathlib import Path

DISCOVERY = "prom_metrics_service_discovery.json"
"""The file in which Ray says where its metrics are, for Prometheus to find (https://docs.ray.io/en/latest/cluster/metrics.html)."""

RAY_SERIES = re.compile(r"^ray_\w", re.MULTILINE)
"""Each part of Ray says some. The file of a Ray that was killed may name a port that another program has now."""

ANSWER_WITHIN_S = 5


class NoLocalServerError(Exception):
    """There is no server on this machine; the message is for a person."""


def local_metrics() -> list[str]:
    """Return what each part of the Ray on this machine that started last says.

    Raises:
        NoLocalServerError: none runs.
    """
    texts = [text for text in map(scraped, addresses()) if text and RAY_SERIES.search(text)]
    if not texts:
        raise NoLocalServerError("No server of neuronserve runs on this machine. Start one with `neuronserve serve`.")
    return texts


def addresses() -> list[str]:
    """Return where the parts of the Ray on this machine that started last are scraped, as host:port; none runs: []."""
    file = Path(os.environ.get("RAY_TMPDIR") or "/tmp", "ray", DISCOVERY)  # noqa: S108 (Ray's own directory)
    try:
        places = json.loads(file.read_text(encoding="utf-8"))
        return [address for place in places for address in place["targets"]]
    except (OSError, ValueError, LookupError, TypeError):
        return []


def scraped(address: str) -> str | None:
    """Return what is said at an address; None if nothing answers there, or breaks off."""
    # Those that Ray names are on this machine, and no proxy leads there.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"http://{address}/metrics", timeout=ANSWER_WITHIN_S) as answer:
            text: str = answer.read().decode(errors="replace")
            return text
    except (OSError, urllib.error.URLError, http.client.HTTPException, ValueError):
        return None
