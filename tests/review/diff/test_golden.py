"""What a reviewer reads of each kind of change, as it was when somebody last looked at it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from neuronserve.plan.plan import Plan
from neuronserve.review.diff.markdown import to_markdown
from tests.engine.changes import CHANGES_STACK
from tests.review.diff.cases import CASES, diff_of_case

GOLDEN = Path(__file__).parent / "golden"


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_a_change_reads_as_the_golden_one(
    name: str, plan_of: Callable[[str], Plan], tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    now = to_markdown([diff_of_case(name, plan_of(CHANGES_STACK), tmp_path)], "main", "feature")
    if request.config.getoption("--renew-golden"):
        (GOLDEN / f"{name}.md").write_text(now, encoding="utf-8")
    assert now.splitlines() == (GOLDEN / f"{name}.md").read_text(encoding="utf-8").splitlines()


def test_every_golden_file_is_a_change() -> None:
    assert sorted(file.stem for file in GOLDEN.iterdir()) == sorted(CASES)
