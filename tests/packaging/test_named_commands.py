"""Every command that the documentation names is there, with the options that it gives it."""

import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer

from neuronserve.cli.main import app
from tests.packaging.commands import ROOT

PAGES = [ROOT / name for name in ("README.md", "CONTRIBUTING.md")] + sorted((ROOT / "docs").glob("*.md"))

CODE = re.compile(r"^ {4,}\S.*$|`([^`\n]+)`", re.MULTILINE)
OURS = re.compile(r"(?:^|[\s/(])neuronserve ((?:-\S+ )*)([a-z][a-z-]*)([^|#;&\n]*)")
OPTION = re.compile(r"(?<!\S)--?[a-z][a-z-]*")
MAKE = re.compile(r"(?:^|[\s(])make ([a-z][a-z0-9.-]*)")
MODULE = re.compile(r"python3? -m (neuronserve[\w.]*)")

COMMANDS = typer.main.get_command(app).commands  # type: ignore[attr-defined] # of a group of commands
TARGETS = set(re.findall(r"^([a-z][a-z0-9.-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def code(page: Path) -> Iterator[str]:
    """Yield what stands in a page as code: indented lines, and words between backticks."""
    for found in CODE.finditer(page.read_text(encoding="utf-8")):
        yield found[1] or found[0]


def wrong(text: str) -> list[str]:
    """Return what a piece of code names that is not there."""
    problems = []
    for _, command, arguments in OURS.findall(text):
        if command in COMMANDS:
            options = (option for one in COMMANDS[command].params for option in (*one.opts, *one.secondary_opts))
            there = {"--help", *options}
            problems += [f"neuronserve {command} {one}" for one in OPTION.findall(arguments) if one not in there]
        else:
            problems.append(f"neuronserve {command}")
    problems += [f"make {target}" for target in MAKE.findall(text) if target not in TARGETS]
    return problems + [module for module in MODULE.findall(text) if importlib.util.find_spec(module) is None]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_is_there(page: Path) -> None:
    assert [problem for text in code(page) for problem in wrong(text)] == []


def test_the_way_from_the_tutorial_names_the_commands_that_take_its_place() -> None:
    named = {command for text in code(ROOT / "docs" / "from-the-tutorial.md") for _, command, _ in OURS.findall(text)}
    assert named >= {"synth", "preflight", "status", "chat", "bench", "drain", "sweep"}


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        ("neuronserve synth --stack local", []),
        (".venv/bin/neuronserve check -s local | head --lines 3", []),
        ("neuronserve sinth", ["neuronserve sinth"]),
        ("neuronserve synth --stacks local", ["neuronserve synth --stacks"]),
        ("pip install neuronserve", []),
        ("make tests", []),
        ("make toast", ["make toast"]),
        (".venv/bin/python -m neuronserve.serving.nothing", ["neuronserve.serving.nothing"]),
    ],
)
def test_what_is_not_there_is_found(text: str, problems: list[str]) -> None:
    assert wrong(text) == problems
