"""What does the application cost? It, and what it is held against, measured in one run.

That is by default vLLM's own server and ours; ``make bench-ray-llm`` takes ``ray.serve.llm``.

Each server serves the same model with the same engine arguments and gets the same load. A machine's speed drifts,
within minutes by more than servers differ: so they are up together, and take turns at each load, there and back again.
What counts is the ratio to the first server in the same turn, of which the median stands in parentheses. Figures are
medians, with the smallest and the largest. What a server takes of the machine while it waits, the last row tells.
"""

import argparse
import contextlib
import statistics
import tempfile
import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import psutil
from rich.console import Console
from rich.table import Table

from benchmarks.load import Measured, measure
from benchmarks.servers import HAPROXY, OURS, PORT, RAY_LLM, RAY_LLM_PYTHON, ROOT, VLLM, Served, running
from benchmarks.tiny_model import project_with_tiny_model

FIGURES: dict[str, Callable[[Measured], float]] = {
    "output tokens/s": lambda measured: measured.tokens_per_s,
    "TTFT p50, ms": lambda measured: measured.ttft_p50_ms,
    "TTFT p99, ms": lambda measured: measured.ttft_p99_ms,
}


def main() -> None:
    """Run the benchmark and print its table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--concurrency", type=int, nargs="+", default=[1, 4, 16], help="requests at once")
    parser.add_argument("--rounds", type=int, default=5, help="starts of each server")
    parser.add_argument("--turns", type=int, default=2, help="times that each has each load, in a round")
    parser.add_argument("--input-tokens", type=int, default=400)
    parser.add_argument("--output-tokens", type=int, default=100)
    parser.add_argument("--servers", nargs="+", choices=[VLLM, OURS, HAPROXY, RAY_LLM], default=[VLLM, OURS])
    parser.add_argument("--tiny", action="store_true", help="a model of two layers, which hides nothing of the server")
    options = parser.parse_args()
    if RAY_LLM in options.servers and not RAY_LLM_PYTHON.exists():
        parser.error(f"{RAY_LLM} is installed by `make bench-ray-llm`, which also starts it")

    with tempfile.TemporaryDirectory() as folder:
        served = Served.by(project_with_tiny_model(Path(folder)) if options.tiny else ROOT)
        results = Results()
        for number in range(options.rounds):
            _round(number, served, options, results)
    Console().print(_table(options, results))


@dataclass
class Results:
    """What was measured, turn by turn, of each server."""

    starts: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """Seconds until it answered."""
    loads: dict[tuple[str, int], list[Measured]] = field(default_factory=lambda: defaultdict(list))
    """By server, and by requests at once."""
    waiting: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    """Processors that it took while another one was measured."""


def _round(number: int, served: Served, options: argparse.Namespace, results: Results) -> None:
    """Start every server, and let each have every load several times."""
    console = Console(stderr=True)
    tokens = (options.input_tokens, options.output_tokens)
    ports = {server: PORT + index for index, server in enumerate(options.servers)}
    processes: dict[str, psutil.Process] = {}
    with contextlib.ExitStack() as stack:
        for server in _in_turn(options.servers, number):
            console.print(f"round {number + 1} of {options.rounds}: starting {server} …")
            before = psutil.Process().children()
            results.starts[server].append(stack.enter_context(running(server, served, ports[server])))
            (processes[server],) = (one for one in psutil.Process().children() if one not in before)
            measure(served, 4, 8, tokens, seed=0, port=ports[server])  # warm-up
        for index, concurrency in enumerate(options.concurrency):
            for turn in range(options.turns):
                seed = 1 + turn * len(options.concurrency) + index
                for server in _in_turn(options.servers, number + turn):
                    waiting = {name: _processor_s(processes[name]) for name in options.servers if name != server}
                    began = time.monotonic()
                    measured = measure(served, concurrency, max(4, 2 * concurrency), tokens, seed, port=ports[server])
                    results.loads[server, concurrency].append(measured)
                    seconds = time.monotonic() - began
                    for name, spent in waiting.items():
                        results.waiting[name].append((_processor_s(processes[name]) - spent) / seconds)
                    console.print(f"  {concurrency} at once, {server}: {measured.tokens_per_s:.1f} tokens/s")


def _in_turn(servers: list[str], turn: int) -> list[str]:
    return servers if turn % 2 == 0 else servers[::-1]


def _processor_s(process: psutil.Process) -> float:
    """Return what a process and all that it started have had of processors, in seconds."""
    spent = 0.0
    for one in [process, *process.children(recursive=True)]:
        with contextlib.suppress(psutil.NoSuchProcess):
            times = one.cpu_times()
            spent += times.user + times.system
    return spent


def _table(options: argparse.Namespace, results: Results) -> Table:
    turns = f"{options.rounds} starts, {options.rounds * options.turns} turns"
    table = Table(title=f"{options.input_tokens} tokens in, {options.output_tokens} out, {turns}")
    table.add_column("")
    for server in options.servers:
        table.add_column(server, justify="right")
    _add(table, "start, s", [results.starts[server] for server in options.servers])
    for name, figure in FIGURES.items():
        for concurrency in options.concurrency:
            rows = [[figure(one) for one in results.loads[server, concurrency]] for server in options.servers]
            _add(table, f"{name}, {concurrency} at once", rows)
    waiting = [f"{statistics.mean(results.waiting[server] or [0]):.2f}" for server in options.servers]
    table.add_row("processors taken while waiting", *waiting)
    return table


def _add(table: Table, name: str, rows: list[list[float]]) -> None:
    cells = [f"{statistics.median(row):.1f} [{min(row):.1f} to {max(row):.1f}]" for row in rows]
    paired = [[own / first for own, first in zip(row, rows[0], strict=True)] for row in rows[1:]]
    ratios = ["", *(f" ({statistics.median(ratios):.2f})" for ratios in paired)]
    table.add_row(name, *(f"{cell}{ratio}".replace("[", r"\[") for cell, ratio in zip(cells, ratios, strict=True)))


if __name__ == "__main__":
    main()
