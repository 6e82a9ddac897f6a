"""The load: streamed completions of random prompts, by vLLM's own load generator, in a process of its own."""

import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.servers import PORT, Served

LOAD_GENERATOR = """
import argparse
from vllm.benchmarks.serve import add_cli_args, main
parser = argparse.ArgumentParser()
add_cli_args(parser)
main(parser.parse_args())
"""

CHAT = {"backend": "openai-chat", "endpoint": "/v1/chat/completions"}
"""Flags of the load generator for chat completions."""


@dataclass(frozen=True)
class Measured:
    """What one run of the load generator came to."""

    tokens_per_s: float
    """Output tokens of all requests."""
    ttft_p50_ms: float
    """Median time to first token."""
    ttft_p99_ms: float
    """Its 99th percentile."""


def measure(  # noqa: PLR0913 (what a load is)
    served: Served, concurrency: int, prompts: int, tokens: tuple[int, int], seed: int, *, port: int = PORT
) -> Measured:
    """Send prompts, and end the benchmark if one is not answered.

    Args:
        served: the model, and its name to clients.
        concurrency: requests at once.
        prompts: requests in all.
        tokens: of each prompt, and of each answer.
        seed: another one makes other prompts: those that were sent before, vLLM finds in its prefix cache.
        port: where the server answers.
    """
    result = result_of(served, concurrency, prompts, tokens, seed, {"backend": "openai"}, port=port)
    return Measured(result["output_throughput"], result["median_ttft_ms"], result["p99_ttft_ms"])


def result_of(  # noqa: PLR0913, PLR0917
    served: Served,
    concurrency: int,
    prompts: int,
    tokens: tuple[int, int],
    seed: int,
    api: dict[str, str],
    *,
    port: int = PORT,
) -> dict[str, Any]:
    """Do what :func:`measure` does, and return all that the load generator says.

    Args:
        served: as there.
        concurrency: as there.
        prompts: as there.
        tokens: as there.
        seed: as there.
        api: flags that say which API is asked.
        port: as there.
    """
    with tempfile.TemporaryDirectory() as folder:
        flags = api | {
            "base-url": f"http://127.0.0.1:{port}",
            "model": served.settings.served_model_name[0],
            "tokenizer": served.model,
            "dataset-name": "random",
            "random-input-len": tokens[0],
            "random-output-len": tokens[1],
            "num-prompts": prompts,
            "max-concurrency": concurrency,
            "seed": seed,
            "result-dir": folder,
            "result-filename": "result.json",
        }
        command = [sys.executable, "-c", LOAD_GENERATOR, "--ignore-eos", "--save-result", "--disable-tqdm"]
        command += [f"--{name}={value}" for name, value in flags.items()]
        finished = subprocess.run(
            command, env=os.environ | {"HF_HUB_OFFLINE": "1"}, capture_output=True, text=True, check=False
        )
        file = Path(folder) / "result.json"
        result: dict[str, Any] = json.loads(file.read_text()) if file.exists() else {}
        if finished.returncode or result.get("completed") != prompts:
            sys.exit(f"error: the load generator lost requests:\n{finished.stdout[-2000:]}{finished.stderr[-2000:]}")
        return result
