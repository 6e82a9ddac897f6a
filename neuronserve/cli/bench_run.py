"""One run of ``neuronserve bench``: from the events of a load generator to a folder of results, and an exit code."""

from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from neuronserve.bench.events import GeneratorError, Reader
from neuronserve.bench.generator import specification
from neuronserve.bench.load import Load
from neuronserve.bench.report import PAGE, write_report
from neuronserve.bench.response import Response
from neuronserve.bench.results import Measured, Step, new_folder, write
from neuronserve.bench.rows import HEADINGS, markdown, row
from neuronserve.bench.served import Served
from neuronserve.bench.summary import Summary
from neuronserve.cli.errors import fail

BROKEN_OFF = 130
"""The exit code of a shell for Ctrl-C."""

MOST_MESSAGES = 3
MOST_SAID = 300
"""Characters of what a generator says of an error."""

Source = Callable[[str], AbstractContextManager[Iterator[str]]]
"""Starts a load generator with its specification, and yields its lines."""


@dataclass(frozen=True)
class Wanted:
    """What the user asked for."""

    load: Load
    out: Path
    model: str | None
    tokenizer: str | None
    api_key: str = field(repr=False)
    usd_per_hour: tuple[float, float] | None


def run(
    wanted: Wanted, served: Served, base_url: str, usd_per_hour: tuple[float, float] | None, source: Source
) -> None:
    """Measure, write what is measured as it comes, and end the command unless all was answered.

    Args:
        wanted: what the user asked for.
        served: the model that is asked.
        base_url: the URL of its API, as the load generator has it.
        usd_per_hour: what the workers cost; what the user says of that counts more.
        source: the load generator.
    """
    console = Console(stderr=True)
    folder = new_folder(wanted.out)
    written: list[tuple[Step, Summary]] = []
    problem = broken_off = None
    with _progress(wanted.load, console) as on_response:
        reader = Reader(on_response, lambda why: console.print(f"Waiting: {why}", highlight=False, markup=False))

        def keep(step: Step) -> None:
            price = wanted.usd_per_hour or usd_per_hour
            measured = Measured(served.name, wanted.load, base_url, reader.generator, price)
            written.append((step, write(folder, measured, step)))

        try:
            with source(specification(wanted.load, base_url, served.name, served.tokenizer)) as lines:
                for step in reader.steps(lines):
                    keep(step)
        except KeyboardInterrupt:
            broken_off = "Stopped."
        except GeneratorError as error:
            problem = f"The load generator failed: {str(error)[:MOST_SAID]}"
        if unfinished := reader.unfinished():
            keep(unfinished)
    if written:
        _report(folder, [summary for _, summary in written], console)
    else:
        folder.rmdir()
    if broken_off:
        console.print(broken_off)
        raise typer.Exit(BROKEN_OFF)
    if problem := problem or _what_failed(wanted.load, [step for step, _ in written]):
        fail(problem)


def _report(folder: Path, summaries: list[Summary], console: Console) -> None:
    files = write_report(folder, summaries)
    typer.echo(markdown(HEADINGS, [row(summary) for summary in summaries]), nl=False)
    console.print(f"Written to {folder}: {', '.join(file.name for file in files)}", highlight=False, soft_wrap=True)
    if PAGE not in (file.name for file in files):
        console.print("Without matplotlib there is no page and no picture: pip install matplotlib")


def _what_failed(load: Load, steps: list[Step]) -> str | None:
    """Return what a person should know of requests without an answer; None if all have one."""
    failed = [response for step in steps for response in step.responses if response.is_error]
    wanted = sum(load.requests(users) for users in load.users)
    sent = sum(len(step.responses) for step in steps)
    parts = []
    if failed:
        kinds = Counter(f"{response.error_code}: {response.error_msg[:MOST_SAID]}" for response in failed)
        most = "; ".join(f"{count} x {kind}" for kind, count in kinds.most_common(MOST_MESSAGES))
        parts.append(f"{len(failed)} of {sent} requests failed ({most}).")
    if sent < wanted:
        parts.append(f"{wanted - sent} requests were never sent.")
    return " ".join(parts) or None


class _progress(AbstractContextManager[Callable[[int, Response], None]]):  # noqa: N801 (used as a function)
    """A bar over all requests of a run, told of each response."""

    def __init__(self, load: Load, console: Console) -> None:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[errors]}", style="red"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
        )
        self._bar = Progress(*columns, console=console)
        total = sum(load.requests(users) for users in load.users)
        self._task = self._bar.add_task("starting", total=total, errors="")
        self._errors = 0

    def __enter__(self) -> Callable[[int, Response], None]:
        self._bar.start()
        return self._told

    def __exit__(self, *_: object) -> None:
        self._bar.stop()

    def _told(self, users: int, response: Response) -> None:
        self._errors += response.is_error
        errors = f"{self._errors} failed" if self._errors else ""
        self._bar.update(self._task, advance=1, description=f"{users} users", errors=errors)
