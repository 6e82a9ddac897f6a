"""The plan of each stack, as it was when somebody last looked at it."""

import difflib
from pathlib import Path

import pytest

from neuronserve.plan.program import synthesise
from neuronserve.plan.project import load_project
from neuronserve.review.manifests import write

ROOT = Path(__file__).resolve().parents[2]
GOLDEN = Path(__file__).parent / "golden"
STACKS = load_project(ROOT).stacks
LONGEST_DIFF = 120


def files(directory: Path) -> dict[str, str]:
    return {
        str(file.relative_to(directory)): file.read_text() for file in sorted(directory.rglob("*")) if file.is_file()
    }


@pytest.mark.parametrize("stack", STACKS)
def test_the_plan_is_the_golden_one(stack: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    write(synthesise(ROOT, stack), tmp_path)
    if request.config.getoption("--renew-golden"):
        write(synthesise(ROOT, stack), GOLDEN / stack)
        return
    now, golden = files(tmp_path), files(GOLDEN / stack)
    diff: list[str] = []
    for name in sorted(now.keys() | golden.keys()):
        lines = (golden.get(name, "").splitlines(), now.get(name, "").splitlines())
        diff += difflib.unified_diff(*lines, f"golden/{stack}/{name}", f"now/{name}", lineterm="", n=2)
    if diff:
        more = f"\n… and {len(diff) - LONGEST_DIFF} more lines" if len(diff) > LONGEST_DIFF else ""
        shown = "\n".join(diff[:LONGEST_DIFF])
        pytest.fail(
            f"The plan of stack {stack} has changed. If you meant it: make golden\n{shown}{more}",
            pytrace=False,
        )


def test_every_golden_plan_has_a_stack() -> None:
    assert sorted(directory.name for directory in GOLDEN.iterdir()) == STACKS
