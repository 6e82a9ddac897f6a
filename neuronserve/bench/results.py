"""The folder of a run: for each step a summary and its responses, named and laid out as LLMPerf's are."""

import contextlib
import json
import re
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from neuronserve.bench.load import Load
from neuronserve.bench.response import Response
from neuronserve.bench.summary import RESULTS, Summary, results_of

LAYOUT = "2023-08-31"
"""What LLMPerf calls the version of its results (``src/llmperf/utils.py``)."""

FOLDER_TIME = "%Y-%m-%d-%H-%M-%S"
"""How the tutorial names the folder of a run."""

SUMMARY = "_summary"
"""How the name of a step's summary ends."""

LONGEST_MODEL = 150
"""Bytes of a model's name in the name of a file, which file systems end at 255."""

MOST_SHOWN = 60
"""Characters of a wrong value in a message."""

USERS = "num_concurrent_requests"
ERROR_CODES = f"{RESULTS}error_code_frequency"
"""The result that is text: a Counter as Python prints it."""


class ResultsError(ValueError):
    """A folder holds no results; the message is for a person."""


class NotWrittenError(Exception):
    """A file or a folder cannot be written; the message is for a person."""


@dataclass(frozen=True)
class Measured:
    """What was measured, and by what."""

    model: str
    load: Load
    endpoint: str
    """The URL of the API."""
    generator: str
    """Name and version of what sent the requests."""
    usd_per_hour: tuple[float, float] | None = None
    """Of the accelerated workers, with the fewest and with the most of them; None if nobody said."""


@dataclass(frozen=True)
class Step:
    """One number of users, and what became of each request that was answered or failed."""

    users: int
    responses: Sequence[Response] = field(default_factory=tuple)
    is_whole: bool = True
    """Whether it ran to its end."""

    @property
    def duration_s(self) -> float:
        """From the first request to the last answer."""
        if not self.responses:
            return 0.0
        return max(one.ended_s for one in self.responses) - min(one.started_s for one in self.responses)


def new_folder(parent: Path) -> Path:
    """Make a folder of the moment's date and time, which was not there.

    Raises:
        NotWrittenError: it cannot be made.
    """
    try:
        parent.mkdir(parents=True, exist_ok=True)  # once: what is there and no folder stays so
        while True:
            folder = parent / time.strftime(FOLDER_TIME)
            try:
                folder.mkdir()
            except FileExistsError:
                time.sleep(0.1)  # that of a run in the same second
            else:
                return folder
    except OSError as error:
        reason = "it is no folder" if isinstance(error, FileExistsError) else error.strerror
        raise NotWrittenError(f"{parent} cannot hold results: {reason}. Name another folder with --out.") from None


def summary_of(measured: Measured, step: Step) -> Summary:
    """Return what a step came to."""
    load = measured.load
    model = re.sub(r"[^\w-]+", "-", measured.model).encode()[:LONGEST_MODEL].decode(errors="ignore")
    name = re.sub(r"-{2,}", "-", f"{model}_{load.input_tokens}_{load.output_tokens}_{step.users}-users")
    records = [response.record() for response in step.responses]
    least, most = measured.usd_per_hour or (None, None)
    values = {
        "version": LAYOUT,
        "name": f"{name}{SUMMARY}",
        "model": measured.model,
        "mean_input_tokens": load.input_tokens,
        "stddev_input_tokens": load.input_stddev,
        "mean_output_tokens": load.output_tokens,
        "stddev_output_tokens": load.output_stddev,
        USERS: step.users,
        **results_of(records, step.duration_s),
        "duration_s": step.duration_s,
        "is_whole": step.is_whole,
        "stream": load.stream,
        "seed": load.seed,
        "endpoint": measured.endpoint,
        "generator": measured.generator,
        "usd_per_hour_least": least,
        "usd_per_hour_most": most,
        "timestamp": int(time.time()),
    }
    return Summary(values)


def write_step(folder: Path, summary: Summary, step: Step) -> None:
    """Write the two files of a step.

    Raises:
        NotWrittenError: one of them cannot be written.
    """
    name = summary.values["name"].removesuffix(SUMMARY)
    records = [response.record() for response in step.responses]
    for part, content in ((SUMMARY, summary.values), ("_individual_responses", records)):
        file = folder / f"{name}{part}.json"
        try:
            file.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", encoding="utf-8")
        except BaseException as error:
            with contextlib.suppress(OSError):
                file.unlink()  # half a file would end every later --compare
            if isinstance(error, OSError):
                raise not_written(folder, error) from None
            raise


def not_written(folder: Path, error: OSError) -> NotWrittenError:
    """Return what to tell of a folder that takes no file."""
    return NotWrittenError(f"{folder} cannot be written to: {error.strerror}. Name another with --out.")


def read(folder: Path) -> list[Summary]:
    """Return the steps whose summaries are in or below a folder, ours or LLMPerf's, from few users to many.

    Of several with as many users, the latest counts.

    Raises:
        ResultsError: there is none, or one cannot be read.
    """
    if not folder.is_dir():
        raise ResultsError(f"{folder} is no folder. Name one that has *_summary.json in it.")
    summaries = [_summary(file) for file in sorted(folder.rglob("*_summary*.json"))]
    if not summaries:
        raise ResultsError(f"{folder} has no results: no *_summary.json. Name the folder of a run.")
    by_users: dict[int, Summary] = {}
    for summary in sorted(summaries, key=lambda one: one.values.get("timestamp", 0)):
        by_users[summary.users] = summary
    return [by_users[users] for users in sorted(by_users)]


def _summary(file: Path) -> Summary:
    try:
        values: Any = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ResultsError(f"{file} cannot be read: {error}. Delete it, or name another folder.") from None
    needed = ("model", USERS, "results_mean_output_throughput_token_per_s")
    if not isinstance(values, Mapping) or not all(name in values for name in needed):
        raise ResultsError(f"{file} is no summary of a benchmark: it should have {', '.join(needed)}.")
    for key, value in values.items():
        if wanted := _wanted(key, value):
            raise ResultsError(
                f"{file} has {json.dumps(value)[:MOST_SHOWN]} for {key}; it should be {wanted}. "
                "Mend or delete it, or name another folder."
            )
    return Summary(values)


def _wanted(key: str, value: Any) -> str | None:
    """Return what should stand under a key; None if it does."""
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and not abs(value) > sys.float_info.max
    if key == USERS:
        return None if is_number and value > 0 and value == int(value) else "a whole number above 0"
    if key == "timestamp":
        return None if is_number else "seconds since 1970"
    if not key.startswith(RESULTS) or key == ERROR_CODES:
        return None
    # NaN, which LLMPerf writes of nothing, is a number to Python.
    return None if is_number or value is None else "a number or null"
