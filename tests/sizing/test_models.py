import re
from dataclasses import asdict

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuronserve.sizing import MODEL_SHAPES, InvalidModelConfigError, ModelShape, model_shape
from tests.sizing.placements import any_shape

# What https://huggingface.co/NousResearch/Meta-Llama-3-8B-Instruct/blob/main/config.json says.
LLAMA_3_8B = {
    "architectures": ["LlamaForCausalLM"],
    "attention_bias": False,
    "hidden_act": "silu",
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "max_position_embeddings": 8192,
    "model_type": "llama",
    "num_attention_heads": 32,
    "num_hidden_layers": 32,
    "num_key_value_heads": 8,
    "tie_word_embeddings": False,
    "torch_dtype": "bfloat16",
    "vocab_size": 128256,
}
REQUIRED = {
    "hidden_size": 8,
    "intermediate_size": 16,
    "num_hidden_layers": 1,
    "num_attention_heads": 4,
    "vocab_size": 10,
    "max_position_embeddings": 32,
}


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("meta-llama/Meta-Llama-3-8B-Instruct", 8_030_261_248),
        ("NousResearch/Meta-Llama-3-8B-Instruct", 8_030_261_248),
        ("meta-llama/Llama-3.1-8B-Instruct", 8_030_261_248),
        ("meta-llama/Meta-Llama-3-70B-Instruct", 70_553_706_496),
        ("meta-llama/Llama-3.3-70B-Instruct", 70_553_706_496),
        ("TinyLlama/TinyLlama-1.1B-Chat-v1.0", 1_100_048_384),
        ("HuggingFaceTB/SmolLM2-135M-Instruct", 134_515_008),
        ("smollm2-135m-instruct", 134_515_008),
    ],
)
def test_parameters_are_what_hugging_face_counts(name, parameters):
    assert MODEL_SHAPES[name].parameters == parameters


@pytest.mark.parametrize(
    ("name", "positions"),
    [
        ("meta-llama/Meta-Llama-3-8B-Instruct", 8192),
        ("meta-llama/Llama-3.1-8B-Instruct", 131072),
        ("meta-llama/Llama-3.1-70B-Instruct", 131072),
        ("TinyLlama/TinyLlama-1.1B-Chat-v1.0", 2048),
        ("smollm2-135m-instruct", 8192),
    ],
)
def test_longest_sequence(name, positions):
    assert MODEL_SHAPES[name].max_position_embeddings == positions


def test_weights_of_llama_3_8b_take_15_gib():
    shape = MODEL_SHAPES["meta-llama/Meta-Llama-3-8B-Instruct"]
    assert shape.weight_bytes() == 16_060_522_496
    assert round(shape.weight_bytes() / 2**30, 2) == 14.96


@pytest.mark.parametrize(
    ("size", "attention_heads", "key_value_heads", "kib_per_token"),
    [
        (1, 32, 8, 128),
        (2, 32, 8, 128),
        (4, 32, 8, 128),
        (8, 32, 8, 128),
        (16, 32, 16, 256),
        (24, 48, 24, 384),
    ],
)
def test_heads_of_llama_3_8b(size, attention_heads, key_value_heads, kib_per_token):
    shape = MODEL_SHAPES["meta-llama/Meta-Llama-3-8B-Instruct"]
    assert shape.sharded_heads(size) == (attention_heads, key_value_heads)
    assert shape.kv_bytes_per_token(size) == kib_per_token * 1024
    assert shape.kv_bytes_per_token(size, bytes_per_value=1) == kib_per_token * 512


def test_padded_and_repeated_heads_have_weights():
    shape = MODEL_SHAPES["meta-llama/Meta-Llama-3-70B-Instruct"]
    assert shape.weight_bytes(8) == shape.weight_bytes()  # a key/value head each
    # 8 attention heads more, each with its part of q and o, and 16 key/value heads more, with k and v: in bfloat16.
    assert shape.weight_bytes(24) - shape.weight_bytes() == 80 * 2 * 8192 * 128 * (8 + 16) * 2
    assert shape.weight_bytes(32) - shape.weight_bytes() == 80 * 2 * 8192 * 128 * 24 * 2


def test_key_value_heads_that_neither_divide_nor_repeat_evenly_become_one_for_each_attention_head():
    shape = MODEL_SHAPES["smollm2-135m-instruct"]  # 9 attention heads, 3 key/value heads
    assert shape.sharded_heads(2) == (10, 10)
    assert shape.sharded_heads(24) == (24, 24)


