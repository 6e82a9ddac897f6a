"""Every remedy of a fit check, written into a service's settings, leads to a service with which nothing is wrong."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuronserve.components.llm_service.checks import RULES
from neuronserve.components.llm_service.fit_checks import fit_problems
from neuronserve.components.llm_service.settings import LlmServiceSettings
from neuronserve.facts.instance_types import INSTANCE_TYPES
from neuronserve.settings import PYTHON_NAMES, broken_rules, read
from neuronserve.settings.reading import Reading
from neuronserve.sizing import MODEL_SHAPES, Remedy
from tests.sizing.placements import changed, powers_or_any

QWEN_32B = {
    "hidden_size": 5120,
    "intermediate_size": 27648,
    "num_hidden_layers": 64,
    "num_attention_heads": 40,
    "num_key_value_heads": 8,
    "head_dim": 128,
    "vocab_size": 152064,
    "max_position_embeddings": 32768,
}
"""https://huggingface.co/Qwen/Qwen2.5-32B-Instruct/blob/main/config.json"""

MODELS: list[dict[str, Any]] = [
    *({"name": name} for name in MODEL_SHAPES),
    {"name": "Qwen/Qwen2.5-32B-Instruct", "architecture": QWEN_32B},
    {"name": "owner/half", "architecture": QWEN_32B | {"num_attention_heads": 24, "max_position_embeddings": 300}},
]


def some_of(**values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    return st.fixed_dictionaries({}, optional=values)


services = st.builds(
    lambda model, load, **rest: {"service_name": "llm", "image": "example.com/llm:1", "model": model | load, **rest},
    model=st.sampled_from(MODELS),
    load=st.fixed_dictionaries(
        {
            "tensor_parallel_size": st.sampled_from([1, 2, 3, 4, 8, 16, 24, 32]),
            "max_model_len": powers_or_any(2**18),
            "max_num_seqs": powers_or_any(2**11),
        }
    ),
    instance_type=st.sampled_from(list(INSTANCE_TYPES)),
    replicas=some_of(min=st.integers(1, 30) | st.just(5000), max=st.integers(1, 30)),
    worker=some_of(cpu=st.integers(1, 200), memory_gib=st.integers(1, 700), neuron_chips=st.integers(1, 20)),
)


def reading(raw: dict[str, Any]) -> Reading[LlmServiceSettings]:
    return read(LlmServiceSettings, raw, PYTHON_NAMES)


def wrong(raw: dict[str, Any]) -> list[str]:
    found = reading(raw)
    return [*found.problems, *broken_rules(RULES, found.settings, PYTHON_NAMES, found.unusable)]


def applied(raw: dict[str, Any], remedy: Remedy) -> dict[str, Any]:
    return changed(raw, {tuple(path.split(".")): value for path, value in remedy.items()})


@settings(max_examples=300, deadline=None)
@given(services)
def test_every_remedy_leads_to_a_service_with_which_nothing_is_wrong(raw: dict[str, Any]) -> None:
    found = fit_problems(reading(raw).settings, PYTHON_NAMES)
    assert wrong(raw) == [problem.message for problem in found]
    if not all(problem.remedies for problem in found):
        return
    for problem in found:
        for remedy in problem.remedies:
            mended = raw
            for other in found:
                mended = applied(mended, remedy if other is problem else other.remedies[0])
            assert wrong(mended) == []


@pytest.mark.parametrize("name", [name for name in MODEL_SHAPES if "70B" in name])
def test_llama_70b_on_inf2_48xlarge(name: str) -> None:
    model = {"name": name, "tensor_parallel_size": 24, "max_model_len": 8192, "max_num_seqs": 16}
    raw = {"service_name": "llm", "image": "example.com/llm:1", "instance_type": "inf2.48xlarge", "model": model}
    assert wrong(raw) == []
    (problem,) = fit_problems(reading(applied(raw, {"model.tensor_parallel_size": 8})).settings, PYTHON_NAMES)
    assert problem.remedies[0] == {"model.tensor_parallel_size": 24}
