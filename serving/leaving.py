"""What a worker's pod does before it ends: sends its clients elsewhere, so that none waits for an answer from it.

Kubernetes runs this as the pod's preStop hook, while everything still works, and only then tells Ray to end. Ray drains
the node: Serve stops the replica once it has answered what it has taken. Connections that stay open would still bring
requests to this pod's proxy, which are lost when Ray ends.
"""

import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SIGN = Path("/tmp/neuronserve-leaving")  # noqa: S108 (a place that hook and replica both have)
"""Its presence says that this pod ends."""

PORT = 8000
"""That of Serve's proxy."""

ENDPOINT_REMOVAL_S = 5
"""What Kubernetes takes to send new connections elsewhere."""

TIMEOUT_S = 100
"""Longest wait for clients: Serve's proxy closes connections that are idle for 90 s."""

CHECK_PERIOD_S = 0.5

ESTABLISHED = "01"
"""``TCP_ESTABLISHED`` in ``/proc/net/tcp``."""


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


if __name__ == "__main__":
    leave()
