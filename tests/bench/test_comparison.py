"""Two runs beside each other."""

from dataclasses import replace
from pathlib import Path

import pytest

from neuronserve.bench.comparison import comparison
from neuronserve.bench.load import Load
from neuronserve.bench.results import Measured, ResultsError, read
from neuronserve.bench.summary import Summary
from tests.bench.steps import MEASURED, step, write


def run(folder: Path, users: tuple[int, ...], slower: float = 1.0, measured: Measured = MEASURED) -> list[Summary]:
    folder.mkdir()
    for number in users:
        write(folder, measured, step(number, slower=slower))
    return read(folder)


def test_what_changed(tmp_path: Path) -> None:
    table = comparison(run(tmp_path / "old", (1, 2)), run(tmp_path / "new", (1, 2, 4), slower=2.0))
    heading, _, one, two = table.splitlines()
    assert heading.startswith("| users | output tokens/s | TTFT p50, s |")
    assert one.startswith("| 1 | ")
    assert "0.200 → 0.400 (+100.0 %)" in one
    assert "20.0 → 40.0 (+100.0 %)" in one
    assert two.startswith("| 2 | ")
    assert "Not the same" not in table


def test_runs_that_are_not_alike_are_said_to_be(tmp_path: Path) -> None:
    other = replace(MEASURED, model="other/model", load=Load(input_tokens=1500, stream=False))
    table = comparison(run(tmp_path / "old", (1,)), run(tmp_path / "new", (1,), measured=other))
    assert "Not the same model: owner/some model and other/model." in table
    assert "Not the same tokens in: 512 and 1500." in table
    assert "Not the same streaming: True and False." in table
    assert "tokens out:" not in table


def test_what_differs_for_some_numbers_of_users(tmp_path: Path) -> None:
    old, new = run(tmp_path / "old", (1, 2, 4)), run(tmp_path / "new", (1,))
    for number in (2, 4):
        new += run(tmp_path / f"new{number}", (number,), measured=replace(MEASURED, model="other/model"))
    assert "With 2, 4 users, not the same model: owner/some model and other/model.\n" in comparison(old, new)


def test_a_step_that_was_broken_off_is_said_to_be(tmp_path: Path) -> None:
    old = run(tmp_path / "old", (1, 2))
    write(tmp_path, MEASURED, replace(step(2), is_whole=False))
    new = [*run(tmp_path / "new", (1,)), *(one for one in read(tmp_path) if not one.values["is_whole"])]
    table = comparison(old, new)
    assert table.endswith("|\n\nWith 2 users, the new run was broken off before its last request.\n")
    assert "With 2 users, the old run was broken off before its last request.\n" in comparison(new, old)


def test_nothing_to_compare(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="the old one has 1, 2, the new one 4. Measure again with the same --users"):
        comparison(run(tmp_path / "old", (1, 2)), run(tmp_path / "new", (4,)))
