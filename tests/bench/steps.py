"""Responses with known times, for tests."""

from pathlib import Path

from neuronserve.bench.load import Load
from neuronserve.bench.response import Response
from neuronserve.bench.results import Measured, Step, summary_of, write_step
from neuronserve.bench.summary import Summary

MEASURED = Measured("owner/some model", Load(), "http://localhost:8000/v1", "guidellm 0.8.1", (1.97, 5.9))


def answered(start: float, first: float, token: float, tokens: int, *, prompt: int = 512) -> Response:
    """Return an answer: when it was asked for, after what its first token came, and each further one; in seconds."""
    last = start + first + token * (tokens - 1)
    return Response(start, last + 0.01, start + first, last, prompt, tokens)


def refused(start: float, code: int, message: str = "Server error '503 Service Unavailable'") -> Response:
    return Response(start, start + 0.02, error_code=code, error_msg=message)


def step(users: int, *, slower: float = 1.0, failed: int = 0) -> Step:
    """Return a step of eight answers a user, one after the other for each, and some refusals."""
    answers = [
        answered(turn * 5.0 * slower, 0.2 * slower + 0.01 * user, 0.02 * slower, 240 + user % 7)
        for user in range(users)
        for turn in range(8)
    ]
    return Step(users, [*answers, *(refused(1.0, 503) for _ in range(failed))])


def write(folder: Path, measured: Measured, step: Step) -> Summary:
    """Write the two files of a step, and return what stands in the first."""
    summary = summary_of(measured, step)
    write_step(folder, summary, step)
    return summary
