"""Which models' tool calls are read, and that vLLM reads them."""

import json

import pytest

from neuronserve.serving import vllm_adapter
from neuronserve.serving.engine_arguments import engine_arguments
from neuronserve.serving.settings import EngineSettings
from neuronserve.serving.tool_calls import PARSERS, tool_call_parser


def arguments(model: str, **further: object) -> dict[str, object]:
    values = {"accelerator": "neuron", "model": model, "max_model_len": 4096, "max_num_seqs": 8}
    return {**engine_arguments(EngineSettings.model_validate(values | {"engine_arguments": further}), model)}


@pytest.mark.parametrize(
    ("model", "parser"),
    [
        ("meta-llama/Llama-3.1-8B-Instruct", "llama3_json"),
        ("meta-llama/Meta-Llama-3.1-70B-Instruct", "llama3_json"),
        ("/models/llama3.2-3b/", "llama3_json"),
        ("Qwen/Qwen3-Coder-30B-A3B-Instruct", "qwen3_xml"),
        ("Qwen/Qwen2.5-7B-Instruct", "hermes"),
        ("mistralai/Mistral-7B-Instruct-v0.3", "mistral"),
        ("NousResearch/Meta-Llama-3-8B-Instruct", None),
        ("smollm2-135m-instruct", None),
    ],
)
def test_a_family_has_its_parser(model: str, parser: str | None) -> None:
    assert tool_call_parser(model) == parser
    assert arguments(model).get("tool_call_parser") == parser
    assert arguments(model).get("enable_auto_tool_choice") == (True if parser else None)


def test_the_users_word_counts() -> None:
    model = "meta-llama/Llama-3.1-8B-Instruct"
    assert arguments(model, tool_call_parser="pythonic")["tool_call_parser"] == "pythonic"
    assert arguments(model, enable_auto_tool_choice=False)["enable_auto_tool_choice"] is False


@pytest.mark.slow
def test_vllm_has_every_parser() -> None:
    manager = vllm_adapter._import("ToolParserManager", "vllm.tool_parsers.abstract_tool_parser")
    assert {parser for _, parser in PARSERS} <= set(manager.list_registered())
    vllm_adapter.prepare(vllm_adapter.parse_arguments(arguments("meta-llama/Llama-3.1-8B-Instruct")))


@pytest.mark.slow
def test_a_call_that_llama_writes_comes_as_a_function_with_json() -> None:
    from vllm.tool_parsers.llama_tool_parser import Llama3JsonToolParser

    class Tokenizer:
        def encode(self, text: str, **_: object) -> list[int]:
            return [1]

        def get_vocab(self) -> dict[str, int]:
            return {"<|python_tag|>": 1}

    parser = Llama3JsonToolParser(Tokenizer())
    written = '{"name": "get_weather", "parameters": {"city": "Tokyo"}}'
    read = parser.extract_tool_calls(written, None)
    (call,) = read.tool_calls
    assert call.function.name == "get_weather"
    assert json.loads(call.function.arguments) == {"city": "Tokyo"}
