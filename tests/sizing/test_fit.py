from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from neuronserve.facts.instance_types import INSTANCE_TYPES
from neuronserve.settings import SettingNames
from neuronserve.sizing import Placement, check_fit, padding_cost
from tests.sizing.placements import (
    LLAMA_3_3_70B,
    LLAMA_3_8B,
    LLAMA_3_70B,
    SMOLLM2,
    full,
    messages,
    placements,
    problems,
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
    assert messages(full(LLAMA_3_8B, name, size, length, sequences)) == []


def test_the_embedded_model_fits_the_smallest_instance():
    assert messages(full(SMOLLM2, "inf2.xlarge", 1, 8192, 16)) == []


def test_tensor_parallel_size_24_is_right_for_heads_that_24_divides():
    shape = replace(LLAMA_3_8B, num_attention_heads=48, num_key_value_heads=8)
    assert messages(full(shape, "inf2.48xlarge", 24, 8192, 8)) == []


def test_too_many_sequences():
    placement = replace(full(LLAMA_3_8B, "inf2.8xlarge", 2, 8192, 16), max_replicas=3)
    names = SettingNames(prefix="neuronserve:", camel_case=True)
    assert [problem.message for problem in check_fit(placement, names)] == [
        "neuronserve:model.maxNumSeqs is 16, and with maxModelLen 8192 the KV cache takes 16.0 "
        "GiB; with 15.0 GiB of weights that is 15.5 of 16 GiB on each of the 2 cores of "
        "inf2.8xlarge, where 2 GiB are kept for compiled code and scratch. "
        "Set maxNumSeqs to 8, or maxModelLen to 4096, or choose inf2.24xlarge with "
        "tensorParallelSize 4."
    ]


def test_settings_of_a_python_caller():
    (message,) = messages(full(LLAMA_3_8B, "inf2.8xlarge", 2, 8192, 16))
    assert message.startswith("max_num_seqs is 16, and with max_model_len 8192 ")
    assert message.endswith(
        "Set max_num_seqs to 8, or max_model_len to 4096, or choose inf2.24xlarge with tensor_parallel_size 4 and "
        "replicas.max 3."
    )


@pytest.mark.parametrize(
    ("placement", "message"),
    [
        pytest.param(
            full(LLAMA_3_8B, "inf2.48xlarge", 2, 8192, 16),
            "max_num_seqs is 16, and with max_model_len 8192 the KV cache takes 16.0 GiB; with "
            "15.0 GiB of weights that is 15.5 of 16 GiB on each of the 2 cores that a replica has "
            "on inf2.48xlarge, where 2 GiB are kept for compiled code and scratch. "
            "Set max_num_seqs to 8, or max_model_len to 4096, or "
            "tensor_parallel_size to 4 and replicas.min to 6, or choose inf2.24xlarge with tensor_parallel_size 4 and "
            "replicas.min 3.",
            id="more cores would do",
        ),
        pytest.param(
            full(LLAMA_3_8B, "inf2.48xlarge", 8, 8192, 1000),
            "max_num_seqs is 1000, and with max_model_len 8192 the KV cache takes 1000.0 GiB; "
            "with 15.0 GiB of weights that is 126.9 of 16 GiB on each of the 8 cores that a "
            "replica has on inf2.48xlarge, where 2 GiB are kept for compiled code and scratch. "
            "Set max_num_seqs to 64, or max_model_len to 512.",
            id="no instance would do",
        ),
        pytest.param(
            full(LLAMA_3_8B, "inf2.8xlarge", 2, 8192, 100_000),
            "max_num_seqs is 100000, and with max_model_len 8192 the KV cache takes 100000.0 GiB; "
            "with 15.0 GiB of weights that is 50007.5 of 16 GiB on each of the 2 cores of "
            "inf2.8xlarge, where 2 GiB are kept for compiled code and scratch. Set max_num_seqs to 8.",
            id="no length would do",
        ),
        pytest.param(
            full(replace(LLAMA_3_8B, max_position_embeddings=2**20), "inf2.8xlarge", 2, 2**20, 1),
            "max_num_seqs is 1, and with max_model_len 1048576 the KV cache takes 128.0 GiB; with "
            "15.0 GiB of weights that is 71.5 of 16 GiB on each of the 2 cores of inf2.8xlarge, "
            "where 2 GiB are kept for compiled code and scratch. Set max_model_len to 65536.",
            id="no number of sequences would do",
        ),
        pytest.param(
            full(LLAMA_3_8B, "inf2.8xlarge", 1, 4096, 8),
            "tensor_parallel_size is 1, and the 15.0 GiB of weights alone take 15.0 of 16 GiB on "
            "the one core that a replica has on inf2.8xlarge, where 2 GiB are kept for compiled "
            "code and scratch. Set tensor_parallel_size to 2 and replicas.min to 1, or choose inf2.24xlarge with "
            "tensor_parallel_size 2 and replicas.max 6.",
            id="weights alone",
        ),
        pytest.param(
            full(LLAMA_3_8B, "inf2.xlarge", 2, 4096, 8),
            "tensor_parallel_size is 2, so one inf2.xlarge holds 1 replica, and compiling the "
            "model takes about 34 GiB of host memory (2 x 15.0 GiB of weights + 4 GiB for each "
            "replica); a worker there has 11 GiB. No setting makes it fit on inf2.xlarge. Choose "
            "inf2.8xlarge.",
            id="host memory",
        ),
        pytest.param(
            full(LLAMA_3_70B, "trn1.32xlarge", 16, 8192, 16),
            "tensor_parallel_size is 16, so one trn1.32xlarge holds 2 replicas, and compiling the "
            "model takes about 534 GiB of host memory (2 x 131.4 GiB of weights + 4 GiB for each "
            "replica); a worker there has 431 GiB. Set tensor_parallel_size to 32 and "
            "replicas.min to 1, or choose inf2.48xlarge with tensor_parallel_size 24 and replicas.min 1.",
            id="host memory of all replicas",
        ),
        pytest.param(
            full(LLAMA_3_8B, "inf2.8xlarge", 2, 16384, 4),
            "max_model_len is 16384, but the model was trained for sequences of 8192 tokens at "
            "most. Set it to 8192 or less.",
            id="too long",
        ),
        pytest.param(
            full(LLAMA_3_8B, "inf2.48xlarge", 24, 8192, 32),
            "tensor_parallel_size is 24 on inf2.48xlarge, but the model's 32 attention heads "
            "would have to be padded to 48, and its KV cache from 8 heads to 24. Set it to 4 "
            "and replicas.max to 6, or to 8 and replicas.max to 3.",
            id="24 cores",
        ),
        pytest.param(
            full(LLAMA_3_8B, "inf2.48xlarge", 16, 8192, 8),
            "tensor_parallel_size is 16 on inf2.48xlarge, but the Neuron runtime joins 1, 2, 4, 8 "
            "or 24 cores on inf2; it leaves 8 of the 24 cores of inf2.48xlarge idle. Set it to "
            "2 and replicas.max to 12, or to 4 and replicas.max to 6, or to 8 and replicas.max to 3.",
            id="no runtime size, idle cores",
        ),
        pytest.param(
            full(LLAMA_3_8B, "trn1.32xlarge", 4, 8192, 8),
            "tensor_parallel_size is 4 on trn1.32xlarge, but the Neuron runtime joins 1, 2, 8, 16 "
            "or 32 cores on trn1. Set it to 8 and replicas.min to 4, or to 16 and "
            "replicas.min to 2, or to 32 and replicas.min to 1.",
            id="no runtime size on Trainium",
        ),
        pytest.param(
            full(LLAMA_3_8B, "inf2.24xlarge", 8, 8192, 8),
            "tensor_parallel_size is 8 on inf2.24xlarge, but it leaves 4 of the 12 cores of "
            "inf2.24xlarge idle. Set it to 2 and replicas.max to 6, or to 4 and replicas.max to 3.",
            id="idle cores",
        ),
        pytest.param(
            full(LLAMA_3_8B, "inf2.8xlarge", 8, 4096, 8),
            "tensor_parallel_size is 8 on inf2.8xlarge, but inf2.8xlarge has 2 cores. Set it to 2.",
            id="too few cores",
        ),
        pytest.param(
            full(SMOLLM2, "inf2.xlarge", 2, 8192, 16),
            "tensor_parallel_size is 2 on inf2.xlarge, but the model's 9 attention heads would "
            "have to be padded to 10, and its KV cache from 3 heads to 10. Set it to 1 and replicas.max to 2.",
            id="indivisible heads",
        ),
    ],
)
def test_message(placement, message):
    assert messages(placement) == [message]


def test_all_problems_at_once():
    too_long, too_large = messages(full(LLAMA_3_70B, "inf2.8xlarge", 3, 99_999, 16))
    assert too_long.endswith("Set it to 8192 or less.")
    assert too_large == (
        "tensor_parallel_size is 3 on inf2.8xlarge, but the Neuron runtime joins 1, 2, 4, 8 or 24 cores on inf2; "
        "inf2.8xlarge has 2 cores. With 2, the 131.4 GiB of weights alone take 65.7 of 16 GiB on each of the 2 cores "
        "of inf2.8xlarge, where 2 GiB are kept for compiled code and scratch. One inf2.8xlarge holds 1 replica, and "
        "compiling the model takes about 267 GiB of host memory (2 x 131.4 GiB of weights + 4 GiB for each replica); a "
        "worker there has 105 GiB. No setting makes it fit on inf2.8xlarge. Choose inf2.48xlarge with "
        "tensor_parallel_size 24."
    )


def test_a_model_that_fits_nowhere():
    enormous = replace(LLAMA_3_70B, num_hidden_layers=1000)
    (message,) = messages(full(enormous, "trn1.32xlarge", 32, 1024, 1))
    assert message.endswith(" There is no instance type on which it fits: choose a smaller model.")


def test_what_does_not_help_alone_is_said_together():
    (message,) = messages(full(LLAMA_3_8B, "inf2.8xlarge", 2, 8192, 10**6))
    assert message.endswith(" Set max_num_seqs to 8.")
    (message,) = messages(full(LLAMA_3_8B, "inf2.48xlarge", 1, 8192, 1000))
    assert "15.0 GiB of weights alone take 15.0 of 16 GiB on the one core" in message
    assert "Set tensor_parallel_size to 8, max_num_seqs to 64 and replicas.min to 3, or " in message
    (message,) = messages(full(LLAMA_3_70B, "inf2.8xlarge", 2, 4096, 1000))
    assert message.endswith("Choose inf2.48xlarge with tensor_parallel_size 24 and max_num_seqs 32.")


@pytest.mark.parametrize("sequences", [1, 4, 8, 16, 32, 48])
def test_llama_70b_on_24_cores_fits_as_published(sequences):
    """https://huggingface.co/docs/optimum-neuron/benchmarks/inferentia-llama3.3-70b has these on inf2.48xlarge."""
    assert messages(full(LLAMA_3_3_70B, "inf2.48xlarge", 24, 4096, sequences)) == []


def test_heads_are_padded_only_where_nothing_else_fits():
    # 24 cores for what 8 would do are refused, and proposed for what 8 are too few for.
    assert "would have to be padded to 48" in messages(full(LLAMA_3_8B, "inf2.48xlarge", 24, 4096, 8))[0]
    (message,) = messages(full(LLAMA_3_70B, "inf2.48xlarge", 8, 4096, 8))
    assert message.endswith(
        "Set tensor_parallel_size to 24 and replicas.min to 1, or choose trn1.32xlarge with tensor_parallel_size 32 "
        "and replicas.min 1."
    )
    (message,) = messages(full(LLAMA_3_70B, "inf2.48xlarge", 24, 8192, 1000))
    assert message == (
        "max_num_seqs is 1000, and with max_model_len 8192 the KV cache takes 7500.0 GiB; with 138.9 GiB of weights "
        "(64 attention heads padded to 72, 8 key/value heads repeated to 24) that is 318.3 of 16 GiB on each of the 24 "
        "cores of inf2.48xlarge, where 2 GiB are kept for compiled code and scratch. Set max_num_seqs to 16."
    )


def test_what_padding_costs():
    assert padding_cost(LLAMA_3_70B, 24) == (
        "64 attention heads padded to 72, 8 key/value heads repeated to 24; that takes 12 % more work in attention, "
        "138.9 instead of 131.4 GiB for weights and a KV cache 3 times as large"
    )
    assert padding_cost(LLAMA_3_70B, 32) is None
    assert padding_cost(SMOLLM2, 2) == (
        "9 attention heads padded to 10, 3 key/value heads repeated to 10; that takes 11 % more work in attention, 0.3 "
        "instead of 0.3 GiB for weights and a KV cache 3.33 times as large"
    )


def test_a_part_of_a_node_is_called_so():
    part = Placement(LLAMA_3_8B, INSTANCE_TYPES["inf2.48xlarge"], 2, 8192, 16, min_replicas=12, chips=1)
    (message,) = messages(part)
    assert "on each of the 2 cores of a worker with 1 chip of inf2.48xlarge" in message
    assert message.endswith(
        "Set max_num_seqs to 8, or max_model_len to 4096, or tensor_parallel_size to 4, worker.neuron_chips to 2 and "
        "replicas.min to 6, or choose inf2.24xlarge with tensor_parallel_size 4 and replicas.min 3 and without "
        "worker.neuron_chips."
    )


def test_of_an_unknown_model_only_the_cores_are_checked():
    assert messages(full(None, "inf2.48xlarge", 24, 10**9, 10**9)) == []
    assert messages(full(None, "inf2.24xlarge", 8, 10**9, 10**9)) == [
        "tensor_parallel_size is 8 on inf2.24xlarge, but it leaves 4 of the 12 cores of "
        "inf2.24xlarge idle. Set it to 1 and replicas.max to 12, or to 2 and replicas.max to 6, or to 4 and "
        "replicas.max to 3."
    ]


@settings(max_examples=200, deadline=None)
@given(placements, st.data())
def test_what_fits_also_fits_with_less_unless_it_is_padded(placement, data):
    less = replace(
        placement,
        max_model_len=data.draw(st.integers(1, placement.max_model_len)),
        max_num_seqs=data.draw(st.integers(1, placement.max_num_seqs)),
    )
    assert not placement.fits or less.fits or (less.is_padded and less.unpadded_sizes())


@settings(max_examples=200, deadline=None)
@given(placements)
def test_what_is_suggested_to_be_lowered_is_lowered_no_more_than_needed(placement):
    found = next((problem for problem in problems(placement) if problem.kind == "fit"), None)
    longest = placement.shape.max_position_embeddings
    placement = replace(placement, max_model_len=min(placement.max_model_len, longest))
    for remedy in found.remedies if found else ():
        for path, field in (("model.max_num_seqs", "max_num_seqs"), ("model.max_model_len", "max_model_len")):
            if list(remedy) == [path]:
                assert remedy[path].bit_count() == 1
                assert (
                    2 * remedy[path] >= getattr(placement, field)
                    or not replace(placement, **{field: 2 * remedy[path]}).fits
                )


@settings(max_examples=200, deadline=None)
@given(placements)
def test_the_suggested_instance_is_the_smallest_other_that_fits(placement):
    longest = placement.shape.max_position_embeddings
    placement = replace(placement, chips=None, max_model_len=min(placement.max_model_len, longest))
    lowered = {"model.max_num_seqs", "model.max_model_len"}
    own = placement.node
    others = sorted(
        (other for other in INSTANCE_TYPES.values() if other is not own),
        key=lambda other: (other.family != own.family, other.on_demand_usd_per_hour),
    )
    fitting = [other.name for other in others if replace(placement, node=other).fitting_sizes()]
    for problem in problems(placement):
        suggested = [remedy for remedy in problem.remedies if "instance_type" in remedy and not remedy.keys() & lowered]
        if suggested:
            assert [remedy["instance_type"] for remedy in suggested] == fitting[:1]
