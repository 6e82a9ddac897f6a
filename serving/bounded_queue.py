"""The bounded queue: a replica takes so many requests, and refuses the next one at once instead of letting it wait."""

from starlette.types import ASGIApp, Receive, Scope, Send

from neuronserve.serving.openai_error import openai_error

UNCOUNTED_PATHS = frozenset({"/tokenize", "/detokenize"})
"""POST routes that the engine does not work on."""


class BoundedQueueMiddleware:
    """Refuses, with an OpenAI-shaped 503 and Retry-After, what exceeds ``limit`` requests at once.

    Only POST requests count: they are the ones that the engine works on. ``limit`` may change at any time: what is
    running or waiting by then stays.
    """

    def __init__(self, app: ASGIApp, limit: int, retry_after_s: int) -> None:
        self._app = app
        self.limit = limit
        self._retry_after_s = retry_after_s
        self._requests = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on one ASGI connection."""
        if scope["type"] != "http" or scope["method"] != "POST" or scope["path"] in UNCOUNTED_PATHS:
            await self._app(scope, receive, send)
            return
        if self._requests >= self.limit:
            response = openai_error(
                503,
                f"The server is full: {self.limit} requests are running or waiting. "
                f"Try again in {self._retry_after_s} s.",
                kind="server_overloaded",
                headers={"Retry-After": str(self._retry_after_s)},
            )
            await response(scope, receive, send)
            return
        self._requests += 1
        try:
            await self._app(scope, receive, send)
        finally:  # also when the client has hung up and the request is cancelled
            self._requests -= 1
