"""Files that are no use to anybody, or a trap: each is one message, at once."""

from pathlib import Path

import pytest

from neuronserve.plan.errors import ProjectError
from neuronserve.plan.yaml_files import MOST_LEVELS, load_yaml

LAUGHS = "a: &a [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 10)}]\n" for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
CHAIN = "a0: &a0 [x]\n" + "".join(f"a{place}: &a{place} [*a{place - 1}]\n" for place in range(1, 2000))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("a: &a [*a]", "line 1: .*part of itself"),
        ("a: &a\n  b: {c: *a}", "line 1: .*part of itself"),
        (LAUGHS, "line 5: .*values are here, with all that aliases stand for"),
        (CHAIN, f"more than {MOST_LEVELS} levels"),
        ("a: " + "[" * 100_000, f"more than {MOST_LEVELS} levels"),
        ("a: " + "{a: " * 5000, f"more than {MOST_LEVELS} levels"),
        ("a: 1\nb: " + "1" * 309, "line 2: .*a number here is beyond"),
        ("a: .nan", "not a finite number"),
        ("a: 1.0e+300", "a number here is beyond"),
        ("a: !!float x", "'x' is not of type float"),
        ("a: !!set {b, c}", "could not determine a constructor"),
        ("a: {1: b}", "the key 1 is not text: write it in quotes"),
        ("a: {[b]: c}", "unhashable key"),
        ('a: "\\0"', "a character here is in no text"),
        ('a: "\\ud800"', "a character here is in no text"),
        ("a: 1\nb: 2\na: 3", "a is set twice"),
    ],
)
def test_what_json_has_not_is_refused(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "a.yaml").write_text(text)
    with pytest.raises(ProjectError, match=rf"a\.yaml.*{says}"):
        load_yaml(tmp_path / "a.yaml")


def test_a_date_is_a_text_and_aliases_are_what_they_stand_for(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("a: &a {b: 2026-01-01}\nc: *a\nd: {<<: *a, e: =}\n")
    printed = "2026-01-01 00:00:00 +0000 UTC"  # as Pulumi does
    assert load_yaml(tmp_path / "a.yaml") == {"a": {"b": printed}, "c": {"b": printed}, "d": {"b": printed, "e": "="}}


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    with pytest.raises(ProjectError, match="cannot be read: Is a directory"):
        load_yaml(tmp_path)
