"""Telling the engine that a client has hung up: Serve cancels the request, and vLLM listens for a disconnection."""

import asyncio

from starlette.types import ASGIApp, Message, Receive, Scope, Send

FAREWELL_S = 2
"""What vLLM gets to have its engine drop a request; it takes a step of it."""

DISCONNECT: Message = {"type": "http.disconnect"}


class HangUpMiddleware:
    """Turns the cancellation of a request into the disconnection of its client, and waits until it has been noticed.

    vLLM answers in a task of its own, which the cancellation of the request does not reach: an answer that is not
    streamed would be worked out to its end, for nobody (vLLM 0.32, ``with_cancellation``).
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on one ASGI connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        gone = asyncio.Event()

        async def receive_or_hear() -> Message:
            hearing = asyncio.ensure_future(gone.wait())
            receiving = asyncio.ensure_future(receive())
            try:
                await asyncio.wait({hearing, receiving}, return_when=asyncio.FIRST_COMPLETED)
            finally:
                hearing.cancel()
                if not receiving.done():
                    receiving.cancel()
            return DISCONNECT if gone.is_set() else receiving.result()

        answering = asyncio.ensure_future(self._app(scope, receive_or_hear, send))
        try:
            await asyncio.shield(answering)
        except asyncio.CancelledError:
            gone.set()
            await asyncio.wait({answering}, timeout=FAREWELL_S)
            answering.cancel()
            await asyncio.wait({answering})
            raise
