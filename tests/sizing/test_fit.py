import re
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuronserve.facts.instance_types import INSTANCE_TYPES, instance_type
from neuronserve.sizing import MODEL_SHAPES, ModelShape, check_fit, memory_per_core

LLAMA_3_8B = MODEL_SHAPES["meta-llama/Meta-Llama-3-8B-Instruct"]
LLAMA_3_70B = MODEL_SHAPES["meta-llama/Meta-Llama-3-70B-Instruct"]
SMOLLM2 = MODEL_SHAPES["smollm2-135m-instruct"]

STACK_NAMES = {
    "tensor_parallel_size": "neuronserve:model.tensorParallelSize",
    "max_model_len": "neuronserve:model.maxModelLen",
    "max_num_seqs": "neuronserve:model.maxNumSeqs",
}


class Placement(NamedTuple):
    """A model on an instance type, as a user sets it."""

    shape: ModelShape | None
    name: str
    size: int
    length: int
    sequences: int


def problems(placement: Placement, setting: Callable[[str], str] = str) -> list[str]:
    return check_fit(
        placement.shape,
        instance_type(placement.name),
        tensor_parallel_size=placement.size,
        max_model_len=placement.length,
        max_num_seqs=placement.sequences,
        setting=setting,
    )


@pytest.mark.parametrize(
    ("name", "size", "length", "sequences"),
    [
        ("inf2.8xlarge", 2, 4096, 8),
        ("inf2.8xlarge", 2, 4096, 16),
        ("inf2.8xlarge", 2, 8192, 8),
        ("inf2.48xlarge", 8, 8192, 16),
        ("inf2.48xlarge", 8, 8192, 32),
        ("inf2.48xlarge", 8, 8192, 64),
        ("inf2.48xlarge", 2, 4096, 8),  # 12 replicas
        ("trn1.32xlarge", 8, 8192, 32),
    ],
)
def test_llama_3_8b_fits(name, size, length, sequences):
    assert problems(Placement(LLAMA_3_8B, name, size, length, sequences)) == []


def test_the_embedded_model_fits_the_smallest_instance():
    assert problems(Placement(SMOLLM2, "inf2.xlarge", 1, 8192, 16)) == []


def test_tensor_parallel_size_24_is_right_for_heads_that_24_divides():
    shape = replace(LLAMA_3_8B, num_attention_heads=48, num_key_value_heads=8)
    assert problems(Placement(shape, "inf2.48xlarge", 24, 8192, 8)) == []


def test_too_many_sequences():
    assert problems(Placement(LLAMA_3_8B, "inf2.8xlarge", 2, 8192, 16), STACK_NAMES.__getitem__) == [
        "neuronserve:model.maxNumSeqs is 16, and with maxModelLen 8192 the KV cache takes 16.0 "
        "GiB; with 15.0 GiB of weights that is 15.5 of 16 GiB on each of the 2 cores of "
        "inf2.8xlarge, where 2 GiB are kept for compiled code and scratch. "
        "Set maxNumSeqs to 8, or maxModelLen to 4096, or choose inf2.24xlarge with "
        "tensorParallelSize 4."
    ]


def test_settings_of_a_python_caller():
    (message,) = problems(Placement(LLAMA_3_8B, "inf2.8xlarge", 2, 8192, 16))
    assert message.startswith("max_num_seqs is 16, and with max_model_len 8192 ")
    assert message.endswith(
        "Set max_num_seqs to 8, or max_model_len to 4096, or choose inf2.24xlarge with tensor_parallel_size 4."
    )


