import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from neuronserve.serving import engine_watch
from neuronserve.serving.engine_watch import EngineFailureMiddleware, EngineWatch

HTTP = {"type": "http", "method": "POST", "path": "/v1/chat/completions"}
DEADLINE_S = 5


class Engine:
    """An engine that can be told to die or to hang."""

    def __init__(self) -> None:
        self.errored = False
        self.hangs = False

    async def is_sleeping(self) -> bool:
        if self.hangs:
            await asyncio.Event().wait()
        return False


@pytest.fixture(autouse=True)
def in_haste(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CHECK_PERIOD_S", "PROBE_PERIOD_S", "FAREWELL_S"):
        monkeypatch.setattr(engine_watch, name, 0.01)


def run(test: Callable[[Engine, EngineWatch, list[str]], Awaitable[None]]) -> list[str]:
    """Run a test beside a watch; return with which causes the replica was ended."""
    causes: list[str] = []

    async def watched() -> None:
        engine = Engine()
        watch = EngineWatch(engine, causes.append, probe_timeout_s=0.1)
        watching = asyncio.ensure_future(watch.run())
        await asyncio.wait_for(test(engine, watch, causes), DEADLINE_S)
        watching.cancel()

    asyncio.run(watched())
    return causes


async def ended(causes: list[str]) -> None:
    while not causes:
        await asyncio.sleep(0.01)


async def ask(app: Any, watch: EngineWatch) -> list[dict[str, Any]]:
    sent: list[dict[str, Any]] = []

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    await EngineFailureMiddleware(app, watch)(HTTP, receive, send)
    return sent


def is_a_refusal(sent: list[dict[str, Any]]) -> bool:
    start, body = sent
    assert json.loads(body["body"])["error"]["type"] == "server_unavailable"
    return start["status"] == 503 and int(dict(start["headers"])[b"retry-after"]) > 0


async def answering(scope: Any, receive: Any, send: Any) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"Tokyo"})


def test_a_healthy_engine_is_left_alone() -> None:
    async def test(engine: Engine, watch: EngineWatch, causes: list[str]) -> None:
        await asyncio.sleep(0.3)
        assert [message.get("body") for message in await ask(answering, watch)] == [None, b"Tokyo"]

    assert run(test) == []


def test_a_dead_engine_ends_the_replica_once() -> None:
    async def test(engine: Engine, watch: EngineWatch, causes: list[str]) -> None:
        engine.errored = True
        await ended(causes)
        await asyncio.sleep(0.1)

    assert run(test) == ["A process of the engine has ended."]


def test_a_hanging_engine_ends_it_too_and_frees_its_requests() -> None:
    async def hanging(scope: Any, receive: Any, send: Any) -> None:
        await asyncio.Event().wait()

    async def test(engine: Engine, watch: EngineWatch, causes: list[str]) -> None:
        engine.hangs = True
        assert is_a_refusal(await ask(hanging, watch))
        await ended(causes)

    assert run(test) == ["The engine has not answered for 0.1 s."]


def test_a_dead_engine_is_never_a_500() -> None:
    async def as_vllm(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 500, "headers": []})
        await send({"type": "http.response.body", "body": b"EngineCore encountered an issue."})

    async def failing(scope: Any, receive: Any, send: Any) -> None:
        raise AttributeError("'State' object has no attribute 'server'")

    async def test(engine: Engine, watch: EngineWatch, causes: list[str]) -> None:
        assert [message.get("status") for message in await ask(as_vllm, watch)] == [500, None]  # not the engine's fault
        for app in (as_vllm, failing):
            request = ask(dying(engine, app), watch)
            assert is_a_refusal(await request)
            assert is_a_refusal(await ask(answering, watch))  # the next one
            engine.errored = False

    def dying(engine: Engine, app: Any) -> Any:
        async def dies(scope: Any, receive: Any, send: Any) -> None:
            engine.errored = True
            await app(scope, receive, send)

        return dies

    engine, causes = Engine(), []

    async def unwatched() -> None:
        await test(engine, EngineWatch(engine, causes.append), causes)

    asyncio.run(unwatched())


def test_a_failure_of_the_application_alone_is_raised() -> None:
    async def failing(scope: Any, receive: Any, send: Any) -> None:
        raise LookupError("no such thing")

    async def test(engine: Engine, watch: EngineWatch, causes: list[str]) -> None:
        with pytest.raises(LookupError):
            await ask(failing, watch)

    assert run(test) == []


def test_a_client_that_hangs_up_ends_its_request() -> None:
    cancelled = asyncio.Event()

    async def slow(scope: Any, receive: Any, send: Any) -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise

    async def test(engine: Engine, watch: EngineWatch, causes: list[str]) -> None:
        request = asyncio.ensure_future(ask(slow, watch))
        await asyncio.sleep(0.05)
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
        assert cancelled.is_set()

    assert run(test) == []
