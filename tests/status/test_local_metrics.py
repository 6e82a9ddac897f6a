"""Finding the server on this machine by the file that Ray writes, and asking it."""

import contextlib
import http.server
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from neuronserve.status.local_metrics import DISCOVERY, NoLocalServerError, local_metrics


@contextlib.contextmanager
def serving(text: str) -> Iterator[str]:
    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/metrics" else 404)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()


@pytest.fixture
def ray(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("RAY_TMPDIR", str(tmp_path))
    (tmp_path / "ray").mkdir()
    return tmp_path / "ray" / DISCOVERY


def test_all_places_are_asked_and_silent_ones_left_out(ray: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")  # which leads nowhere, and not there
    with serving("a 1\n") as one, serving("b 2\n") as other:
        ray.write_text(json.dumps([{"labels": {"job": "ray"}, "targets": [one, "127.0.0.1:9", other]}]))
        assert local_metrics() == ["a 1\n", "b 2\n"]


@pytest.mark.parametrize("text", [None, "", "{", "[]", "{}", "[1]", '[{"targets": ["127.0.0.1:9"]}]'])
def test_without_a_server_it_is_said_how_to_start_one(ray: Path, text: str | None) -> None:
    if text is not None:
        ray.write_text(text)
    with pytest.raises(NoLocalServerError, match="Start one with `neuronserve serve`"):
        local_metrics()
