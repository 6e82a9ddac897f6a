"""A stand-in for Hugging Face's hub, which hands out a model's config.json or says why not."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

OPEN, GATED = "NousResearch/Meta-Llama-3-8B-Instruct", "meta-llama/Llama-3.1-8B-Instruct"


class Hub:
    """Models, those of them that are gated, and tokens, those of them whose owner accepted the licences."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.models = {OPEN, GATED}
        self.gated: set[str] = set()
        self.tokens: set[str] = set()
        self.accepted: set[str] = set()
        self.asked: list[tuple[str, str | None]] = []
        self.status: int | None = None

    def answer(self, path: str, token: str | None) -> tuple[int, str]:
        """Return status and reason, as the hub gives them."""
        self.asked.append((path, token))
        if self.status:
            return self.status, ""
        name = path.strip("/").partition("/resolve/")[0]
        if token and token not in self.tokens:
            return 401, ""
        if name not in self.models:
            return (404 if token else 401), "RepoNotFound"
        if name in self.gated and token not in self.accepted:
            return (403 if token else 401), "GatedRepo"
        return 307, ""


def hub() -> Iterator[Hub]:
    """Yield a hub that runs."""

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            header = self.headers.get("Authorization")
            status, reason = there.answer(self.path, header.removeprefix("Bearer ") if header else None)
            self.send_response(status)
            if reason:
                self.send_header("X-Error-Code", reason)
            if status == 307:
                self.send_header("Location", "http://elsewhere.invalid/config.json")
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    there = Hub(f"http://127.0.0.1:{server.server_address[1]}")
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield there
    finally:
        server.shutdown()
        server.server_close()
