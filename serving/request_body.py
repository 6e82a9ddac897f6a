"""Reading a request's body before it takes a place: within a size, within a time, and not all memory at once."""

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus

from starlette.types import Message, Receive

from neuronserve.serving.openai_error import RefusalError

MAX_BODY_BYTES = 32 * 2**20
"""Of one request: some pictures, or ten million tokens of text."""

MAX_BODIES_BYTES = 8 * MAX_BODY_BYTES
"""Of all requests whose bodies are being read or wait: a small part of a worker's memory."""

BODY_TIMEOUT_S = 60
"""For a whole body: one of 32 MiB at 5 Mbit/s."""


class BodyMemory:
    """The memory that bodies take together, in bytes."""

    def __init__(self, most: int = MAX_BODIES_BYTES) -> None:
        self._most = most
        self._taken = 0

    def take(self, size: int) -> None:
        """Take memory.

        Raises:
            RefusalError: others have it.
        """
        if self._taken + size > self._most:
            raise RefusalError(HTTPStatus.SERVICE_UNAVAILABLE, "The server holds as much of other requests as it can.")
        self._taken += size

    def give_back(self, size: int) -> None:
        """Give memory back."""
        self._taken -= size


class ClientGoneError(Exception):
    """The client has hung up before its body was whole."""


class RequestBody:
    """One request's body; its memory is taken from the first byte on until :meth:`close`."""

    def __init__(self, memory: BodyMemory, *, most: int = MAX_BODY_BYTES, timeout_s: float = BODY_TIMEOUT_S) -> None:
        self.content = b""
        self._memory = memory
        self._most = most
        self._timeout_s = timeout_s
        self._size = 0

    async def read(self, receive: Receive) -> None:
        """Read it whole.

        Raises:
            RefusalError: it is too large, or did not come in time.
            ClientGoneError: it never will.
        """
        try:
            async with asyncio.timeout(self._timeout_s):
                self.content = b"".join([part async for part in self._parts(receive)])
        except TimeoutError:
            raise RefusalError(
                HTTPStatus.REQUEST_TIMEOUT, f"The request's body was not there after {self._timeout_s:g} s."
            ) from None

    async def _parts(self, receive: Receive) -> AsyncIterator[bytes]:
        more = True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                raise ClientGoneError
            part, more = message.get("body", b""), message.get("more_body", False)
            if self._size + len(part) > self._most:
                raise RefusalError(
                    HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The request's body has more than {self._most} bytes."
                )
            self._memory.take(len(part))
            self._size += len(part)
            yield part

    def replayed(self, receive: Receive) -> Receive:
        """Return what gives the body once more, in one piece, and then whatever comes after it."""
        is_given = False

        async def receive_again() -> Message:
            nonlocal is_given
            if is_given:
                return await receive()
            is_given = True
            content, self.content = self.content, b""
            return {"type": "http.request", "body": content, "more_body": False}

        return receive_again

    def close(self) -> None:
        """Give its memory back."""
        self._memory.give_back(self._size)
        self._size = 0
