"""Weights of published models, against their number in the model that transformers makes of the same configuration."""

from typing import Any

import pytest

from neuronserve.sizing import ModelShape

GEMMA_2B = {
    "model_type": "gemma",
    "hidden_size": 2048,
    "intermediate_size": 16384,
    "num_hidden_layers": 18,
    "num_attention_heads": 8,
    "num_key_value_heads": 1,
    "head_dim": 256,
    "vocab_size": 256000,
    "max_position_embeddings": 8192,
}
LLAMA_3_8B = {
    "model_type": "llama",
    "hidden_size": 4096,
    "intermediate_size": 14336,
    "num_hidden_layers": 32,
    "num_attention_heads": 32,
    "num_key_value_heads": 8,
    "vocab_size": 128256,
    "max_position_embeddings": 8192,
}
MIXTRAL_8X7B = LLAMA_3_8B | {
    "model_type": "mixtral",
    "vocab_size": 32000,
    "num_local_experts": 8,
    "num_experts_per_tok": 2,
    "max_position_embeddings": 32768,
}
QWEN3_30B_A3B = {
    "model_type": "qwen3_moe",
    "hidden_size": 2048,
    "intermediate_size": 6144,
    "moe_intermediate_size": 768,
    "num_experts": 128,
    "num_hidden_layers": 48,
    "num_attention_heads": 32,
    "num_key_value_heads": 4,
    "head_dim": 128,
    "vocab_size": 151936,
    "max_position_embeddings": 40960,
    "tie_word_embeddings": False,
}
LLAMA_4_SCOUT = {
    "model_type": "llama4",
    "tie_word_embeddings": False,
    "text_config": {
        "model_type": "llama4_text",
        "hidden_size": 5120,
        "intermediate_size": 8192,
        "intermediate_size_mlp": 16384,
        "num_hidden_layers": 48,
        "num_attention_heads": 40,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "num_local_experts": 16,
        "vocab_size": 202048,
        "max_position_embeddings": 10485760,
    },
}


@pytest.mark.parametrize(
    ("config", "counted"),
    [
        (GEMMA_2B, 2_506_172_416),
        (LLAMA_3_8B, 8_030_261_248),
        (MIXTRAL_8X7B, 46_702_792_704),
        (QWEN3_30B_A3B, 30_532_122_624),
        (LLAMA_4_SCOUT, 107_769_861_120),  # its language model
    ],
)
def test_weights_are_as_many_as_the_model_has(config: dict[str, Any], counted: int) -> None:
    """By transformers 5.19: ``AutoModelForCausalLM.from_config`` on the device ``meta``, all ``numel()`` added up.

    But for the last, these are also the totals that the models' pages on Hugging Face show. Norms of queries and keys,
    which Qwen3 has, are some thousand weights and not counted here.
    """
    assert ModelShape.from_config(config).parameters == pytest.approx(counted, rel=1e-6)


def test_what_config_json_says_of_embeddings_goes_before_the_familys_default() -> None:
    tied, apart = ({**GEMMA_2B, "tie_word_embeddings": said} for said in (None, False))
    assert ModelShape.from_config(tied).tie_word_embeddings
    assert not ModelShape.from_config(apart).tie_word_embeddings
    assert not ModelShape.from_config(LLAMA_3_8B).tie_word_embeddings


@pytest.mark.parametrize(
    ("quantization", "gib"),
    [
        (None, 14.96),
        ({"quant_method": "fp8", "activation_scheme": "static"}, 8.46),
        ({"quant_method": "awq", "bits": 4, "group_size": 128}, 5.33),
        ({"quant_method": "gptq", "bits": 8, "group_size": -1}, 8.46),
        ({"quant_method": "bitsandbytes", "load_in_4bit": True}, 5.21),
        (
            {"quant_method": "compressed-tensors", "config_groups": {"group_0": {"weights": {"num_bits": 8}}}},
            8.46,
        ),
    ],
)
def test_quantised_weights_take_what_they_do(quantization: dict[str, Any] | None, gib: float) -> None:
    shape = ModelShape.from_config(LLAMA_3_8B | {"quantization_config": quantization})
    assert shape.parameters == 8_030_261_248
    assert shape.weight_bytes() / 2**30 == pytest.approx(gib, abs=0.01)


@pytest.mark.parametrize("wrong", [7, "awq", {"quant_method": "compressed-tensors", "config_groups": [1]}])
def test_a_quantisation_that_cannot_be_read_says_what_to_leave_out(wrong: Any) -> None:
    with pytest.raises(ValueError, match="leave quantization_config out to count the weights in bfloat16"):
        ModelShape.from_config(LLAMA_3_8B | {"quantization_config": wrong})
