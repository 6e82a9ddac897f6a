"""Which arguments vLLM gets for given settings: a pure decision, apart from starting the engine."""

from pydantic import JsonValue

from neuronserve.serving.settings import Accelerator, EngineSettings
from neuronserve.serving.tool_calls import tool_call_parser

SMALLEST_BUCKET = 512
"""Tokens in the smallest compiled shape: shorter prompts are padded to it."""


def engine_arguments(settings: EngineSettings, model: str) -> dict[str, JsonValue]:
    """Return the arguments of vLLM's server by name.

    Args:
        settings: the application's settings.
        model: what ``settings.model`` resolved to: a Hugging Face id or a local directory.
    """
    arguments: dict[str, JsonValue] = {
        "model": model,
        # Of the engine's metrics, whose series last as long as it does. Clients use the names of LiveSettings.
        "served_model_name": [settings.model],
        "dtype": "bfloat16",
        "tensor_parallel_size": settings.tensor_parallel_size,
        "max_model_len": settings.max_model_len,
        "max_num_seqs": settings.max_num_seqs,
    }
    if parser := tool_call_parser(settings.model):
        arguments |= {"enable_auto_tool_choice": True, "tool_call_parser": parser}
    if settings.revision:
        arguments["revision"] = settings.revision
    match settings.accelerator:
        case Accelerator.NEURON:
            arguments |= _neuron(settings)
        case Accelerator.CPU:
            # A compiled graph needs a C++ compiler in the image, without which vLLM's start hangs, and a
            # minute at every first start.
            arguments["enforce_eager"] = True
    return arguments | settings.engine_arguments


def engine_environment(settings: EngineSettings) -> dict[str, str]:
    """Return the environment variables that vLLM reads; those that are set already win."""
    # Not a runtime_env of Ray's: with one, Ray cannot start workers from a path with a space in it.
    variables = {"VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}
    if settings.accelerator is Accelerator.CPU:
        variables["VLLM_CPU_KVCACHE_SPACE"] = "2"  # GiB; vLLM's default is a share of the machine's memory
        if settings.engine_arguments.get("enforce_eager", True):
            # vLLM compiles a little of its sampler in eager mode too, at the first request for logprobs: without a
            # compiler that ends the engine, and with one the engine answers nothing for half a minute.
            variables["TORCH_COMPILE_DISABLE"] = "1"
    return variables


def _neuron(settings: EngineSettings) -> dict[str, JsonValue]:
    """Return the arguments of vLLM's Neuron plugin on NxD Inference.

    Source: vLLM user guide of NxD Inference, and field reports on Inf2: without prefix caching one block holds
    one sequence; the attention kernel is off because the compiler of SDK 2.28 crashes while inlining it on Inf2.
    """
    buckets: list[JsonValue] = [*context_buckets(settings.max_model_len)]
    return {
        "block_size": settings.max_model_len,
        "num_gpu_blocks_override": settings.max_num_seqs,
        "enable_prefix_caching": False,
        "additional_config": {
            "override_neuron_config": {
                "enable_bucketing": True,
                "context_encoding_buckets": buckets,
                "token_generation_buckets": buckets,
                "attn_kernel_enabled": False,
                "async_mode": True,
                "save_sharded_checkpoint": True,
            }
        },
    }


def context_buckets(max_model_len: int) -> list[int]:
    """Return the sequence lengths, in tokens, that get a compiled graph each: powers of two, then the maximum."""
    buckets = []
    bucket = SMALLEST_BUCKET
    while bucket < max_model_len:
        buckets.append(bucket)
        bucket *= 2
    return [*buckets, max_model_len]
