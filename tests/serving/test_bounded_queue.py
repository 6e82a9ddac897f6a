"""What takes a place in a replica, and what is refused."""

import asyncio
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuronserve.serving.bounded_queue import BoundedQueueMiddleware, answers_asked_for
from neuronserve.serving.request_body import MAX_BODY_BYTES, BodyMemory, RequestBody
from tests.serving.asgi import SCOPE, Answer, Message, ask, echo, never, sending

DEADLINE_S = 5
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["n", "prompt", "x"]), inner),
    max_leaves=8,
)
json_objects = st.none() | st.dictionaries(st.sampled_from(["n", "prompt", "input", "x"]), json_values)


@pytest.mark.parametrize(
    ("request_", "answers"),
    [
        ({"prompt": "On"}, 1),
        ({"prompt": "On", "n": 200}, 200),
        ({"prompt": ["a", "b", "c"], "n": 2}, 6),
        ({"prompt": [5, 6, 7]}, 1),
        ({"prompt": [[5, 6], [7]]}, 2),
        ({"input": ["a", "b"]}, 2),
        ({"messages": [{"role": "user", "content": "a"}], "n": 3}, 3),
        ({"query": "a", "documents": ["b", "c", "d"]}, 3),
        ({"prompt": "On", "n": "many"}, 1),
        ({"prompt": "On", "n": -4}, 1),
    ],
)
def test_a_request_counts_for_what_it_asks(request_: dict[str, Any], answers: int) -> None:
    assert answers_asked_for(request_) == answers


@given(json_objects)
def test_whatever_comes_counts_for_at_least_one(request_: dict[str, Any]) -> None:
    assert answers_asked_for(request_) >= 1


def test_two_answers_take_two_places() -> None:
    async def check() -> None:
        goes_on = asyncio.Event()

        async def slow(scope: Any, receive: Any, send: Any) -> None:
            await goes_on.wait()
            await echo(scope, receive, send)

        queue = BoundedQueueMiddleware(slow, limit=3, retry_after_s=2)
        first = asyncio.ensure_future(ask(queue, {"prompt": "a", "n": 2}))
        await asyncio.sleep(0)
        refused = await ask(queue, {"prompt": "b", "n": 2})
        assert (refused.status, refused.error["type"]) == (503, "server_overloaded")
        second = asyncio.ensure_future(ask(queue, {"prompt": "c"}))
        await asyncio.sleep(0)
        assert (await ask(queue, {"prompt": "d"})).status == 503
        goes_on.set()
        for answer in (await first, await second, await ask(queue, {"prompt": "e", "n": 3})):
            assert answer.status == 200

    asyncio.run(asyncio.wait_for(check(), DEADLINE_S))


def test_what_couldnever_have_its_places_is_told_so() -> None:
    answer = asyncio.run(ask(BoundedQueueMiddleware(echo, limit=3, retry_after_s=2), {"prompt": "a", "n": 200}))
    assert answer.status == 400
    assert answer.error["message"].startswith("The request asks for 200 answers at once, and this server takes 3.")


def test_half_sent_bodies_take_no_place() -> None:
    async def check() -> None:
        queue = BoundedQueueMiddleware(echo, limit=1, retry_after_s=2)
        halves = [
            asyncio.ensure_future(queue(SCOPE, sending(b'{"prompt": ', then=never), Answer().send)) for _ in range(5)
        ]
        await asyncio.sleep(0)
        assert (await ask(queue, {"prompt": "a"})).status == 200
        for half in halves:
            half.cancel()

    asyncio.run(asyncio.wait_for(check(), DEADLINE_S))


def test_the_body_arrives_whole_whatever_its_parts() -> None:
    answer, body = Answer(), json.dumps({"prompt": "On"}).encode()
    queue = BoundedQueueMiddleware(echo, limit=1, retry_after_s=2)
    asyncio.run(queue(SCOPE, sending(body[:4], body[4:9], b"", body[9:]), answer.send))
    assert (answer.status, answer.body) == (200, body)


def test_a_body_that_is_too_large_is_refused_before_it_is_read() -> None:
    async def check() -> None:
        parts = 0

        async def more() -> Message:
            nonlocal parts
            parts += 1
            return {"type": "http.request", "body": bytes(2**20), "more_body": True}

        answer = Answer()
        await BoundedQueueMiddleware(echo, limit=1, retry_after_s=2)(SCOPE, more, answer.send)
        assert answer.status == 413
        assert parts <= MAX_BODY_BYTES / 2**20 + 1

    asyncio.run(check())


def test_a_body_that_does_not_come_is_not_waited_for() -> None:
    async def check() -> None:
        body = RequestBody(BodyMemory(), timeout_s=0.05)
        with pytest.raises(Exception, match="was not there after 0.05 s") as refused:
            await body.read(sending(b"{", then=never))
        assert refused.value.status == 408

    asyncio.run(asyncio.wait_for(check(), DEADLINE_S))


def test_bodies_share_a_memory_that_comes_back() -> None:
    async def check() -> None:
        memory = BodyMemory(most=10)
        one, other = (RequestBody(memory) for _ in range(2))
        await one.read(sending(b"123456"))
        with pytest.raises(Exception, match="as much of other requests as it can") as refused:
            await other.read(sending(b"123456"))
        assert refused.value.status == 503
        one.close()
        other.close()
        await RequestBody(memory).read(sending(b"1234567890"))

    asyncio.run(check())


def test_json_that_is_too_deep_is_the_clients_mistake() -> None:
    answer = Answer()
    queue = BoundedQueueMiddleware(echo, limit=1, retry_after_s=2)
    asyncio.run(queue(SCOPE, sending(b"[" * 100_000), answer.send))
    assert (answer.status, answer.error["type"]) == (400, "invalid_request_error")
