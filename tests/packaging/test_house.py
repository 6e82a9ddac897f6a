"""The shape that the code is to keep: small modules, and a program that only says what is made."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LONGEST_MODULE = 400
LONGEST_PROGRAM = 40
MODULES = [
    file
    for folder in ("components", "serving", "neuronserve", "benchmarks", "requirements", "tests")
    for file in sorted((ROOT / folder).rglob("*.py"))
    if not file.parent.is_symlink()
]


@pytest.mark.parametrize("module", MODULES, ids=lambda file: str(file.relative_to(ROOT)))
def test_no_module_is_too_long(module: Path) -> None:
    assert len(module.read_text().splitlines()) <= LONGEST_MODULE


def test_the_program_is_short_and_decides_nothing() -> None:
    text = (ROOT / "__main__.py").read_text()
    assert len(text.splitlines()) < LONGEST_PROGRAM
    decisions = (ast.If, ast.IfExp, ast.Match, ast.BoolOp, ast.Try)
    assert not [node for node in ast.walk(ast.parse(text)) if isinstance(node, decisions)]
