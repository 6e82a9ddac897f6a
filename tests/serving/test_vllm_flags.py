"""Every argument of the installed vLLM gets through its command line as YAML has it."""

import argparse
import dataclasses

import pytest
from pydantic import JsonValue, TypeAdapter, ValidationError

from neuronserve.serving import vllm_adapter
from neuronserve.serving.vllm_flags import EngineArgumentsError

pytestmark = pytest.mark.slow  # importing vLLM takes seconds

UNSET = (None, argparse.SUPPRESS)


@pytest.fixture(scope="module")
def parser() -> argparse.ArgumentParser:
    return vllm_adapter._parser()


def as_yaml(value: object) -> JsonValue:
    """Return a default as YAML has it."""
    return TypeAdapter(object).dump_python(value, mode="json")


def test_every_default_comes_back_as_it_is(parser: argparse.ArgumentParser) -> None:
    actions = [action for action in parser._actions if action.option_strings and action.dest not in ("config", "help")]
    assert len(actions) > 150
    wrong = {}
    for action in actions:
        if action.default in UNSET or dataclasses.is_dataclass(action.default):
            continue  # the latter say of each field what it is, set or not
        try:
            given = as_yaml(action.default)
        except (ValueError, ValidationError):
            continue  # what no YAML can say
        if given == []:
            continue  # what no command line can say
        parsed = vllm_adapter.parse_arguments({action.dest: given})
        value = as_yaml(getattr(parsed, action.dest))
        if value not in (given, str(given)):  # vLLM itself reads the number of optimization_level later
            wrong[action.dest] = (given, value)
    assert wrong == {}


def test_booleans_both_ways(parser: argparse.ArgumentParser) -> None:
    wrong = []
    for action in parser._actions:
        kinds = (argparse.BooleanOptionalAction, argparse._StoreTrueAction)
        if isinstance(action, kinds):
            for value in (True, False):
                parsed = vllm_adapter.parse_arguments({action.dest: value})
                if getattr(parsed, action.dest) is not value:
                    wrong.append((action.dest, value))
    assert wrong == []


def test_lists_of_objects_and_lists_that_are_appended() -> None:
    modules = [{"name": "sql", "path": "/models/sql"}, {"name": "law", "path": "/models/law"}]
    parsed = vllm_adapter.parse_arguments(
        {"lora_modules": modules, "middleware": ["a.b", "c.d"], "enable_lora": True, "allowed_origins": ["https://a"]}
    )
    found = [{"name": module.name, "path": module.path} for module in parsed.lora_modules]
    assert found == modules
    assert parsed.middleware == ["a.b", "c.d"]
    assert parsed.allowed_origins == ["https://a"]


def test_objects_are_one_word_of_json() -> None:
    parsed = vllm_adapter.parse_arguments({"hf_overrides": {"a": {"b": [1, True, None]}}})
    assert parsed.hf_overrides == {"a": {"b": [1, True, None]}}


def test_a_refusal_of_a_part_is_told_whole() -> None:
    with pytest.raises(EngineArgumentsError, match=r"compilation-config.*no_such_part") as refused:
        vllm_adapter.parse_arguments({"compilation_config": {"no_such_part": 1}})
    assert "For further information" not in str(refused.value)


def test_one_that_is_not_there_is_named_with_what_may_be_meant() -> None:
    with pytest.raises(
        EngineArgumentsError, match=r"no engine argument max_modell_len .* Did you mean max_model_len\?"
    ):
        vllm_adapter.parse_arguments({"max_modell_len": 5})
    with pytest.raises(EngineArgumentsError, match="no engine argument zzz"):
        vllm_adapter.parse_arguments({"zzz": 5})
