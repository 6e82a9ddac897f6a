"""Placements of models for tests: of all kinds, and with a remedy applied."""

import copy
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from hypothesis import strategies as st

from neuronserve.facts.instance_types import INSTANCE_TYPES, instance_type
from neuronserve.sizing import MODEL_SHAPES, SETTINGS, ModelShape, Placement, Problem, Remedy, check_fit
from neuronserve.sizing.model_config import Experts

LLAMA_3_8B = MODEL_SHAPES["meta-llama/Meta-Llama-3-8B-Instruct"]
LLAMA_3_70B = MODEL_SHAPES["meta-llama/Meta-Llama-3-70B-Instruct"]
LLAMA_3_3_70B = MODEL_SHAPES["meta-llama/Llama-3.3-70B-Instruct"]
SMOLLM2 = MODEL_SHAPES["smollm2-135m-instruct"]

SHAPES = [
    *MODEL_SHAPES.values(),
    ModelShape(3584, 18944, 28, 28, 4, 128, 152064, 32768),  # Qwen2.5-7B
    ModelShape(5120, 27648, 64, 40, 8, 128, 152064, 32768),  # Qwen2.5-32B
    ModelShape(4096, 14336, 32, 32, 8, 128, 32000, 32768, experts=Experts(8, 14336)),  # Mixtral-8x7B
    ModelShape(16384, 53248, 126, 128, 8, 128, 128256, 131072),  # Llama-3.1-405B
    replace(LLAMA_3_70B, bits=4.5),
    replace(LLAMA_3_8B, num_key_value_heads=32),
    replace(LLAMA_3_8B, max_position_embeddings=256),
    replace(SMOLLM2, num_attention_heads=24),
]


@st.composite
def any_shape(draw: st.DrawFn) -> ModelShape:
    key_value_heads = draw(st.integers(1, 16))
    return ModelShape(
        hidden_size=draw(st.integers(1, 16384)),
        intermediate_size=draw(st.integers(1, 65536)),
        num_hidden_layers=draw(st.integers(1, 128)),
        num_attention_heads=key_value_heads * draw(st.integers(1, 8)),
        num_key_value_heads=key_value_heads,
        head_dim=draw(st.integers(1, 256)),
        vocab_size=draw(st.integers(1, 300000)),
        max_position_embeddings=draw(st.integers(1, 2**20)),
        tie_word_embeddings=draw(st.booleans()),
    )


def powers_or_any(most: int) -> st.SearchStrategy[int]:
    """Return numbers up to a power of two, those that people write more often."""
    return st.integers(1, most) | st.integers(0, most.bit_length() - 1).map(lambda exponent: 2**exponent)


placements = st.builds(
    Placement,
    shape=st.sampled_from(SHAPES) | any_shape(),
    node=st.sampled_from(list(INSTANCE_TYPES.values())),
    tensor_parallel_size=st.sampled_from([1, 2, 3, 4, 8, 16, 24, 32]),
    max_model_len=powers_or_any(2**18),
    max_num_seqs=powers_or_any(2**11),
    min_replicas=st.integers(1, 25) | st.just(5000),
    max_replicas=st.none() | st.integers(1, 50),
    chips=st.none() | st.integers(1, 20),
    worker_cpu=st.none() | st.integers(1, 200),
    worker_memory_gib=st.none() | st.integers(1, 700),
)
"""Of all kinds, most of them wrong in some way."""


def full(shape: ModelShape | None, name: str, size: int, length: int, sequences: int) -> Placement:
    """Return a placement whose replicas fill a node."""
    node = instance_type(name)
    return Placement(shape, node, size, length, sequences, min_replicas=max(node.cores // size, 1))


def problems(placement: Placement) -> list[Problem]:
    return check_fit(placement, lambda path: path.removeprefix("model."))


def messages(placement: Placement) -> list[str]:
    return [problem.message for problem in problems(placement)]


def applied(placement: Placement, remedy: Remedy) -> Placement:
    """Return a placement with the settings that a remedy names."""
    fields = {path: field for field, path in SETTINGS.items()}
    change: dict[str, Any] = {fields[path]: value for path, value in remedy.items()}
    return replace(placement, **change | ({"node": instance_type(change["node"])} if "node" in change else {}))


def changed(raw: dict[str, Any], values: Mapping[tuple[str, ...], Any]) -> dict[str, Any]:
    """Return raw settings with other values, by their paths."""
    raw = copy.deepcopy(raw)
    for (*parents, key), value in values.items():
        holder = raw
        for parent in parents:
            holder = holder.setdefault(parent, {})
        holder[key] = value
    return raw
