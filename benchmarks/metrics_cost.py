"""What do metrics cost? The server that measures itself and is scraped, beside one that does neither.

Both are up, with the same model, and take turns at the same load, there and back again: a machine's speed drifts by
more than metrics cost. Scraped is as Prometheus does it, every fifteen seconds, or as often as ``--scrape-every`` says.
What counts is the median of the ratios of their tokens a second in the same turn; figures are medians, with the
smallest and the largest.
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
from benchmarks.servers import OURS, PORT, ROOT, STACK, Served, running
from benchmarks.tiny_model import project_with_tiny_model
from neuronserve.status.local_metrics import addresses, scraped

WITH, WITHOUT = "with metrics", "without"
MOST = 0.02
"""The share of its tokens a second that metrics may cost."""


def main() -> None:
    """Run the benchmark and print its figures; exit with 1 where metrics cost more than they may."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--concurrency", type=int, default=16, help="requests at once")
    parser.add_argument("--prompts", type=int, default=32, help="requests of a visit")
    parser.add_argument("--turns", type=int, default=7, help="visits to each server")
    parser.add_argument("--input-tokens", type=int, default=400)
    parser.add_argument("--output-tokens", type=int, default=100)
    parser.add_argument("--scrape-every", type=float, default=15, help="seconds between two scrapes")
    parser.add_argument("--tiny", action="store_true", help="a model of two layers, which hides nothing of the server")
    options = parser.parse_args()
    console = Console(stderr=True)
    results: dict[str, list[float]] = {WITH: [], WITHOUT: []}
    tokens = (options.input_tokens, options.output_tokens)
    ports = {WITH: PORT, WITHOUT: PORT + 1}
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as servers:
        project = project_with_tiny_model(Path(folder)) if options.tiny else ROOT
        served = {WITH: Served.by(project), WITHOUT: Served.by(_without_metrics(project, Path(folder, "without")))}
        scraped_at: list[str] = []
        for kind, port in ports.items():
            console.print(f"starting the server {kind} …")
            servers.enter_context(running(OURS, served[kind], port))
            scraped_at = scraped_at or addresses()  # of the first, before the second writes its own there
            measure(served[kind], 4, 8, tokens, seed=0, port=port)  # warm-up
        for turn in range(options.turns):
            for kind in list(ports) if turn % 2 == 0 else reversed(ports):
                with _scraped(scraped_at, options.scrape_every) if kind == WITH else contextlib.nullcontext():
                    load = (options.concurrency, options.prompts, tokens)
                    measured = measure(served[kind], *load, seed=turn + 1, port=ports[kind])
                results[kind].append(measured.tokens_per_s)
                console.print(f"turn {turn + 1} of {options.turns}, {kind}: {measured.tokens_per_s:.1f} tokens/s")
    sys.exit(_told(results))


def _told(results: dict[str, list[float]]) -> int:
    for kind, figures in results.items():
        print(f"{kind:<14}{statistics.median(figures):8.1f} tokens/s  {min(figures):.1f} to {max(figures):.1f}")
    ratios = [of_one / of_other for of_one, of_other in zip(results[WITH], results[WITHOUT], strict=True)]
    cost = 1 - statistics.median(ratios)
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
def _scraped(at: list[str], every_s: float) -> Iterator[None]:
    """Scrape a server again and again."""
    stop, answered = threading.Event(), []

    def scrape() -> None:
        while not stop.wait(every_s):
            answered.append(any([scraped(address) for address in at]))  # noqa: C419 (each is asked)

    thread = threading.Thread(target=scrape)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
    if not answered or not all(answered):
        sys.exit("error: the server did not answer each scrape, so that its metrics cost less than they do")


if __name__ == "__main__":
    main()