def test_without_grouping_key_value_heads_are_padded_like_attention_heads():
    shape = ModelShape.from_config(LLAMA_3_8B | {"num_key_value_heads": None})
    assert shape.sharded_heads(8) == (32, 32)
    assert shape.sharded_heads(24) == (48, 48)


@given(any_shape(), st.sampled_from([1, 2, 4, 8, 16, 24, 32]))
def test_every_core_gets_as_many_heads_as_any_other(shape, size):
    attention_heads, key_value_heads = shape.sharded_heads(size)
    assert attention_heads % size == 0
    assert key_value_heads % size == 0
    assert shape.num_attention_heads <= attention_heads < shape.num_attention_heads + size
    assert shape.num_key_value_heads <= key_value_heads <= max(attention_heads, size)
    assert shape.kv_bytes_per_token(size) % (2 * key_value_heads * shape.head_dim) == 0


@given(any_shape())
def test_from_config_round_trip(shape):
    assert ModelShape.from_config(asdict(shape)) == shape


def test_from_config_reads_llama():
    shape = ModelShape.from_config(LLAMA_3_8B)
    assert shape == model_shape("NousResearch/Meta-Llama-3-8B-Instruct")


def test_from_config_defaults():
    shape = ModelShape.from_config(REQUIRED)
    assert (shape.num_key_value_heads, shape.head_dim, shape.tie_word_embeddings) == (4, 2, False)


def test_from_config_takes_null_for_unset():
    unset = {"num_key_value_heads": None, "head_dim": None, "tie_word_embeddings": None, "num_experts": None}
    assert ModelShape.from_config(REQUIRED | unset) == ModelShape.from_config(REQUIRED)


def test_head_dim_need_not_divide_the_hidden_size():
    shape = ModelShape.from_config(REQUIRED | {"hidden_size": 7, "head_dim": 128})
    assert shape.head_dim == 128


@given(st.sets(st.sampled_from(sorted(REQUIRED))), st.data())
def test_every_missing_and_every_invalid_key_is_named_at_once(missing, data):
    wrong = (
        data.draw(st.sets(st.sampled_from(sorted(REQUIRED.keys() - missing)))) if REQUIRED.keys() - missing else set()
    )
    nonsense = st.sampled_from([0, -1, 1.5, "8", True, [8], {}])
    config = {key: value for key, value in REQUIRED.items() if key not in missing}
    config |= {key: data.draw(nonsense) for key in wrong}
    if not missing | wrong:
        ModelShape.from_config(config)
        return
    with pytest.raises(InvalidModelConfigError) as refusal:
        ModelShape.from_config(config)
    problems = str(refusal.value).removesuffix(".").split("; ")
    assert {problem.split()[0] for problem in problems} == missing | wrong
    assert {problem.split()[0] for problem in problems if problem.endswith("is missing")} == missing


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"num_key_value_heads": 3},
            "num_attention_heads is 4, and should be a multiple of num_key_value_heads, which is 3.",
        ),
        (
            {"hidden_size": 9},
            "hidden_size is 9, and without head_dim should be a multiple of num_attention_heads, which is 4.",
        ),
        ({"num_key_value_heads": 0}, "num_key_value_heads is 0, and should be a whole number from 1 to 2147483647."),
        ({"head_dim": "64"}, "head_dim is '64', and should be a whole number from 1 to 2147483647."),
        ({"tie_word_embeddings": "no"}, "tie_word_embeddings is 'no', and should be true or false."),
        ({"num_local_experts": -8}, "num_local_experts is -8, and should be a whole number from 1 to 2147483647."),
        (
            {"n_routed_experts": 256, "kv_lora_rank": 512},
            "kv_lora_rank is set, and attention of that kind cannot be counted here. Leave it and n_routed_experts "
            "out, and set intermediate_size so high that the weights come to the model's size.",
        ),
        (
            {"quantization_config": {"quant_method": "aqlm"}},
            "quantization_config.quant_method is 'aqlm', which is not known here; leave quantization_config out to "
            "count the weights in bfloat16.",
        ),
        (
            {"quantization_config": {"quant_method": "awq", "bits": 5}},
            "quantization_config has weights of 5 bits, and should have 2, 3, 4 or 8; leave quantization_config out to "
            "count the weights in bfloat16.",
        ),
    ],
)
def test_impossible_shapes_are_refused(change, message):
    with pytest.raises(ValueError, match=f"^{re.escape(message)}$"):
        ModelShape.from_config(REQUIRED | change)


def test_model_shape_of_an_unknown_name_is_none():
    assert model_shape("acme/unknown") is None
    assert model_shape("HuggingFaceTB/SmolLM2-135M-Instruct") == model_shape("smollm2-135m-instruct")
