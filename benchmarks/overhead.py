"""What does the application cost? vLLM's own server, ours, and ours behind HAProxy, measured in one run.

Each server in turn serves the same model with the same engine arguments and gets the same load. What counts is the
ratio to the first server, in parentheses, since a machine's speed drifts: so they take turns, there and back again.
Figures are medians, with the smallest and the largest.
"""

import argparse
import statistics
import tempfile
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path

from rich.console import Console
from rich.table import Table

from benchmarks.load import Measured, measure
from benchmarks.servers import HAPROXY, OURS, ROOT, VLLM, Served, running
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
    parser.add_argument("--rounds", type=int, default=5, help="visits to each server")
    parser.add_argument("--input-tokens", type=int, default=400)
    parser.add_argument("--output-tokens", type=int, default=100)
    parser.add_argument("--servers", nargs="+", choices=[VLLM, OURS, HAPROXY], default=[VLLM, OURS, HAPROXY])
    parser.add_argument("--tiny", action="store_true", help="a model of two layers, which hides nothing of the server")
    options = parser.parse_args()

    with tempfile.TemporaryDirectory() as folder:
        served = Served.by(project_with_tiny_model(Path(folder)) if options.tiny else ROOT)
        starts: dict[str, list[float]] = defaultdict(list)
        results: dict[tuple[str, int], list[Measured]] = defaultdict(list)
        for turn in range(options.rounds):
            for server in options.servers if turn % 2 == 0 else reversed(options.servers):
                _visit(server, served, turn, options, starts, results)
    Console().print(_table(options, starts, results))


def _visit(  # noqa: PLR0913, PLR0917
    server: str,
    served: Served,
    turn: int,
    options: argparse.Namespace,
    starts: dict[str, list[float]],
    results: dict[tuple[str, int], list[Measured]],
) -> None:
    console = Console(stderr=True)
    tokens = (options.input_tokens, options.output_tokens)
    console.print(f"round {turn + 1} of {options.rounds}: starting {server} …")
    with running(server, served) as seconds:
        starts[server].append(seconds)
        measure(served, 4, 8, tokens, seed=0)  # warm-up
        for index, concurrency in enumerate(options.concurrency):
            measured = measure(served, concurrency, max(4, 2 * concurrency), tokens, seed=index + 1)
            results[server, concurrency].append(measured)
            console.print(f"  {concurrency} at once: {measured.tokens_per_s:.1f} tokens/s")


def _table(
    options: argparse.Namespace, starts: dict[str, list[float]], results: dict[tuple[str, int], list[Measured]]
) -> Table:
    table = Table(title=f"{options.input_tokens} tokens in, {options.output_tokens} out, {options.rounds} rounds")
    table.add_column("")
    for server in options.servers:
        table.add_column(server, justify="right")
    _add(table, "start, s", [starts[server] for server in options.servers])
    for name, figure in FIGURES.items():
        for concurrency in options.concurrency:
            rows = [[figure(one) for one in results[server, concurrency]] for server in options.servers]
            _add(table, f"{name}, {concurrency} at once", rows)
    return table


def _add(table: Table, name: str, rows: list[list[float]]) -> None:
    medians = [statistics.median(row) for row in rows]
    cells = [f"{median:.1f} [{min(row):.1f} to {max(row):.1f}]" for median, row in zip(medians, rows, strict=True)]
    ratios = ["", *(f" ({median / medians[0]:.2f})" for median in medians[1:])]
    table.add_row(name, *(f"{cell}{ratio}".replace("[", r"\[") for cell, ratio in zip(cells, ratios, strict=True)))


if __name__ == "__main__":
    main()
