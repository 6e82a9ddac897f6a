"""What do metrics cost? The server that measures itself and is scraped, beside one that does neither.

The two take turns, there and back again, with the same model and the same load. Scraped is as Prometheus does it,
every fifteen seconds, or as often as ``--scrape-every`` says. What counts is the ratio of their tokens a second;
figures are medians, with the smallest and the largest.
"""

import argparse
import contextlib
import shutil
import statistics
import sys
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import yaml
from rich.console import Console

from benchmarks.load import measure
from benchmarks.servers import OURS, ROOT, STACK, Served, running
from benchmarks.tiny_model import project_with_tiny_model
from neuronserve.status.local_metrics import NoLocalServerError, local_metrics

WITH, WITHOUT = "with metrics", "without"
MOST = 0.02
"""The share of its tokens a second that metrics may cost."""


def main() -> None:
    """Run the benchmark and print its figures; exit with 1 where metrics cost more than they may."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--concurrency", type=int, default=16, help="requests at once")
    parser.add_argument("--prompts", type=int, default=64, help="requests of a visit")
    parser.add_argument("--rounds", type=int, default=5, help="visits to each server")
    parser.add_argument("--input-tokens", type=int, default=400)
    parser.add_argument("--output-tokens", type=int, default=100)
    parser.add_argument("--scrape-every", type=float, default=15, help="seconds between two scrapes")
    parser.add_argument("--tiny", action="store_true", help="a model of two layers, which hides nothing of the server")
    options = parser.parse_args()
    console = Console(stderr=True)
    results: dict[str, list[float]] = {WITH: [], WITHOUT: []}
    with tempfile.TemporaryDirectory() as folder:
        project = project_with_tiny_model(Path(folder)) if options.tiny else ROOT
        served = {WITH: Served.by(project), WITHOUT: Served.by(_without_metrics(project, Path(folder, "without")))}
        for turn in range(options.rounds):
            for kind in results if turn % 2 == 0 else reversed(results):
                console.print(f"round {turn + 1} of {options.rounds}: {kind} …")
                with running(OURS, served[kind]), _scraped(options.scrape_every if kind == WITH else None):
                    tokens = (options.input_tokens, options.output_tokens)
                    measure(served[kind], 4, 8, tokens, seed=0)  # warm-up
                    measured = measure(served[kind], options.concurrency, options.prompts, tokens, seed=turn + 1)
                results[kind].append(measured.tokens_per_s)
    sys.exit(_told(results))


def _told(results: dict[str, list[float]]) -> int:
    for kind, figures in results.items():
        print(f"{kind:<14}{statistics.median(figures):8.1f} tokens/s  {min(figures):.1f} to {max(figures):.1f}")
    cost = 1 - statistics.median(results[WITH]) / statistics.median(results[WITHOUT])
    print(f"metrics cost {cost:.1%} of the tokens a second; they may cost {MOST:.0%}")
    return int(cost > MOST)


def _without_metrics(project: Path, copy: Path) -> Path:
    """Copy a project, with engines that note nothing about themselves."""
    (copy / "stacks").mkdir(parents=True)
    for file in ("Pulumi.yaml", "__main__.py"):
        shutil.copy(project / file, copy / file)
    name = f"stacks/Pulumi.{STACK}.yaml"
    document = yaml.safe_load((project / name).read_text())
    for service in document["config"]["neuronserve:services"].values():
        model = service["model"]
        model["engineArguments"] = model.get("engineArguments", {}) | {"disable_log_stats": True}
    (copy / name).write_text(yaml.safe_dump(document))
    return copy


@contextlib.contextmanager
def _scraped(every_s: float | None) -> Iterator[None]:
    """Scrape the server again and again; with None leave it alone."""
    if every_s is None:
        yield
        return
    stop = threading.Event()

    def scrape() -> None:
        while not stop.wait(every_s):
            with contextlib.suppress(NoLocalServerError):
                local_metrics()

    thread = threading.Thread(target=scrape)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


if __name__ == "__main__":
    main()
