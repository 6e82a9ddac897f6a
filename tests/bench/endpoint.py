"""An OpenAI-compatible API with known delays and faults, for tests of what measures one."""

import contextlib
import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

KEY = "sk-known-to-nobody"
FIRST_S, TOKEN_S = 0.1, 0.01
"""Until the first token, and from each to the next."""


@dataclass
class Behaviour:
    """How it answers, and what it has seen."""

    key: str = ""
    models: list[dict[str, Any]] = field(default_factory=lambda: [{"id": "llama", "root": "owner/llama"}])
    refuse_every: int = 0
    """Each so-manieth request for an answer gets a 503."""
    hang_after: int | None = None
    """After so many answers, none comes to its end."""
    asked: list[dict[str, Any]] = field(default_factory=list)
    """The bodies of all requests for an answer."""
    most_at_once: int = 0
    now: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    behaviour: Behaviour

    def do_GET(self) -> None:
        if self._is_let_in():
            self._send(200, {"object": "list", "data": self.behaviour.models})

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self._is_let_in():
            return
        behaviour = self.behaviour
        with behaviour.lock:
            behaviour.asked.append(body)
            number = len(behaviour.asked)
            behaviour.now += 1
            behaviour.most_at_once = max(behaviour.most_at_once, behaviour.now)
        try:
            end = self._begin(body, number)
        finally:
            with behaviour.lock:
                behaviour.now -= 1
        end()  # no longer counted: whoever has it sends the next request at once

    def _begin(self, body: dict[str, Any], number: int) -> Callable[[], object]:
        """Answer a request but for the end, and return what sends that."""
        behaviour = self.behaviour
        if behaviour.refuse_every and number % behaviour.refuse_every == 0:
            return lambda: self._send(503, {"error": {"message": "full", "code": 503}})
        if behaviour.hang_after is not None and number > behaviour.hang_after:
            time.sleep(60)
            return lambda: None
        tokens = body.get("max_completion_tokens") or body.get("max_tokens") or 16
        words = sum(len(json.dumps(message)) for message in body["messages"]) // 4
        usage = {"prompt_tokens": words, "completion_tokens": tokens, "total_tokens": words + tokens}
        if not body.get("stream"):
            time.sleep(FIRST_S + TOKEN_S * (tokens - 1))
            choice = {"index": 0, "message": {"role": "assistant", "content": "a " * tokens}, "finish_reason": "length"}
            whole = {"id": "a", "object": "chat.completion", "choices": [choice], "usage": usage}
            return lambda: self._send(200, whole)
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        due = time.monotonic() + FIRST_S
        for token in range(tokens):
            time.sleep(max(0.0, due - time.monotonic()))
            due += TOKEN_S
            self._piece([{"index": 0, "delta": {"content": f"a{token} "}, "finish_reason": None}])
        self._piece([{"index": 0, "delta": {}, "finish_reason": "length"}])
        self._piece([], usage=usage)
        self.close_connection = True
        return lambda: self.wfile.write(b"data: [DONE]\n\n")

    def _piece(self, choices: list[dict[str, Any]], **further: Any) -> None:
        piece = {"id": "a", "object": "chat.completion.chunk", "created": 1, "model": "llama", "choices": choices}
        self.wfile.write(f"data: {json.dumps(piece | further)}\n\n".encode())
        self.wfile.flush()

    def _is_let_in(self) -> bool:
        if not self.behaviour.key or self.headers.get("Authorization") == f"Bearer {self.behaviour.key}":
            return True
        self._send(401, {"error": {"message": "another key", "code": 401}})
        return False

    def _send(self, status: int, content: dict[str, Any]) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def answering(behaviour: Behaviour) -> Iterator[str]:
    """Run the API, and yield its base URL."""
    handler = type("Handler", (_Handler,), {"behaviour": behaviour})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
