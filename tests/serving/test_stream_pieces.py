"""Which pieces streams come in. Time is an event loop's own here: it passes when nobody has anything to do."""

import asyncio
import itertools
import selectors
from collections.abc import AsyncGenerator, Coroutine, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuronserve.serving.stream_pieces import LONGEST_PERIOD_S, PIECES_PER_S, pace

Result = TypeVar("Result")

ENOUGH = round(LONGEST_PERIOD_S * PIECES_PER_S)
"""Streams that have each other wait as long as any may."""


class OwnTime(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next event."""

    def __init__(self) -> None:
        self.now = 0.0
        super().__init__(_Jumping(self))

    def time(self) -> float:
        return self.now


class _Jumping(selectors.DefaultSelector):
    def __init__(self, loop: OwnTime) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        assert timeout is not None, "nobody has anything to do ever again"
        self._loop.now += timeout
        return super().select(0)


def run(coroutine: Coroutine[Any, Any, Result]) -> Result:
    with asyncio.Runner(loop_factory=OwnTime) as runner:
        return runner.run(coroutine)


@dataclass
class Piece:
    """What an engine's client gets: the tokens that have come since it last asked."""

    tokens: list[int]
    finished: bool


@dataclass
class Engine:
    """Answers as vLLM's does: the tokens of a request come after pauses, and wait together for whoever takes them."""

    stopped: int = 0
    """Requests of which the end was not waited for."""

    async def generate(self, prompt: Sequence[float], sampling_params: Any, request_id: str) -> AsyncGenerator[Piece]:
        waiting: list[int] = []
        came = asyncio.Event()

        async def work() -> None:
            for number, pause_s in enumerate(prompt):
                await asyncio.sleep(pause_s)
                waiting.append(number)
                came.set()

        working = asyncio.ensure_future(work())
        try:
            finished = False
            while not finished:
                await came.wait()
                came.clear()
                tokens, waiting[:] = waiting.copy(), []
                finished = tokens[-1] == len(prompt) - 1
                yield Piece(tokens, finished)
        except (asyncio.CancelledError, GeneratorExit):
            self.stopped += 1
            raise
        finally:
            working.cancel()


@dataclass
class Client:
    """Notes which pieces came when."""

    pieces: list[list[int]] = field(default_factory=list)
    times_s: list[float] = field(default_factory=list)

    @property
    def tokens(self) -> list[int]:
        return list(itertools.chain.from_iterable(self.pieces))


STREAMED = SimpleNamespace(output_kind=SimpleNamespace(name="DELTA"))
WHOLE = SimpleNamespace(output_kind=SimpleNamespace(name="FINAL_ONLY"))


async def ask(engine: Engine, pauses_s: Sequence[float], params: Any = STREAMED) -> Client:
    client = Client()
    async for piece in engine.generate(pauses_s, params, request_id="id"):
        client.pieces.append(piece.tokens)
        client.times_s.append(asyncio.get_running_loop().time())
    return client


async def ask_all(*prompts: Sequence[float]) -> list[Client]:
    """Ask one engine for all of these at once."""
    engine = Engine()
    pace(engine)
    return await asyncio.gather(*(ask(engine, pauses_s) for pauses_s in prompts))


def test_the_tokens_of_a_single_stream_are_pieces_of_their_own() -> None:
    (client,) = run(ask_all([0.01] * 5))
    assert client.pieces == [[0], [1], [2], [3], [4]]
    assert client.times_s == pytest.approx([0.01, 0.02, 0.03, 0.04, 0.05])


def test_those_of_many_fast_streams_wait_for_each_other() -> None:
    for client in run(ask_all(*[[0.01] * 13] * ENOUGH)):
        assert client.pieces[0] == [0]  # at once
        assert client.times_s == pytest.approx([0.01, 0.06, 0.11, 0.16], abs=0.01)
        assert client.tokens == list(range(13))


def test_those_of_many_slow_streams_do_not() -> None:
    for client in run(ask_all(*[[1.1 * LONGEST_PERIOD_S] * 4] * 2 * ENOUGH)):
        assert client.pieces == [[0], [1], [2], [3]]


def test_streams_that_have_ended_count_no_more() -> None:
    *_, client = run(ask_all(*[[0.01]] * ENOUGH, [0.01] * 20))
    assert all(len(piece) == 1 for piece in client.pieces[2:])


def test_a_replica_sends_no_more_pieces_than_it_may() -> None:
    count = ENOUGH // 2
    clients = run(ask_all(*[[0.001] * 200] * count))
    seconds = max(client.times_s[-1] for client in clients)
    assert sum(len(client.pieces) for client in clients) <= PIECES_PER_S * seconds + 3 * count


@given(st.lists(st.lists(st.floats(0, 0.2), min_size=1, max_size=20), min_size=1, max_size=40))
def test_nothing_is_lost_or_changes_places(prompts: list[list[float]]) -> None:
    for pauses_s, client in zip(prompts, run(ask_all(*prompts)), strict=True):
        assert client.tokens == list(range(len(pauses_s)))
        late_s = client.times_s[-1] - sum(pauses_s)
        assert 0 <= late_s + 1e-6 <= LONGEST_PERIOD_S + 2e-6


def test_an_answer_in_one_piece_waits_for_nobody() -> None:
    async def asked() -> list[Client]:
        engine = Engine()
        pace(engine)
        return await asyncio.gather(*(ask(engine, [0.01], WHOLE) for _ in range(ENOUGH)), ask(engine, [0.01] * 5))

    *_, stream = run(asked())
    assert stream.pieces == [[0], [1], [2], [3], [4]]


def test_a_stream_that_is_cancelled_is_told_to_the_engine_and_counts_no_more() -> None:
    async def cancelled() -> None:
        engine = Engine()
        pace(engine)
        requests = [asyncio.ensure_future(ask(engine, [0.001] * 99)) for _ in range(ENOUGH)]
        await asyncio.sleep(0.02)  # each is waiting for its turn
        for request in requests:
            request.cancel()
        await asyncio.wait(requests)
        assert engine.stopped == ENOUGH
        assert (await ask(engine, [0.01] * 3)).pieces == [[0], [1], [2]]
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(cancelled())


def test_a_failure_of_the_engine_is_not_hidden() -> None:
    class Failing(Engine):
        async def generate(self, *_: Any, **__: Any) -> AsyncGenerator[Piece]:
            yield Piece([0], finished=False)
            raise RuntimeError("the engine is gone")

    engine = Failing()
    pace(engine)
    with pytest.raises(RuntimeError, match="the engine is gone"):
        run(ask(engine, []))