@pytest.mark.parametrize(
    ("placement", "message"),
    [
        pytest.param(
            Placement(LLAMA_3_8B, "inf2.48xlarge", 2, 8192, 16),
            "max_num_seqs is 16, and with max_model_len 8192 the KV cache takes 16.0 GiB; with "
            "15.0 GiB of weights that is 15.5 of 16 GiB on each of the 2 cores that a replica has "
            "on inf2.48xlarge, where 2 GiB are kept for compiled code and scratch. "
            "Set max_num_seqs to 8, or max_model_len to 4096, or "
            "tensor_parallel_size to 4, or choose inf2.24xlarge with tensor_parallel_size 4.",
            id="more cores would do",
        ),
        pytest.param(
            Placement(LLAMA_3_8B, "inf2.48xlarge", 8, 8192, 1000),
            "max_num_seqs is 1000, and with max_model_len 8192 the KV cache takes 1000.0 GiB; "
            "with 15.0 GiB of weights that is 126.9 of 16 GiB on each of the 8 cores that a "
            "replica has on inf2.48xlarge, where 2 GiB are kept for compiled code and scratch. "
            "Set max_num_seqs to 64, or max_model_len to 512.",
            id="no instance would do",
        ),
        pytest.param(
            Placement(LLAMA_3_8B, "inf2.8xlarge", 2, 8192, 100_000),
            "max_num_seqs is 100000, and with max_model_len 8192 the KV cache takes 100000.0 GiB; "
            "with 15.0 GiB of weights that is 50007.5 of 16 GiB on each of the 2 cores of "
            "inf2.8xlarge, where 2 GiB are kept for compiled code and scratch. Set max_num_seqs to 8.",
            id="no length would do",
        ),
        pytest.param(
            Placement(replace(LLAMA_3_8B, max_position_embeddings=2**20), "inf2.8xlarge", 2, 2**20, 1),
            "max_num_seqs is 1, and with max_model_len 1048576 the KV cache takes 128.0 GiB; with "
            "15.0 GiB of weights that is 71.5 of 16 GiB on each of the 2 cores of inf2.8xlarge, "
            "where 2 GiB are kept for compiled code and scratch. Set max_model_len to 65536.",
            id="no number of sequences would do",
        ),
        pytest.param(
            Placement(LLAMA_3_8B, "inf2.8xlarge", 1, 4096, 8),
            "tensor_parallel_size is 1, and the 15.0 GiB of weights alone take 15.0 of 16 GiB on "
            "the one core that a replica has on inf2.8xlarge, where 2 GiB are kept for compiled "
            "code and scratch. Set tensor_parallel_size to 2, or choose inf2.24xlarge with "
            "tensor_parallel_size 2.",
            id="weights alone",
        ),
        pytest.param(
            Placement(LLAMA_3_8B, "inf2.xlarge", 2, 4096, 8),
            "tensor_parallel_size is 2, so one inf2.xlarge holds 1 replica, and compiling the "
            "model takes about 34 GiB of host memory (2 x 15.0 GiB of weights + 4 GiB for each "
            "replica); a worker there has 11 GiB. Choose inf2.8xlarge.",
            id="host memory",
        ),
        pytest.param(
            Placement(LLAMA_3_70B, "trn1.32xlarge", 16, 8192, 16),
            "tensor_parallel_size is 16, so one trn1.32xlarge holds 2 replicas, and compiling the "
            "model takes about 534 GiB of host memory (2 x 131.4 GiB of weights + 4 GiB for each "
            "replica); a worker there has 431 GiB. Set tensor_parallel_size to 32, or choose "
            "trn1n.32xlarge with tensor_parallel_size 32.",
            id="host memory of all replicas",
        ),
        pytest.param(
            Placement(LLAMA_3_8B, "inf2.8xlarge", 2, 16384, 4),
            "max_model_len is 16384, but the model was trained for sequences of 8192 tokens at "
            "most. Set it to 8192 or less.",
            id="too long",
        ),
        pytest.param(
            Placement(LLAMA_3_8B, "inf2.48xlarge", 24, 8192, 32),
            "tensor_parallel_size is 24 on inf2.48xlarge, but the model's 32 attention heads "
            "would have to be padded to 48, and its KV cache from 8 heads to 24. Set it to 4 or "
            "8.",
            id="24 cores",
        ),
        pytest.param(
            Placement(LLAMA_3_8B, "inf2.48xlarge", 16, 8192, 8),
            "tensor_parallel_size is 16 on inf2.48xlarge, but the Neuron runtime joins 1, 2, 4, 8 "
            "or 24 cores on inf2; it leaves 8 of the 24 cores of inf2.48xlarge idle. Set it to "
            "2, 4 or 8.",
            id="no runtime size, idle cores",
        ),
        pytest.param(
            Placement(LLAMA_3_8B, "trn1.32xlarge", 4, 8192, 8),
            "tensor_parallel_size is 4 on trn1.32xlarge, but the Neuron runtime joins 1, 2, 8, 16 "
            "or 32 cores on trn1. Set it to 8, 16 or 32.",
            id="no runtime size on Trainium",
        ),
        pytest.param(
            Placement(LLAMA_3_8B, "inf2.24xlarge", 8, 8192, 8),
            "tensor_parallel_size is 8 on inf2.24xlarge, but it leaves 4 of the 12 cores of "
            "inf2.24xlarge idle. Set it to 2 or 4.",
            id="idle cores",
        ),
        pytest.param(
            Placement(LLAMA_3_8B, "inf2.8xlarge", 8, 4096, 8),
            "tensor_parallel_size is 8 on inf2.8xlarge, but inf2.8xlarge has 2 cores. Set it to 2.",
            id="too few cores",
        ),
        pytest.param(
            Placement(SMOLLM2, "inf2.xlarge", 2, 8192, 16),
            "tensor_parallel_size is 2 on inf2.xlarge, but the model's 9 attention heads would "
            "have to be padded to 10, and its KV cache from 3 heads to 10. Set it to 1.",
            id="indivisible heads",
        ),
    ],
)
def test_message(placement, message):
    assert problems(placement) == [message]


