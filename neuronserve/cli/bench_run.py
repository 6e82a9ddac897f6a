"""One run of ``neuronserve bench``: from the events of a load generator to a folder of results, and an exit code."""

import contextlib
import signal
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
from neuronserve.bench.results import (
    Measured,
    NotWrittenError,
    Step,
    new_folder,
    not_written,
    summary_of,
    write_step,
)
from neuronserve.bench.rows import HEADINGS, markdown, row
from neuronserve.bench.served import Served
from neuronserve.bench.summary import Summary
from neuronserve.cli.errors import fail

BROKEN_OFF = 130
"""The exit code of a shell for Ctrl-C."""

BAD_REQUEST = 400
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
    try:
        folder = new_folder(wanted.out)
    except NotWrittenError as error:
        fail(str(error))
    kept: list[tuple[Step, Summary]] = []
    problem, broken_off = None, False
    with contextlib.ExitStack() as ending:
        with _progress(wanted.load, console) as on_response:
            reader = Reader(on_response, lambda why: console.print(f"Waiting: {why}", highlight=False, markup=False))

            def keep(step: Step) -> None:
                price = wanted.usd_per_hour or usd_per_hour
                measured = Measured(served.name, wanted.load, base_url, reader.generator, price)
                kept.append((step, summary_of(measured, step)))  # before it is written: the table has it in any case
                write_step(folder, kept[-1][1], step)

            try:
                with source(specification(wanted.load, base_url, served.name, served.tokenizer)) as lines:
                    for step in reader.steps(lines):
                        keep(step)
            except KeyboardInterrupt:
                ending.enter_context(_undisturbed())
                broken_off = True
            except (GeneratorError, OSError) as error:  # the latter if there is no room for its own files
                problem = f"The load generator failed: {str(error)[:MOST_SAID]}"
            except NotWrittenError as error:
                problem = str(error)
        ending.enter_context(_undisturbed())
        try:
            if unfinished := reader.unfinished():
                keep(unfinished)
        except NotWrittenError as error:
            problem = problem or str(error)
        if kept:
            problem = _report(folder, [summary for _, summary in kept], console) or problem
        elif not _is_gone(folder):
            console.print(f"What there is of this run is in {folder}.", highlight=False, soft_wrap=True)
    if broken_off:
        console.print("Stopped.")
    if problem := problem or (None if broken_off else _what_failed(wanted.load, [step for step, _ in kept])):
        fail(problem, BROKEN_OFF if broken_off else 1)
    if broken_off:
        raise typer.Exit(BROKEN_OFF)


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Let a further Ctrl-C pass: the report takes a second, and what is told last is where it is."""
    before = {stop: signal.signal(stop, signal.SIG_IGN) for stop in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for stop, handler in before.items():
            signal.signal(stop, handler)


def _report(folder: Path, summaries: list[Summary], console: Console) -> str | None:
    """Print the table and write the report; return what is wrong with the folder, if it takes no file."""
    typer.echo(markdown(HEADINGS, [row(summary) for summary in summaries]), nl=False)
    try:
        files = write_report(folder, summaries)
    except OSError as error:
        if not _is_gone(folder):
            console.print(f"What could be written is in {folder}.", highlight=False, soft_wrap=True)
        return str(not_written(folder, error))
    console.print(f"Written to {folder}: {', '.join(file.name for file in files)}", highlight=False, soft_wrap=True)
    if PAGE not in (file.name for file in files):
        console.print("Without matplotlib there is no page and no picture: pip install matplotlib")
    return None


def _is_gone(folder: Path) -> bool:
    """Remove a folder if nothing is in it, and return whether it is no more."""
    with contextlib.suppress(OSError):  # something is in it
        folder.rmdir()
    return not folder.is_dir()


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
    if any(response.error_code == BAD_REQUEST for response in failed):  # guidellm keeps nothing of what it says
        parts.append(
            f"A server answers {BAD_REQUEST} if --input-tokens and --output-tokens, {load.input_tokens} and "
            f"{load.output_tokens} on average, are together more than the model's context: ask for fewer."
        )
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
