"""The bounded queue: a replica takes so many answers, and refuses the next one at once instead of letting it wait."""

from http import HTTPStatus
from typing import Any

from starlette.types import ASGIApp, Receive, Scope, Send

from neuronserve.serving.openai_error import RefusalError, openai_error
from neuronserve.serving.request_body import BodyMemory, ClientGoneError, RequestBody
from neuronserve.serving.request_json import is_constrained, read_json

SEVERAL = ("prompt", "input", "documents", "text_2")
"""Fields that may hold a list, of which each item is worked on by itself: of completions, embeddings, ranks, scores."""


class BoundedQueueMiddleware:
    """Refuses, with an OpenAI-shaped 503 and Retry-After, what exceeds ``limit`` answers at once.

    Only POST requests count: they are the ones that are worked on. A request takes its places once its body is there,
    one for each answer that it asks for. ``limit`` may change at any time: what is running or waiting by then stays.
    """

    def __init__(self, app: ASGIApp, limit: int, retry_after_s: int) -> None:
        self._app = app
        self.limit = limit
        self._retry_after_s = retry_after_s
        self._taken = 0
        self._memory = BodyMemory()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on one ASGI connection."""
        if scope["type"] != "http" or scope["method"] != "POST":
            await self._app(scope, receive, send)
            return
        body = RequestBody(self._memory)
        try:
            self._check_room(1)  # who is refused anyway need not send it all
            await body.read(receive)
            request = read_json(body.content)
            places = answers_asked_for(request)
            self._check_room(places)
            self._taken += places
            state = {**scope.get("state", {}), "is_constrained": is_constrained(request)}
            try:
                await self._app({**scope, "state": state}, body.replayed(receive), send)
            finally:  # also when the client has hung up and the request is cancelled
                self._taken -= places
        except ClientGoneError:
            return
        except RefusalError as error:
            await self._refuse(error, scope, receive, send)
        finally:
            body.close()

    def _check_room(self, places: int) -> None:
        if places > self.limit:
            raise RefusalError(
                HTTPStatus.BAD_REQUEST,
                f"The request asks for {places} answers at once, and this server takes {self.limit}. Ask for fewer: n "
                "times the number of prompts counts.",
            )
        if self._taken + places > self.limit:
            raise RefusalError(
                HTTPStatus.SERVICE_UNAVAILABLE, f"The server is full: {self.limit} requests are running or waiting."
            )

    async def _refuse(self, error: RefusalError, scope: Scope, receive: Receive, send: Send) -> None:
        message, headers, kind = str(error), {}, "invalid_request_error"
        if error.status is HTTPStatus.SERVICE_UNAVAILABLE:
            message, kind = f"{message} Try again in {self._retry_after_s} s.", "server_overloaded"
            headers = {"Retry-After": str(self._retry_after_s)}
        response = openai_error(error.status, message, kind=kind, headers=headers)
        await response(scope, receive, send)


def answers_asked_for(request: dict[str, Any] | None) -> int:
    """Return how many answers a request asks for: ``n`` times its prompts, at least 1.

    What is no request is counted as one: vLLM says what is wrong with it.
    """
    if request is None:
        return 1
    prompts = max(_items(request.get(field)) for field in SEVERAL)
    n = request.get("n")
    return prompts * (n if isinstance(n, int) and n > 1 else 1)


def _items(value: Any) -> int:
    """Return how many prompts a field holds; a list of numbers is one, of tokens."""
    return len(value) if isinstance(value, list) and value and not isinstance(value[0], int) else 1
