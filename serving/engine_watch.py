"""Noticing that the engine has died or hangs: its replica then answers 503 and ends, and Serve starts another."""

import asyncio
import contextlib
import time
from collections.abc import Awaitable, Callable
from typing import Protocol

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from neuronserve.serving.openai_error import openai_error

CHECK_PERIOD_S = 0.5

PROBE_PERIOD_S = 5
PROBE_TIMEOUT_S = 30
"""What an engine gets to answer between two steps: the longest, a batch of prompts on a slow CPU, takes seconds."""

FAREWELL_S = 1
"""What requests in flight get to be answered that the engine is gone, before the process ends."""

RETRY_AFTER_S = 5
"""What a client is told to wait. Once the replica has ended, Serve holds requests until the next one is ready."""


class Engine(Protocol):
    """What is asked of vLLM's ``AsyncLLM``."""

    @property
    def errored(self) -> bool:
        """Whether a process of the engine has ended."""

    async def is_sleeping(self) -> bool:
        """Ask the engine's own process, which answers between two steps."""


class EngineWatch:
    """Watches an engine from :meth:`run` on; ``end`` is called, with the cause, once when it has failed."""

    def __init__(self, engine: Engine, end: Callable[[str], None], *, probe_timeout_s: float = PROBE_TIMEOUT_S) -> None:
        self._engine = engine
        self._end = end
        self._probe_timeout_s = probe_timeout_s
        self.failed = asyncio.Event()

    @property
    def has_failed(self) -> bool:
        """Whether the engine answers no more requests."""
        return self.failed.is_set() or self._engine.errored

    async def run(self) -> None:
        """Watch until the engine fails."""
        cause = await self._cause()
        self.failed.set()
        await asyncio.sleep(FAREWELL_S)
        self._end(cause)

    async def _cause(self) -> str:
        """Return, once it has failed, what happened to the engine."""
        probe, asked = None, time.monotonic()
        while not self._engine.errored:
            if probe is None and time.monotonic() - asked >= PROBE_PERIOD_S:
                probe, asked = asyncio.ensure_future(self._engine.is_sleeping()), time.monotonic()
            await asyncio.sleep(CHECK_PERIOD_S)
            if probe and probe.done():
                probe.exception()  # a refusal is an answer
                probe = None
            elif probe and time.monotonic() - asked > self._probe_timeout_s:
                probe.cancel()
                return f"The engine has not answered for {self._probe_timeout_s:g} s."
        return "A process of the engine has ended."


class EngineFailureMiddleware:
    """Answers, with an OpenAI-shaped 503 and Retry-After, whatever a failed engine does not."""

    def __init__(self, app: ASGIApp, watch: EngineWatch) -> None:
        self._app = app
        self._watch = watch

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer or pass on one ASGI connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        has_begun = False

        async def send_unless_failed(message: Message) -> None:
            nonlocal has_begun
            # Once its engine is gone vLLM has many errors to answer with, 500 among them.
            if has_begun or not (self._watch.has_failed and message.get("status", 500) >= 400):
                has_begun = True
                await send(message)

        if not self._watch.has_failed:
            await self._until_failure(self._app(scope, receive, send_unless_failed))
        if self._watch.has_failed and not has_begun:
            response = openai_error(
                503,
                f"The engine has failed; another one is starting. Try again in {RETRY_AFTER_S} s.",
                kind="server_unavailable",
                headers={"Retry-After": str(RETRY_AFTER_S)},
            )
            await response(scope, receive, send)

    async def _until_failure(self, answering: Awaitable[None]) -> None:
        """Wait for an answer, which a hanging engine never gives; raise what it raises while the engine runs."""
        answer = asyncio.ensure_future(answering)
        failure = asyncio.ensure_future(self._watch.failed.wait())
        try:
            await asyncio.wait({answer, failure}, return_when=asyncio.FIRST_COMPLETED)
        finally:  # also when the client has hung up and this request is cancelled
            failure.cancel()
            answer.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await asyncio.wait({answer})
        if answer.cancelled() or self._watch.has_failed:
            return
        answer.result()
