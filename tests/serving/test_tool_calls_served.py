"""Tool calls of a served model, as clients get them; a grammar makes the small model write them."""

import json
from typing import Any, Literal

import openai
import pytest

from .conftest import API_KEY, Server, constrained

pytestmark = constrained

CITIES = ["Tokyo", "Paris"]
WEATHER: Any = {
    "type": "function",
    "function": {
        "name": "get_weather",
        "description": "Get the weather of a city.",
        "parameters": {
            "type": "object",
            "properties": {"city": {"type": "string", "enum": CITIES}},
            "required": ["city"],
            "additionalProperties": False,
        },
    },
}
NAMED: Any = {"type": "function", "function": {"name": "get_weather"}}
QUESTION: Any = [{"role": "user", "content": "What is the weather in Tokyo?"}]


@pytest.fixture(scope="module")
def client(server: Server) -> openai.OpenAI:
    return openai.OpenAI(base_url=server.base_url, api_key=API_KEY, max_retries=0, timeout=120)


@pytest.fixture(scope="module")
def model(client: openai.OpenAI) -> str:
    return client.models.list().data[0].id


@pytest.mark.parametrize("choice", ["required", NAMED], ids=["required", "named"])
def test_a_call_comes_with_arguments_that_are_an_object(
    client: openai.OpenAI, model: str, choice: Literal["required"]
) -> None:
    completion = client.chat.completions.create(
        model=model, messages=QUESTION, tools=[WEATHER], tool_choice=choice, max_tokens=60, temperature=0
    )
    (call, *_) = completion.choices[0].message.tool_calls
    assert call.function.name == "get_weather"
    assert json.loads(call.function.arguments)["city"] in CITIES


@pytest.mark.parametrize("choice", ["required", NAMED], ids=["required", "named"])
def test_a_streamed_call_adds_up_to_the_same(client: openai.OpenAI, model: str, choice: Literal["required"]) -> None:
    stream = client.chat.completions.create(
        model=model, messages=QUESTION, tools=[WEATHER], tool_choice=choice, max_tokens=60, temperature=0, stream=True
    )
    calls = [call for part in stream for choice in part.choices for call in choice.delta.tool_calls or []]
    first = [call.function for call in calls if call.index == 0 and call.function]
    assert "".join(function.name or "" for function in first) == "get_weather"
    assert json.loads("".join(function.arguments or "" for function in first))["city"] in CITIES


def test_the_model_may_call_or_not(client: openai.OpenAI, model: str) -> None:
    completion = client.chat.completions.create(
        model=model, messages=QUESTION, tools=[WEATHER], tool_choice="auto", max_tokens=60, temperature=0
    )
    message = completion.choices[0].message
    assert message.content or message.tool_calls
    for call in message.tool_calls or []:
        assert isinstance(json.loads(call.function.arguments), dict)
