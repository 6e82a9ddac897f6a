"""Which pieces streams are sent in. Time is an event loop's own here: it passes when nobody has anything to do."""

import asyncio
import selectors
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuronserve.serving.stream_pieces import LONGEST_PERIOD_S, PIECES_PER_S, StreamPiecesMiddleware
from tests.serving.asgi import SCOPE, Message, never

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


class Client:
    """Notes when each piece comes."""

    def __init__(self) -> None:
        self.messages: list[Message] = []
        self.times_s: list[float] = []

    async def send(self, message: Message) -> None:
        self.messages.append(message)
        if message["type"] == "http.response.body":
            self.times_s.append(asyncio.get_running_loop().time())

    @property
    def bodies(self) -> list[bytes]:
        return [message["body"] for message in self.messages if message["type"] == "http.response.body"]


def run(coroutine: Coroutine[Any, Any, Result]) -> Result:
    with asyncio.Runner(loop_factory=OwnTime) as runner:
        return runner.run(coroutine)


async def streamed(scope: Any, receive: Any, send: Any) -> None:
    """Stream the scope's pieces, each after a pause, and then the end as Starlette does: empty."""
    await send({"type": "http.response.start", "status": 200, "headers": []})
    for pause_s, piece in scope["pieces"]:
        await asyncio.sleep(pause_s)
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    if scope.get("fails"):
        raise RuntimeError("the engine is gone")
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def ask_all(*streams: Sequence[tuple[float, bytes]]) -> list[Client]:
    """Ask one application for all of these at once."""
    app, clients = StreamPiecesMiddleware(streamed), [Client() for _ in streams]
    await asyncio.gather(
        *(app(SCOPE | {"pieces": pieces}, never, client.send) for pieces, client in zip(streams, clients, strict=True))
    )
    return clients


def tokens(count: int, pause_s: float) -> list[tuple[float, bytes]]:
    return [(pause_s, f"{number} ".encode()) for number in range(count)]


def test_the_tokens_of_a_single_stream_are_pieces_of_their_own() -> None:
    (client,) = run(ask_all(tokens(5, pause_s=0.01)))
    assert client.bodies == [b"0 ", b"1 ", b"2 ", b"3 ", b"4 ", b""]
    assert client.times_s == pytest.approx([0.01, 0.02, 0.03, 0.04, 0.05, 0.05])


def test_those_of_many_fast_streams_wait_for_each_other() -> None:
    for client in run(ask_all(*[tokens(13, pause_s=0.01)] * ENOUGH)):
        assert client.bodies == [b"0 ", b"1 2 3 4 5 ", b"6 7 8 9 10 ", b"11 12 "]
        # The first at once, the end with all that is left at once, and between them as often as is smooth.
        assert client.times_s == pytest.approx([0.01, 0.06, 0.11, 0.13], abs=1e-6)


def test_those_of_many_slow_streams_do_not() -> None:
    for client in run(ask_all(*[tokens(4, pause_s=1.1 * LONGEST_PERIOD_S)] * 2 * ENOUGH)):
        assert client.bodies == [b"0 ", b"1 ", b"2 ", b"3 ", b""]


def test_streams_that_have_ended_count_no_more() -> None:
    short, long = tokens(1, pause_s=0.01), tokens(20, pause_s=0.01)
    *_, client = run(ask_all(*[short] * ENOUGH, long))
    assert client.bodies[2:] == [
        *(f"{number} ".encode() for number in range(client.bodies[1].count(b" ") + 1, 20)),
        b"",
    ]


def test_a_replica_sends_no_more_pieces_than_it_may() -> None:
    count = ENOUGH // 2
    clients = run(ask_all(*[tokens(200, pause_s=0.001)] * count))
    seconds = max(client.times_s[-1] for client in clients)
    assert sum(len(client.bodies) for client in clients) <= PIECES_PER_S * seconds + 3 * count


@given(
    st.lists(st.lists(st.tuples(st.floats(0, 0.2), st.binary(max_size=5)), max_size=20), min_size=1, max_size=40),
)
def test_nothing_is_lost_or_changes_places(streams: list[list[tuple[float, bytes]]]) -> None:
    for pieces, client in zip(streams, run(ask_all(*streams)), strict=True):
        assert b"".join(client.bodies) == b"".join(piece for _, piece in pieces)
        assert [message["type"] for message in client.messages] == [
            "http.response.start",
            *["http.response.body"] * len(client.bodies),
        ]
        assert [message["more_body"] for message in client.messages[1:]] == [True] * (len(client.bodies) - 1) + [False]


def test_what_waits_is_sent_before_a_failure_is_known() -> None:
    client = Client()
    app = StreamPiecesMiddleware(streamed)
    app._streams = ENOUGH  # others
    with pytest.raises(RuntimeError, match="the engine is gone"):
        run(app(SCOPE | {"pieces": tokens(3, pause_s=0.001), "fails": True}, never, client.send))
    assert client.bodies == [b"0 ", b"1 2 "]


def test_a_request_that_is_cancelled_leaves_nothing_running() -> None:
    async def cancelled() -> None:
        app = StreamPiecesMiddleware(streamed)
        app._streams = ENOUGH  # others
        request = asyncio.ensure_future(app(SCOPE | {"pieces": tokens(99, pause_s=0.001)}, never, Client().send))
        await asyncio.sleep(0.01)
        request.cancel()
        with pytest.raises(asyncio.CancelledError):
            await request
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert app._streams == ENOUGH

    run(cancelled())


def test_other_connections_pass() -> None:
    passed: list[Any] = []

    async def app(*connection: Any) -> None:
        passed.append(connection)

    connection = ({"type": "lifespan"}, never, Client().send)
    run(StreamPiecesMiddleware(app)(*connection))
    assert passed == [connection]
