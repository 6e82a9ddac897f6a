"""What does not get to the engine."""

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from neuronserve.serving.engine_door import guard

VOCABULARY = 100


class Engine:
    """An engine that notes what it gets."""

    def __init__(self) -> None:
        self.got: list[str] = []

    async def add_request(self, request_id: str, prompt: Any, params: Any, *, priority: int = 0) -> str:
        self.got.append(request_id)
        return f"{request_id} {priority}"


def params(**values: Any) -> SimpleNamespace:
    return SimpleNamespace(**{"stop_token_ids": [], **values})


def hand_over(prompt: Any, params: Any) -> list[str]:
    engine = Engine()
    guard(engine, VOCABULARY)
    assert asyncio.run(engine.add_request("one", prompt, params, priority=3)) == "one 3"
    return engine.got


@pytest.mark.parametrize(
    "prompt", ["On", {"prompt": "On"}, {"prompt_token_ids": [0, 99]}, SimpleNamespace(prompt_token_ids=[5])]
)
def test_what_is_sound_goes_through(prompt: Any) -> None:
    assert hand_over(prompt, params(stop_token_ids=[99])) == ["one"]


def test_a_prompt_below_the_vocabulary_is_refused() -> None:
    for prompt in ({"prompt_token_ids": [5, -1]}, SimpleNamespace(prompt_token_ids=[-1])):
        with pytest.raises(ValueError, match="The prompt has a token id below 0"):
            hand_over(prompt, params())


@pytest.mark.parametrize("ids", [[-1], [5, 100], [10**12]])
def test_nothing_outside_the_vocabulary_is_stopped_at(ids: list[int]) -> None:
    with pytest.raises(ValueError, match="no token id of this model: they go from 0 to 99"):
        hand_over("On", params(stop_token_ids=ids))
