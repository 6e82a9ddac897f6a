"""What of a config.json from Hugging Face is not the shape of a plain decoder: experts, quantisation, what is left out.

Pure functions of the parsed file; each returns what it found and what it cannot count, as messages.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

EXPERT_KEYS = ("num_local_experts", "num_experts", "n_routed_experts")
"""Keys of a mixture of experts: Mixtral's and Llama 4's, Qwen's, DeepSeek's."""

TIED_BY_DEFAULT = ("gemma", "cohere", "gpt2", "opt", "bloom", "t5gemma")
"""Starts of ``model_type`` of families whose configuration class in transformers ties the embeddings where config.json
says nothing, as Gemma's does not; that of Llama, Mistral, Qwen and Phi does not tie them."""

BITS = 16.0
"""Of a weight in bfloat16."""

LARGEST_SIZE = 2**31 - 1
"""Of anything in a config.json: an int32."""

EIGHT_BITS = ("fp8", "fbgemm_fp8", "int8")

LEAVE_OUT = "leave quantization_config out to count the weights in bfloat16"


class Experts(NamedTuple):
    """The feed-forward part of each layer of a mixture of experts."""

    number: int = 0
    size: int = 0
    """``intermediate_size`` of one expert."""
    shared_size: int = 0
    """The same of those that every token passes, together."""


NO_EXPERTS = Experts()


def text_config(config: Mapping[str, Any]) -> dict[str, Any]:
    """Return the configuration of the language model, which multimodal ones have in a ``text_config`` of its own."""
    nested = config.get("text_config")
    return {**config, **nested} if isinstance(nested, Mapping) else dict(config)


def is_tied(config: Mapping[str, Any]) -> bool:
    """Return whether input and output embeddings are one matrix."""
    said = config.get("tie_word_embeddings")
    return str(config.get("model_type", "")).startswith(TIED_BY_DEFAULT) if said is None else bool(said)


def experts(config: Mapping[str, Any]) -> tuple[Experts, list[str]]:
    """Return the experts of each layer, none for a dense model, and what is wrong with them.

    All layers are counted as sparse: those that are dense in some models are smaller.
    """
    key = next((key for key in EXPERT_KEYS if config.get(key) not in (None, 0)), None)
    if key is None:
        return NO_EXPERTS, []
    if config.get("kv_lora_rank"):
        return NO_EXPERTS, [
            f"kv_lora_rank is set, and attention of that kind cannot be counted here. Leave it and {key} out, and set "
            "intermediate_size so high that the weights come to the model's size"
        ]
    size_key = "moe_intermediate_size" if config.get("moe_intermediate_size") is not None else "intermediate_size"
    sizes = {key: config[key], size_key: config.get(size_key)}
    shared_key = "shared_expert_intermediate_size"
    number_shared = config.get("n_shared_experts") or int(str(config.get("model_type", "")).startswith("llama4"))
    sizes |= {shared_key: config[shared_key]} if config.get(shared_key) else {}
    sizes |= {"n_shared_experts": number_shared} if number_shared else {}
    wrong = [name for name, value in sizes.items() if not is_size(value)]
    if wrong:
        return NO_EXPERTS, [
            f"{name} is {config[name]!r}, and should be a whole number from 1 to {LARGEST_SIZE}"
            for name in wrong
            if name != "intermediate_size"  # which every model has to have
        ]
    size = sizes[size_key]
    return Experts(sizes[key], size, sizes.get(shared_key, number_shared * size)), []


def bits_per_weight(config: Mapping[str, Any]) -> tuple[float, list[str]]:
    """Return what a weight of a layer takes, in bits, scales included, and what is wrong with the quantisation."""
    quantization = config.get("quantization_config")
    if quantization is None:
        return BITS, []
    if not isinstance(quantization, Mapping):
        return BITS, [f"quantization_config is {quantization!r}, and should be an object; {LEAVE_OUT}"]
    method = quantization.get("quant_method")
    bits: Any = None
    group: Any = None
    if method in EIGHT_BITS or method == "bitsandbytes":
        bits = 4 if quantization.get("load_in_4bit") else 8
    elif method in ("awq", "gptq"):
        bits, group = quantization.get("bits", quantization.get("w_bit", 4)), quantization.get("group_size", 128)
    elif method == "compressed-tensors":
        bits, group = _compressed(quantization)
    else:
        return BITS, [f"quantization_config.quant_method is {method!r}, which is not known here; {LEAVE_OUT}"]
    if bits not in (2, 3, 4, 8):
        return BITS, [f"quantization_config has weights of {bits!r} bits, and should have 2, 3, 4 or 8; {LEAVE_OUT}"]
    scales = (BITS + bits) / group if is_size(group) else 0.0  # a scale and a zero point for each group
    return bits + scales, []


def _compressed(quantization: Mapping[str, Any]) -> tuple[Any, Any]:
    groups = quantization.get("config_groups")
    weights = [
        group["weights"]
        for group in (groups.values() if isinstance(groups, Mapping) else ())
        if isinstance(group, Mapping) and isinstance(group.get("weights"), Mapping)
    ]
    largest: Mapping[str, Any] = max(weights, key=lambda one: str(one.get("num_bits")), default={})
    return largest.get("num_bits"), largest.get("group_size")


def is_size(value: object) -> bool:
    """Return whether a value can be the size of something."""
    return isinstance(value, int) and not isinstance(value, bool) and 1 <= value <= LARGEST_SIZE
