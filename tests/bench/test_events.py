"""The lines of a load generator, among which a pod's log may have others."""

import json
from typing import Any

import pytest

from neuronserve.bench.events import GeneratorError, Reader
from neuronserve.bench.response import Response
from tests.bench.steps import step


def line(event: str, **fields: Any) -> str:
    return json.dumps({"event": event, **fields}) + "\n"


def lines_of(users: int) -> list[str]:
    return [line("response", users=users, **vars(response)) for response in step(users).responses]


def test_steps_are_whole_and_apart() -> None:
    told: list[tuple[int, Response]] = []
    waits: list[str] = []
    reader = Reader(lambda users, response: told.append((users, response)), waits.append)
    lines = [line("waiting", message="no room"), line("started", generator="guidellm 1")]
    lines += [*lines_of(1), line("finished", users=1)]
    lines += [*lines_of(2), line("finished", users=2)]
    steps = list(reader.steps(lines))
    assert [(one.users, len(one.responses), one.is_whole) for one in steps] == [(1, 8, True), (2, 16, True)]
    assert steps[1].responses == step(2).responses
    assert reader.generator == "guidellm 1"
    assert waits == ["no room"]
    assert [users for users, _ in told] == [1] * 8 + [2] * 16
    assert reader.unfinished() is None


def test_what_is_left_of_a_step_that_was_broken_off() -> None:
    reader = Reader(lambda *_: None, print)
    (whole,) = reader.steps([*lines_of(1), line("finished", users=1), *lines_of(2)[:3]])
    left = reader.unfinished()
    assert left is not None
    assert (whole.is_whole, left.is_whole, left.users, len(left.responses)) == (True, False, 2, 3)


@pytest.mark.parametrize(
    "noise", ["", "{", "{}", "[1]", "WARNING: no such thing", '{"event"', '{"level": "info"}', "null"]
)
def test_other_lines_are_passed_over(noise: str) -> None:
    lines = [noise, *lines_of(1), noise, line("finished", users=1)]
    (only,) = Reader(lambda *_: None, print).steps(lines)
    assert len(only.responses) == 8


def test_a_generator_that_gives_up_says_why_in_one_line() -> None:
    with pytest.raises(GeneratorError, match="^OSError: no such tokenizer$"):
        list(Reader(lambda *_: None, print).steps([line("failed", message="OSError: no\n such   tokenizer")]))
