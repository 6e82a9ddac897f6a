"""Bounding what streams cost: many fast ones send their tokens in larger pieces.

Each piece of a stream is made by vLLM's API and goes from the replica through a proxy to the client, which takes more
processor time than the token itself takes of a small engine. So a stream of many fetches its next piece from the
engine only when it is its turn: vLLM hands it all tokens that have come by then as one. A few streams never notice.
"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from typing import Any, Protocol, TypeVar

PIECES_PER_S = 400
"""What a replica sends at most, shared out among its streams, …"""

LONGEST_PERIOD_S = 0.05
"""… each of which sends at least this often: more is seen to stutter. (``ray.serve.llm`` waits as long for any.)"""


class Output(Protocol):
    """What is used of vLLM's ``RequestOutput``."""

    finished: bool


class Engine(Protocol):
    """What is used of vLLM's ``AsyncLLM``."""

    generate: Callable[..., AsyncGenerator[Any, None]]


Piece = TypeVar("Piece", bound=Output)


def pace(engine: Engine) -> None:
    """Have the streams of an engine that has answered nothing yet take turns."""
    generate, turns = engine.generate, Turns()

    def paced(prompt: Any, sampling_params: Any, *arguments: Any, **named: Any) -> AsyncGenerator[Any, None]:
        outputs = generate(prompt, sampling_params, *arguments, **named)
        return turns.taken_by(outputs) if sampling_params.output_kind.name == "DELTA" else outputs

    engine.generate = paced


class Turns:
    """Those of one engine's streams."""

    def __init__(self) -> None:
        self._streams = 0

    @property
    def period_s(self) -> float:
        """How often each stream may take a piece now."""
        return min(self._streams / PIECES_PER_S, LONGEST_PERIOD_S)

    async def taken_by(self, pieces: AsyncGenerator[Piece, None]) -> AsyncGenerator[Piece, None]:
        """Take the first piece at once, and each further one when it is this stream's turn."""
        now_s = asyncio.get_running_loop().time
        self._streams += 1
        try:
            async with contextlib.aclosing(pieces):
                async for piece in pieces:
                    came_at_s = now_s()
                    yield piece
                    if not piece.finished:
                        await asyncio.sleep(came_at_s + self.period_s - now_s())
        finally:
            self._streams -= 1
