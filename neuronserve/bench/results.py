"""The folder of a run: for each step a summary and its responses, named and laid out as LLMPerf's are."""

import json
import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from neuronserve.bench.load import Load
from neuronserve.bench.response import Response
from neuronserve.bench.summary import Summary, results_of

LAYOUT = "2023-08-31"
"""What LLMPerf calls the version of its results (``src/llmperf/utils.py``)."""

FOLDER_TIME = "%Y-%m-%d-%H-%M-%S"
"""How the tutorial names the folder of a run."""


class ResultsError(ValueError):
    """A folder holds no results; the message is for a person."""


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
    """Make a folder of the moment's date and time, which was not there."""
    while True:
        folder = parent / time.strftime(FOLDER_TIME)
        try:
            folder.mkdir(parents=True)
        except FileExistsError:
            time.sleep(0.1)  # that of a run in the same second
        else:
            return folder


def write(folder: Path, measured: Measured, step: Step) -> Summary:
    """Write the two files of a step, and return what stands in the first."""
    load = measured.load
    name = f"{measured.model}_{load.input_tokens}_{load.output_tokens}_{step.users}-users"
    name = re.sub(r"-{2,}", "-", re.sub(r"[^\w-]+", "-", name))
    records = [response.record() for response in step.responses]
    least, most = measured.usd_per_hour or (None, None)
    values = {
        "version": LAYOUT,
        "name": f"{name}_summary",
        "model": measured.model,
        "mean_input_tokens": load.input_tokens,
        "stddev_input_tokens": load.input_stddev,
        "mean_output_tokens": load.output_tokens,
        "stddev_output_tokens": load.output_stddev,
        "num_concurrent_requests": step.users,
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
    for part, content in (("summary", values), ("individual_responses", records)):
        file = folder / f"{name}_{part}.json"
        file.write_text(json.dumps(content, indent=1, allow_nan=False) + "\n", encoding="utf-8")
    return Summary(values)


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
    except (OSError, ValueError) as error:
        raise ResultsError(f"{file} cannot be read: {error}. Delete it, or name another folder.") from None
    needed = ("model", "num_concurrent_requests", "results_mean_output_throughput_token_per_s")
    if not isinstance(values, Mapping) or not all(name in values for name in needed):
        raise ResultsError(f"{file} is no summary of a benchmark: it should have {', '.join(needed)}.")
    return Summary(values)
