"""What the application learns of a client that has hung up."""

import asyncio
from typing import Any

import pytest

from neuronserve.serving import hang_up
from neuronserve.serving.hang_up import HangUpMiddleware
from tests.serving.asgi import SCOPE, Answer, ask, echo, never, sending

DEADLINE_S = 5


def cancelled(app: Any) -> None:
    """Cancel a request that is being answered, as Serve does when its client has gone."""

    async def run() -> None:
        request = asyncio.ensure_future(HangUpMiddleware(app)(SCOPE, sending(b"{}", then=never), Answer().send))
        for _ in range(5):
            await asyncio.sleep(0)
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request

    asyncio.run(asyncio.wait_for(run(), DEADLINE_S))


def test_an_application_that_listens_hears_of_it_and_is_waited_for() -> None:
    heard: list[str] = []

    async def listening(scope: Any, receive: Any, send: Any) -> None:
        assert (await receive())["type"] == "http.request"
        heard.append((await receive())["type"])
        await asyncio.sleep(0.05)  # the engine drops the request
        heard.append("dropped")

    cancelled(listening)
    assert heard == ["http.disconnect", "dropped"]


def test_work_in_a_task_of_its_own_ends_too() -> None:
    ended: list[str] = []

    async def working(scope: Any, receive: Any, send: Any) -> None:
        """Work as vLLM does: in a task that ends when the client disconnects, and not when this one is cancelled."""

        async def work() -> None:
            try:
                await asyncio.Event().wait()
            finally:
                ended.append("work")

        await receive()
        task = asyncio.ensure_future(work())
        hears = asyncio.ensure_future(receive())
        await asyncio.wait({task, hears}, return_when=asyncio.FIRST_COMPLETED)
        task.cancel()

    cancelled(working)
    assert ended == ["work"]


def test_an_application_that_does_not_listen_is_cancelled_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hang_up, "FAREWELL_S", 0.05)
    ended: list[str] = []

    async def deaf(scope: Any, receive: Any, send: Any) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    cancelled(deaf)
    assert ended == ["cancelled"]


def test_an_answer_passes_and_so_does_an_error() -> None:
    async def failing(scope: Any, receive: Any, send: Any) -> None:
        raise KeyError("mine")

    assert asyncio.run(ask(HangUpMiddleware(echo), {"a": 1})).body == b'{"a": 1}'
    with pytest.raises(KeyError, match="mine"):
        asyncio.run(ask(HangUpMiddleware(failing), {}))
