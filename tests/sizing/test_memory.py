import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuronserve.facts.instance_types import INSTANCE_TYPES, instance_type
from neuronserve.sizing import MODEL_SHAPES, MemoryPerCore, compile_memory_gib, memory_per_core, replicas_per_node

LLAMA_3_8B = MODEL_SHAPES["meta-llama/Meta-Llama-3-8B-Instruct"]


@pytest.mark.parametrize(
    ("name", "size", "length_and_sequences", "expected"),
    [
        ("inf2.8xlarge", 2, (4096, 8), (4, 9.48, True)),
        ("inf2.8xlarge", 2, (4096, 16), (8, 11.48, True)),
        ("inf2.8xlarge", 2, (8192, 8), (8, 11.48, True)),
        ("inf2.8xlarge", 2, (8192, 16), (16, 15.48, False)),
        ("inf2.48xlarge", 8, (8192, 16), (16, 3.87, True)),
        ("inf2.48xlarge", 8, (8192, 32), (32, 5.87, True)),
        ("inf2.48xlarge", 8, (8192, 64), (64, 9.87, True)),
    ],
)
def test_llama_3_8b(name, size, length_and_sequences, expected):
    length, sequences = length_and_sequences
    kv_cache_gib, total_gib, fits = expected
    memory = memory_per_core(
        LLAMA_3_8B,
        instance_type(name),
        tensor_parallel_size=size,
        max_model_len=length,
        max_num_seqs=sequences,
    )
    assert memory.kv_cache_gib * size == kv_cache_gib
    assert memory.total_gib == pytest.approx(total_gib, abs=0.005)
    assert memory.capacity_gib == 16
    assert memory.usable_gib == 14
    assert memory.fits is fits


@given(
    st.sampled_from(sorted(MODEL_SHAPES)),
    st.sampled_from(sorted(INSTANCE_TYPES)),
    st.sampled_from([1, 2, 4, 8, 16, 24, 32]),
    st.integers(1, 2**17),
    st.integers(1, 4096),
)
def test_the_cores_together_hold_the_weights_and_the_whole_kv_cache(name, instance, size, length, sequences):
    shape = MODEL_SHAPES[name]
    memory = memory_per_core(
        shape,
        INSTANCE_TYPES[instance],
        tensor_parallel_size=size,
        max_model_len=length,
        max_num_seqs=sequences,
    )
    tokens = length * sequences
    assert memory.weights_gib * size * 2**30 == pytest.approx(shape.weight_bytes(size))
    assert memory.kv_cache_gib * size * 2**30 == pytest.approx(shape.kv_bytes_per_token(size) * tokens)
    assert memory.total_gib == memory.weights_gib + memory.kv_cache_gib
    assert memory.fits == (memory.total_gib <= memory.usable_gib)
    assert memory.usable_gib < memory.capacity_gib


def test_a_core_may_be_full_to_what_is_usable():
    assert MemoryPerCore(weights_gib=8, kv_cache_gib=6, usable_gib=14, capacity_gib=16).fits
    assert not MemoryPerCore(weights_gib=8, kv_cache_gib=6.001, usable_gib=14, capacity_gib=16).fits


@pytest.mark.parametrize(
    ("name", "size", "replicas"),
    [("inf2.8xlarge", 2, 1), ("inf2.48xlarge", 8, 3), ("inf2.48xlarge", 2, 12), ("inf2.8xlarge", 4, 0)],
)
def test_replicas_per_node(name, size, replicas):
    assert replicas_per_node(instance_type(name), size) == replicas


def test_compile_memory():
    one = compile_memory_gib(LLAMA_3_8B, replicas=1)
    assert 32 < one < 100  # killed on a host with 32 GiB; 128 GiB, of which a pod has some 105, should do
    assert compile_memory_gib(LLAMA_3_8B, replicas=3) == pytest.approx(3 * one)
