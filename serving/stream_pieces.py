"""Bounding what streams cost: many fast ones send their tokens in larger pieces.

Each piece of a stream goes from the replica through a proxy to the client, which takes about as much processor time as
vLLM's own server needs for a token. A few streams never notice: only a replica that would send more than
:data:`PIECES_PER_S` has tokens wait for each other.
"""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

PIECES_PER_S = 400
"""What a replica sends at most, shared out among its streams, …"""

LONGEST_PERIOD_S = 0.05
"""… each of which sends at least this often: more is seen to stutter. (``ray.serve.llm`` waits as long for any.)"""


class StreamPiecesMiddleware:
    """Passes on at once the first piece of an answer and its end; what comes between waits for its stream's turn."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self._streams = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on one ASGI connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        self._streams += 1
        pieces = _Pieces(self, send)
        try:
            await self._app(scope, receive, pieces.send)
        finally:
            self._streams -= 1
            await pieces.flush()

    @property
    def period_s(self) -> float:
        """How often each stream may send now."""
        return min(self._streams / PIECES_PER_S, LONGEST_PERIOD_S)


class _Pieces:
    """Those of one answer."""

    def __init__(self, of: StreamPiecesMiddleware, send: Send) -> None:
        self._of = of
        self._send = send
        self._waiting: list[bytes] = []
        self._flush: asyncio.Task[None] | None = None
        self._sent_at_s = float("-inf")

    async def send(self, message: Message) -> None:
        if message["type"] != "http.response.body":
            await self._send(message)
            return
        self._waiting.append(message.get("body", b""))
        if not message.get("more_body", False):
            await self._stop()
            await self._send({**message, "body": self._taken()})
        elif self._flush is None:
            wait_s = self._sent_at_s + self._of.period_s - asyncio.get_running_loop().time()
            if wait_s > 0:
                self._flush = asyncio.ensure_future(self._flush_after(wait_s))
            else:
                await self._pass_on()

    async def flush(self) -> None:
        """Send what waits: the answer goes on no further."""
        await self._stop()
        if self._waiting:
            await self._pass_on()

    async def _stop(self) -> None:
        if self._flush is not None:
            self._flush.cancel()
            await asyncio.wait({self._flush})
            self._flush = None

    async def _flush_after(self, wait_s: float) -> None:
        await asyncio.sleep(wait_s)
        await self._pass_on()
        self._flush = None

    async def _pass_on(self) -> None:
        body = self._taken()
        self._sent_at_s = asyncio.get_running_loop().time()
        await self._send({"type": "http.response.body", "body": body, "more_body": True})

    def _taken(self) -> bytes:
        body = b"".join(self._waiting)
        self._waiting.clear()
        return body
