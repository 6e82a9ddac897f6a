"""Does ``neuronserve bench`` measure what vLLM's own load generator does? Both before one server, in turns.

Each sends as many chats of as many tokens at a time. Takes the Python with guidellm that ``make bench`` installs.
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from collections import defaultdict
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.load import CHAT, result_of
from benchmarks.servers import OURS, PORT, ROOT, Served, running

PYTHON = ROOT / ".venv-bench" / "bin" / "python"
BENCH, VLLM_BENCH = "neuronserve bench", "vllm bench serve"
TOKENS = (512, 245)
FIGURES = ("output tokens/s", "TTFT mean, ms", "TTFT p50, ms", "ITL after first, mean, ms", "end to end, mean, s")

Figures = tuple[float, ...]


def main() -> None:
    """Run the comparison and print its table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--users", type=int, nargs="+", default=[1, 4, 16])
    parser.add_argument("--rounds", type=int, default=3, help="visits of each tool")
    parser.add_argument("--requests-per-user", type=int, default=4)
    options = parser.parse_args()
    python = os.environ.get("NEURONSERVE_BENCH_PYTHON") or str(PYTHON)
    if not Path(python).exists():
        parser.error(f"there is no {python}: `make bench` installs it")
    served = Served.by(ROOT)
    found: dict[tuple[str, int], list[Figures]] = defaultdict(list)
    with running(OURS, served):
        result_of(served, 4, 8, TOKENS, 0, CHAT)  # warm-up
        for turn in range(options.rounds):
            for tool in (BENCH, VLLM_BENCH) if turn % 2 == 0 else (VLLM_BENCH, BENCH):
                for users in options.users:
                    seed = 1 + 1000 * turn + users
                    measure = _by_bench if tool == BENCH else _by_vllm
                    found[tool, users].append(measure(served, users, options.requests_per_user, seed, python))
                    Console(stderr=True).print(f"{tool}, {users} users: {found[tool, users][-1][0]:.1f} tokens/s")
    Console().print(_table(options.users, found))


def _by_bench(served: Served, users: int, requests: int, seed: int, python: str) -> Figures:
    with tempfile.TemporaryDirectory() as folder:
        words = {
            "base-url": f"http://127.0.0.1:{PORT}/v1",
            "tokenizer": served.model,
            "users": users,
            "requests-per-user": requests,
            "input-tokens": TOKENS[0],
            "input-stddev": 0,
            "output-tokens": TOKENS[1],
            "output-stddev": 0,
            "seed": seed,
            "out": folder,
        }
        flags = [f"--{name}={value}" for name, value in words.items()]
        command = [sys.executable, "-m", "neuronserve.cli", "bench", *flags]
        variables = os.environ | {"NEURONSERVE_BENCH_PYTHON": python, "HF_HUB_OFFLINE": "1"}
        done = subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)
        if done.returncode:
            sys.exit(f"error: {BENCH} failed:\n{done.stderr[-2000:]}")
        (file,) = Path(folder).rglob("*_summary.json")
        values = json.loads(file.read_text())
    return (
        values["results_mean_output_throughput_token_per_s"],
        values["results_ttft_s_mean"] * 1000,
        values["results_ttft_s_quantiles_p50"] * 1000,
        values["results_inter_token_latency_after_first_s_mean"] * 1000,
        values["results_end_to_end_latency_s_mean"],
    )


def _by_vllm(served: Served, users: int, requests: int, seed: int, _: str) -> Figures:
    result = result_of(served, users, users * requests, TOKENS, seed, CHAT)
    end_to_end = (result["mean_ttft_ms"] + result["mean_tpot_ms"] * (TOKENS[1] - 1)) / 1000  # it says this of none
    return (
        result["output_throughput"],
        result["mean_ttft_ms"],
        result["median_ttft_ms"],
        result["mean_tpot_ms"],
        end_to_end,
    )


def _table(users: list[int], found: dict[tuple[str, int], list[Figures]]) -> Table:
    table = Table(title=f"{TOKENS[0]} tokens in, {TOKENS[1]} out: median \\[smallest to largest] of the rounds")
    for heading in ("", BENCH, VLLM_BENCH, "ratio"):
        table.add_column(heading, justify="right")
    for index, figure in enumerate(FIGURES):
        for number in users:
            both = [[row[index] for row in found[tool, number]] for tool in (BENCH, VLLM_BENCH)]
            medians = [statistics.median(values) for values in both]
            cells = [
                rf"{median:.4g} \[{min(values):.4g} to {max(values):.4g}]"
                for median, values in zip(medians, both, strict=True)
            ]
            table.add_row(f"{figure}, {number} users", *cells, f"{medians[0] / medians[1]:.3f}")
    return table


if __name__ == "__main__":
    main()
