"""What a pod does before it ends: sends its clients elsewhere, and lets replicas answer what they have taken.

Kubernetes runs this as the pod's preStop hook, while everything still works, and only then tells Ray to end.
Connections that stay open would still bring requests to this pod's proxy, which are lost when Ray ends: so they come
first. Ray would drain its node by itself when it is told to end, but goes on waiting, for its proxy and for a head that
is gone, when all is answered.
"""

import contextlib
import os
import socket
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.middleware import Middleware
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SIGN = Path("/tmp/neuronserve-leaving")  # noqa: S108 (a place that hook and replica both have)
"""Its presence says that this pod ends."""

PORT = 8000
"""That of Serve's proxy."""

ENDPOINT_REMOVAL_S = 5
"""What Kubernetes takes to send new connections elsewhere."""

TIMEOUT_S = 100
"""Longest wait for clients: Serve's proxy closes connections that are idle for 90 s. Those of a load balancer may stay
for longer, but bring no request once it has been told that the pod leaves."""

CHECK_PERIOD_S = 0.5

DRAIN_COMMAND = ("ray", "drain-node", "--reason", "DRAIN_NODE_REASON_PREEMPTION", "--reason-message", "Its pod ends.")

ESTABLISHED = "01"
"""``TCP_ESTABLISHED`` in ``/proc/net/tcp``."""


def proxy_middlewares() -> "list[Middleware]":
    """Return what Serve's proxy in a pod has around all its answers, as ``RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH``.

    The proxy it has to be: replicas answer clients of other pods' proxies as well, of the head's above all.
    """
    from starlette.middleware import Middleware  # noqa: PLC0415 (those who plan lack it)

    return [Middleware(LeavingMiddleware)]


class LeavingMiddleware:
    """Asks each client to close its connection after an answer, once this pod leaves."""

    def __init__(self, app: "ASGIApp", sign: Path = SIGN) -> None:
        self._app = app
        self._sign = sign

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Pass on one ASGI connection."""

        async def send_marked(message: "Message") -> None:
            if message["type"] == "http.response.start" and self._sign.exists():
                message = {**message, "headers": [*message.get("headers", []), (b"connection", b"close")]}
            await send(message)

        await self._app(scope, receive, send_marked)


def leave(sign: Path = SIGN, *, at_least_s: float = ENDPOINT_REMOVAL_S, at_most_s: float = TIMEOUT_S) -> None:
    """Say that this pod ends, and wait until no client is connected to its proxy."""
    sign.touch()
    began = time.monotonic()
    time.sleep(at_least_s)
    while clients() and time.monotonic() - began < at_most_s:
        time.sleep(CHECK_PERIOD_S)


def clients(tables: tuple[Path, ...] = (Path("/proc/net/tcp"), Path("/proc/net/tcp6")), port: int = PORT) -> int:
    """Return how many connections from outside this pod the proxy has."""
    return sum(_is_client(line, port) for table in tables for line in table.read_text().splitlines()[1:])


def _is_client(line: str, port: int) -> bool:
    local, remote, state = line.split()[1:4]
    return state == ESTABLISHED and local.endswith(f":{port:04X}") and not _is_loopback(remote.partition(":")[0])


def _is_loopback(address: str) -> bool:
    """Whether an address is 127.x.x.x or ::1: the kernel writes it as words in the processor's order of bytes."""
    return address.endswith("7F") or address == "00000000000000000000000001000000"


def drain(timeout_s: int) -> None:
    """Have Serve stop the replicas on this node, and wait until they are gone, or the head is, which has to do it."""
    node = next((word.partition("=")[2] for word in _raylet() if word.startswith("--node_id=")), "")
    deadline = time.monotonic() + timeout_s
    words = [*DRAIN_COMMAND, "--node-id", node, "--deadline-remaining-seconds", str(timeout_s)]
    if not _head_is_there() or subprocess.run(words, check=False).returncode:  # noqa: S603
        return
    while _replicas() and _head_is_there() and time.monotonic() < deadline:
        time.sleep(CHECK_PERIOD_S)


def _raylet() -> list[str]:
    import psutil  # noqa: PLC0415 (a serving dependency; those who plan lack it)

    return next((list(process.cmdline()) for process in psutil.process_iter() if process.name() == "raylet"), [])


def _replicas() -> int:
    import psutil  # noqa: PLC0415

    count = 0
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error):
            count += process.name().startswith("ray::ServeReplica")
    return count


def _head_is_there() -> bool:
    host, _, port = os.environ.get("RAY_ADDRESS", "").rpartition(":")
    try:
        socket.create_connection((host, int(port)), timeout=5).close()
    except (OSError, ValueError):
        return False
    return True


if __name__ == "__main__":
    leave()
    for timeout_s in sys.argv[1:]:  # a head has no replicas to drain
        drain(int(timeout_s))