def test_all_problems_at_once():
    messages = problems(Placement(LLAMA_3_70B, "inf2.8xlarge", 3, 99_999, 16))
    assert [message.split(".")[0].split(" is ")[0] for message in messages] == [
        "max_model_len",
        "tensor_parallel_size",
        "tensor_parallel_size",
        "tensor_parallel_size",
    ]
    too_long, no_size, weights, host_memory = messages
    assert "Set it to 8192 or less." in too_long
    assert "inf2.8xlarge has 2 cores; the model's 64 attention heads" in no_size
    assert "131.4 GiB of weights alone take 65.7 of 16 GiB" in weights
    assert weights.endswith("Choose trn1.32xlarge with tensor_parallel_size 32.")
    assert "about 267 GiB of host memory" in host_memory


def test_a_model_that_fits_nowhere():
    enormous = replace(LLAMA_3_70B, num_hidden_layers=1000)
    messages = problems(Placement(enormous, "trn1.32xlarge", 32, 1024, 1))
    assert len(messages) == 2
    assert all(message.endswith(" Choose a smaller model.") for message in messages)


def test_of_an_unknown_model_only_the_cores_are_checked():
    assert problems(Placement(None, "inf2.48xlarge", 24, 10**9, 10**9)) == []
    assert problems(Placement(None, "inf2.24xlarge", 8, 10**9, 10**9)) == [
        "tensor_parallel_size is 8 on inf2.24xlarge, but it leaves 4 of the 12 cores of "
        "inf2.24xlarge idle. Set it to 1, 2 or 4."
    ]


placements = st.builds(
    Placement,
    shape=st.sampled_from(
        [
            *MODEL_SHAPES.values(),
            replace(LLAMA_3_8B, num_hidden_layers=64),
            replace(SMOLLM2, num_attention_heads=24),
        ]
    ),
    name=st.sampled_from(sorted(INSTANCE_TYPES)),
    size=st.sampled_from([1, 2, 3, 4, 8, 16, 24, 32]),
    length=st.integers(1, 2**18) | st.integers(8, 18).map(lambda exponent: 2**exponent),
    sequences=st.integers(1, 2048) | st.integers(0, 11).map(lambda exponent: 2**exponent),
)


@settings(max_examples=200, deadline=None)
@given(placements, st.data())
def test_what_fits_also_fits_with_less(placement, data):
    less = placement._replace(
        length=data.draw(st.integers(1, placement.length)),
        sequences=data.draw(st.integers(1, placement.sequences)),
    )
    assert problems(placement) or not problems(less)


@settings(deadline=None)
@given(placements)
def test_every_problem_comes_with_advice(placement):
    for message in problems(placement):
        assert re.match(r"(max_model_len|tensor_parallel_size|max_num_seqs) is \d+", message)
        assert re.search(r"\. (Set|Choose) .+[^.]\.$", message)


