import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
import uvicorn
from starlette.responses import PlainTextResponse

from neuronserve.serving import leaving
from neuronserve.serving.leaving import LeavingMiddleware, clients, leave

TABLE = """  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 1 1
   1: 0500F40A:1F40 0200F40A:9C40 01 00000000:00000000 00:00000000 00000000  1000        0 2 1
   2: 0100007F:1F40 0100007F:9C41 01 00000000:00000000 00:00000000 00000000  1000        0 3 1
   3: 0500F40A:1F40 0300F40A:9C42 06 00000000:00000000 00:00000000 00000000     0        0 0 3
   4: 0500F40A:18EB 0200F40A:1F40 01 00000000:00000000 00:00000000 00000000  1000        0 4 1
"""


def test_only_open_connections_from_elsewhere_to_the_proxy_count(tmp_path: Path) -> None:
    table = tmp_path / "tcp"
    table.write_text(TABLE)
    assert clients((table,)) == 1


@pytest.fixture
def sign(tmp_path: Path) -> Path:
    return tmp_path / "leaving"


@pytest.fixture
def origin(sign: Path) -> Iterator[str]:
    app = LeavingMiddleware(PlainTextResponse("hello"), sign)
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()  # who comes before the server waits for it
        server = uvicorn.Server(uvicorn.Config(app, log_level="warning"))
        thread = threading.Thread(target=lambda: asyncio.run(server.serve([listener])), daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"
        server.should_exit = True
        thread.join(10)


def test_a_client_keeps_its_connection_until_the_pod_leaves(origin: str, sign: Path) -> None:
    with httpx.Client(base_url=origin) as client:
        assert "connection" not in client.get("/").headers
        sign.touch()
        answer = client.get("/")
        assert answer.text == "hello"
        assert answer.headers["connection"] == "close"


def test_leaving_waits_for_clients_and_not_for_ever(sign: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    left = iter([2, 1])
    monkeypatch.setattr(leaving, "CHECK_PERIOD_S", 0.01)
    monkeypatch.setattr(leaving, "clients", lambda: next(left, 0))
    leave(sign, at_least_s=0)
    assert sign.exists()
    with contextlib.suppress(StopIteration):
        assert next(left) == "all were waited for"
    monkeypatch.setattr(leaving, "clients", lambda: 1)
    began = time.monotonic()
    leave(sign, at_least_s=0, at_most_s=0.1)
    assert time.monotonic() - began < 5


@pytest.fixture
def head(monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        monkeypatch.setenv("RAY_ADDRESS", f"127.0.0.1:{listener.getsockname()[1]}")
        yield listener


def test_replicas_are_waited_for_after_serve_was_told(
    head: socket.socket, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, told = iter([1, 1]), tmp_path / "told"
    monkeypatch.setattr(leaving, "CHECK_PERIOD_S", 0.01)
    monkeypatch.setattr(leaving, "DRAIN_COMMAND", ("sh", "-c", f'echo "$@" > {told}', "ray"))
    monkeypatch.setattr(leaving, "_raylet", lambda: ["raylet", "--node_id=abc"])
    monkeypatch.setattr(leaving, "_replicas", lambda: next(left, 0))
    leaving.drain(30)
    assert told.read_text().split() == ["--node-id", "abc", "--deadline-remaining-seconds", "30"]
    assert next(left, "none") == "none"


def test_nobody_waits_for_a_head_that_is_gone(head: socket.socket, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(leaving, "CHECK_PERIOD_S", 0.01)
    monkeypatch.setattr(leaving, "DRAIN_COMMAND", ("true",))
    monkeypatch.setattr(leaving, "_raylet", lambda: ["raylet", "--node_id=abc"])

    def replicas() -> int:
        head.close()
        return 1

    monkeypatch.setattr(leaving, "_replicas", replicas)
    began = time.monotonic()
    leaving.drain(60)
    assert time.monotonic() - began < 30
