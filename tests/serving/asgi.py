"""One ASGI connection in a test: what the client sends, and what it gets."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

Message = dict[str, Any]
Application = Callable[..., Awaitable[None]]

SCOPE = {"type": "http", "method": "POST", "path": "/v1/completions"}


class Answer:
    """What an application has sent so far."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def send(self, message: Message) -> None:
        self.messages.append(message)

    @property
    def status(self) -> int:
        return int(self.messages[0]["status"])

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.messages)

    @property
    def error(self) -> dict[str, Any]:
        error: dict[str, Any] = json.loads(self.body)["error"]
        return error


def sending(*parts: bytes, then: Callable[[], Awaitable[Message]] | None = None) -> Callable[[], Awaitable[Message]]:
    """Return the receiving side of a client that sends a body in parts, and then waits or does as told."""
    left = list(parts)

    async def receive() -> Message:
        if left:
            part = left.pop(0)
            return {"type": "http.request", "body": part, "more_body": bool(left) or then is not None}
        return await then() if then else {"type": "http.disconnect"}

    return receive


async def never() -> Message:
    """Be a client that sends nothing more, and stays."""
    await asyncio.Event().wait()
    raise AssertionError


async def ask(app: Application, request: Any) -> Answer:
    """Send one request as JSON, and return the answer."""
    answer = Answer()
    await app(SCOPE, sending(json.dumps(request).encode()), answer.send)
    return answer


async def echo(scope: Any, receive: Any, send: Any) -> None:
    """Answer with the body."""
    message = await receive()
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": message["body"]})