@settings(deadline=None)
@given(placements)
def test_each_too_long_sequence_is_told_the_longest(placement):
    longest = placement.shape.max_position_embeddings
    advice = f"Set it to {longest} or less."
    assert any(advice in message for message in problems(placement)) == (placement.length > longest)


@settings(max_examples=200, deadline=None)
@given(placements)
def test_each_suggested_size_fits_or_is_what_the_other_messages_are_about(placement):
    placement = with_length_mended(placement)
    messages = problems(placement)
    if sizes := suggested_sizes(messages):
        others = [message for message in messages if "Set it to" not in message]
        assert all(problems(placement._replace(size=size)) == others for size in sizes)
        if not others:
            assert sizes == fitting_sizes(placement)


@settings(max_examples=200, deadline=None)
@given(placements)
def test_the_suggested_number_of_sequences_is_the_largest_power_of_two_that_fits(placement):
    placement = mended(placement)
    for message in problems(placement):
        if not message.startswith("max_num_seqs"):
            continue
        if match := re.search(r"max_num_seqs to (\d+)", message):
            right = int(match[1])
            assert right.bit_count() == 1
            assert right < placement.sequences
            assert memory_fits(placement._replace(sequences=right))
            assert 2 * right >= placement.sequences or not memory_fits(placement._replace(sequences=2 * right))
        else:
            assert placement.sequences == 1 or not memory_fits(placement._replace(sequences=1))


@settings(max_examples=200, deadline=None)
@given(placements)
def test_the_suggested_length_is_the_largest_power_of_two_that_fits(placement):
    placement = mended(placement)
    for message in problems(placement):
        if not message.startswith("max_num_seqs"):
            continue
        if match := re.search(r"max_model_len to (\d+)", message):
            right = int(match[1])
            assert right.bit_count() == 1
            assert 512 <= right < placement.length
            assert memory_fits(placement._replace(length=right))
            assert 2 * right >= placement.length or not memory_fits(placement._replace(length=2 * right))
        else:
            assert placement.length <= 512 or not memory_fits(placement._replace(length=512))


@settings(max_examples=200, deadline=None)
@given(placements)
def test_the_suggested_instance_is_the_smallest_other_that_fits(placement):
    placement = mended(placement)
    own = instance_type(placement.name)
    others = sorted(
        (other for other in INSTANCE_TYPES.values() if other is not own),
        key=lambda other: (other.family != own.family, other.on_demand_usd_per_hour),
    )
    fitting = [other.name for other in others if fitting_sizes(placement._replace(name=other.name))]
    for message in problems(placement):
        match = re.search(r"[cC]hoose (\w+\.\d*xlarge)(?: with tensor_parallel_size (\d+))?\.$", message)
        assert (match[1] if match else None) == (fitting[0] if fitting else None)
        if match:
            assert not problems(placement._replace(name=match[1], size=int(match[2] or placement.size)))
        if match := re.search(r"tensor_parallel_size to (\d+)", message):
            assert not problems(placement._replace(size=int(match[1])))
        else:
            assert not fitting_sizes(placement)


def with_length_mended(placement: Placement) -> Placement:
    return placement._replace(length=min(placement.length, placement.shape.max_position_embeddings))


def mended(placement: Placement) -> Placement:
    """Return a placement whose length and size are as the messages about these say."""
    placement = with_length_mended(placement)
    sizes = suggested_sizes(problems(placement))
    return placement._replace(size=sizes[-1]) if sizes else placement


def suggested_sizes(messages: list[str]) -> list[int]:
    for message in messages:
        if match := re.match(r"tensor_parallel_size is .* Set it to (.*)\.$", message):
            return [int(size) for size in re.findall(r"\d+", match[1])]
    return []


def fitting_sizes(placement: Placement) -> list[int]:
    sizes = instance_type(placement.name).tensor_parallel_sizes
    return [size for size in sizes if not problems(placement._replace(size=size))]


def memory_fits(placement: Placement) -> bool:
    return memory_per_core(
        placement.shape,
        instance_type(placement.name),
        tensor_parallel_size=placement.size,
        max_model_len=placement.length,
        max_num_seqs=placement.sequences,
    ).fits
