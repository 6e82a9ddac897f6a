"""The shapes of models: what decides how much memory their weights and KV cache take."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from neuronserve.sizing.model_config import (
    BITS,
    LARGEST_SIZE,
    NO_EXPERTS,
    Experts,
    bits_per_weight,
    experts,
    is_size,
    is_tied,
    text_config,
)

REQUIRED_KEYS = (
    "hidden_size",
    "intermediate_size",
    "num_hidden_layers",
    "num_attention_heads",
    "vocab_size",
    "max_position_embeddings",
)


class InvalidModelConfigError(ValueError):
    """A model's config.json does not describe a shape; the message lists everything that is wrong."""


@dataclass(frozen=True)
class ModelShape:
    """The shape of a decoder like Llama's (``LlamaForCausalLM``), in the names of its config.json."""

    hidden_size: int
    intermediate_size: int
    num_hidden_layers: int
    num_attention_heads: int
    num_key_value_heads: int
    head_dim: int
    vocab_size: int
    max_position_embeddings: int
    """The longest sequence that it was trained for, in tokens."""
    tie_word_embeddings: bool = False
    """Whether input and output embeddings are one matrix."""
    experts: Experts = NO_EXPERTS
    """Those of each layer, in the place of its one feed-forward part; none for a dense model."""
    bits: float = BITS
    """What a weight of a layer takes, scales included; embeddings are in bfloat16 whatever this is."""

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Return the shape that a parsed config.json describes; keys that do not matter here are passed over.

        Raises:
            InvalidModelConfigError: keys are missing or impossible.
        """
        config = text_config(config)
        problems = [f"{key} is missing" for key in REQUIRED_KEYS if config.get(key) is None]
        sizes = {key: config[key] for key in REQUIRED_KEYS if config.get(key) is not None}
        # An optional key may be there and null, as head_dim is in many a config.json.
        optional = ("num_key_value_heads", "head_dim")
        sizes |= {key: config[key] for key in optional if config.get(key) is not None}
        wrong = {key for key, value in sizes.items() if not is_size(value)}
        problems += [
            f"{key} is {value!r}, and should be a whole number from 1 to {LARGEST_SIZE}"
            for key, value in sizes.items()
            if key in wrong
        ]
        tied = config.get("tie_word_embeddings")
        if tied is not None and not isinstance(tied, bool):
            problems.append(f"tie_word_embeddings is {tied!r}, and should be true or false")
        layer_experts, unknown = experts(config)
        bits, unknown_bits = bits_per_weight(config)
        problems += [*unknown, *unknown_bits]
        heads = sizes.get("num_attention_heads")
        right = sizes.keys() - wrong
        if {"num_attention_heads", "num_key_value_heads"} <= right and heads % sizes["num_key_value_heads"]:
            problems.append(
                f"num_attention_heads is {heads}, and should be a multiple of num_key_value_heads, "
                f"which is {sizes['num_key_value_heads']}"
            )
        if {"hidden_size", "num_attention_heads"} <= right and "head_dim" not in sizes and sizes["hidden_size"] % heads:
            problems.append(
                f"hidden_size is {sizes['hidden_size']}, and without head_dim should be a multiple of "
                f"num_attention_heads, which is {heads}"
            )
        if problems:
            raise InvalidModelConfigError(f"{'; '.join(problems)}.")
        defaults = {"num_key_value_heads": heads, "head_dim": sizes["hidden_size"] // heads}
        return cls(**(defaults | sizes), tie_word_embeddings=is_tied(config), experts=layer_experts, bits=bits)

    @property
    def parameters(self) -> int:
        """How many weights there are, norms included; exact for ``LlamaForCausalLM`` without biases."""
        return self._embeddings + self.num_hidden_layers * self._layer(1)

    @property
    def _embeddings(self) -> int:
        """Weights outside of the layers, with the last norm."""
        embedding = self.vocab_size * self.hidden_size
        return (1 if self.tie_word_embeddings else 2) * embedding + self.hidden_size

    def _layer(self, tensor_parallel_size: int) -> int:
        """Weights of one layer, on all cores of a replica together."""
        attention = 2 * self.hidden_size * self.head_dim * sum(self.sharded_heads(tensor_parallel_size))
        sizes = self.experts
        width = sizes.number * sizes.size + sizes.shared_size if sizes.number else self.intermediate_size
        router = sizes.number * self.hidden_size
        return attention + 3 * self.hidden_size * width + router + 2 * self.hidden_size

    def weight_bytes(self, tensor_parallel_size: int = 1) -> int:
        """Return what the weights take on all cores of a replica together, in bytes.

        Padded and repeated heads count, each with its part of the projections. What rounding up the other
        sizes to a multiple of the cores adds does not: a thousandth or so of a large model.
        """
        layers = self.num_hidden_layers * self._layer(tensor_parallel_size)
        return math.ceil((self._embeddings * BITS + layers * self.bits) / 8)

    def sharded_heads(self, tensor_parallel_size: int) -> tuple[int, int]:
        """Return how many attention and how many key/value heads all cores of a replica hold together.

        NxD Inference pads attention heads to a multiple of the cores, with zeros: vLLM's Neuron plugin leaves out
        vLLM's own check that they are one (``skip_verify_with_parallel_config`` of its ``platform.py``,
        https://github.com/vllm-project/vllm-neuron). Key/value heads stay as they are where
        they can be divided; else they are repeated so that every core has one, or else every attention head.
        From its ``modules/attention/gqa.py``
        (https://github.com/aws-neuron/neuronx-distributed-inference/blob/main/src/neuronx_distributed_inference/modules/attention/gqa.py).
        """
        attention_heads = math.ceil(self.num_attention_heads / tensor_parallel_size) * tensor_parallel_size
        if self.num_attention_heads == self.num_key_value_heads:
            return attention_heads, attention_heads
        if self.num_key_value_heads % tensor_parallel_size == 0:
            return attention_heads, self.num_key_value_heads
        if tensor_parallel_size % self.num_key_value_heads == 0:
            return attention_heads, tensor_parallel_size
        return attention_heads, attention_heads

    def kv_bytes_per_token(self, tensor_parallel_size: int, bytes_per_value: int = 2) -> int:
        """Return what one token takes in the KV cache of all cores together, in bytes."""
        _, key_value_heads = self.sharded_heads(tensor_parallel_size)
        return 2 * self.num_hidden_layers * key_value_heads * self.head_dim * bytes_per_value


_LLAMA_3_8B = ModelShape(4096, 14336, 32, 32, 8, 128, 128256, 8192)
_LLAMA_3_1_70B = ModelShape(8192, 28672, 80, 64, 8, 128, 128256, 131072)
_SMOLLM2_135M = ModelShape(576, 1536, 30, 9, 3, 64, 49152, 8192, tie_word_embeddings=True)

MODEL_SHAPES: Mapping[str, ModelShape] = {
    "meta-llama/Meta-Llama-3-8B-Instruct": _LLAMA_3_8B,
    "NousResearch/Meta-Llama-3-8B-Instruct": _LLAMA_3_8B,
    "meta-llama/Llama-3.1-8B-Instruct": ModelShape(4096, 14336, 32, 32, 8, 128, 128256, 131072),
    "meta-llama/Meta-Llama-3-70B-Instruct": ModelShape(8192, 28672, 80, 64, 8, 128, 128256, 8192),
    "meta-llama/Llama-3.1-70B-Instruct": _LLAMA_3_1_70B,
    "meta-llama/Llama-3.3-70B-Instruct": _LLAMA_3_1_70B,
    "TinyLlama/TinyLlama-1.1B-Chat-v1.0": ModelShape(2048, 5632, 22, 32, 4, 64, 32000, 2048),
    "HuggingFaceTB/SmolLM2-135M-Instruct": _SMOLLM2_135M,
    "smollm2-135m-instruct": _SMOLLM2_135M,
}
"""Known models by Hugging Face id, from the ``config.json`` there, and the embedded model by its name."""


def model_shape(name: str) -> ModelShape | None:
    """Return the shape of a model by its Hugging Face id or embedded name, None where it is not known."""
    return MODEL_SHAPES.get(name)
