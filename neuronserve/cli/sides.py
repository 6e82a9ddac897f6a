"""The two sides of a difference: plans that are there, or planned from revisions of the checkout."""

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import NoReturn

from neuronserve.cli import stack_planner
from neuronserve.cli.revisions import commit_of, repository_of, write_files
from neuronserve.plan.errors import PlanError
from neuronserve.plan.plan import Plan
from neuronserve.plan.project import encrypted_settings, find_project, load_project

WORKING_TREE = "the working tree"


@dataclass
class Side:
    """What is known of one side, by stack; ``secrets`` are None where no stack files are."""

    label: str
    plans: dict[str, Plan] = field(default_factory=dict)
    secrets: dict[str, dict[str, str]] | None = None
    said: dict[str, list[str]] = field(default_factory=dict)
    """What planning it had to say."""
    problems: dict[str, str] = field(default_factory=dict)
    """Why there is no plan."""


@dataclass(frozen=True)
class Source:
    """Where a side comes from: the folder of a project, and what people call it."""

    label: str
    project: Path
    path: tuple[Path, ...]
    """Folders from which its code is imported."""


def plan_file(name: str) -> Path | None:
    """Return the ``plan.json`` that a name stands for, None if it stands for something else."""
    path = Path(name)
    if (path / "plan.json").is_file():
        return path / "plan.json"
    return path if path.is_file() else None


def side_of_plan(name: str, file: Path) -> Side:
    """Return a plan that is there.

    Raises:
        PlanError: it is none.
    """
    try:
        plan = Plan.from_json(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, PlanError) as error:
        raise PlanError(f"{file} cannot be compared: it is {error}.") from None
    return Side(name, {plan.stack: plan})


def working_tree(folder: Path) -> Source:
    """Return the project in or above a folder, as it is.

    Raises:
        ProjectError: there is none.
    """
    project = find_project(folder)
    return Source(WORKING_TREE, project, (project,))


def revision(folder: Path, name: str, scratch: Path) -> Source:
    """Return the project in or above a folder at a revision, with its files in another folder.

    Raises:
        ProjectError: there is no project.
        RevisionError: there is no such revision.
    """
    project = find_project(folder)
    repository = repository_of(project).resolve()
    commit = commit_of(repository, name)
    top = scratch / commit
    if not top.exists():
        write_files(repository, commit, top)
    label = commit[:9] if commit.startswith(name) else f"{name} ({commit[:9]})"
    there = top / project.relative_to(repository)
    return Source(label, there, (there, top))


def planned(sources: list[Source], stacks: list[str], scratch: Path) -> list[Side]:
    """Plan stacks of several projects at a time, each with its own code in a process of its own.

    Args:
        sources: the projects.
        stacks: names; all that a project has if there are none.
        scratch: a folder for what is made meanwhile.

    Raises:
        ProjectError: a project cannot be read.
    """
    wanted = [_stacks(source, stacks) for source in sources]
    folders = [scratch / f"plans-{index}" for index in range(len(sources))]
    with _processes() as running:
        for source, names, folder in zip(sources, wanted, folders, strict=True):
            folder.mkdir()
            with _undisturbed():
                running.append(_start(source, names, folder))
        for process in running:
            process.wait()
    return [_side(source, names, folder) for source, names, folder in zip(sources, wanted, folders, strict=True)]


def _stacks(source: Source, stacks: list[str]) -> list[str]:
    there = load_project(source.project).stacks
    return [stack for stack in there if stack in stacks or not stacks]


@contextlib.contextmanager
def _processes() -> Iterator[list[subprocess.Popen[bytes]]]:
    """End what was started and has not ended, whatever ends the command."""
    running: list[subprocess.Popen[bytes]] = []
    try:
        yield running
    finally:
        for process in running:
            process.kill()
            process.wait()


@contextlib.contextmanager
def _undisturbed() -> Iterator[None]:
    """Put off Ctrl-C and the like: a process that has started has to be where it is ended."""
    received: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.signal(number, lambda number, _: received.append(number)) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    for caught in received:
        signal.raise_signal(caught)


def _start(source: Source, stacks: list[str], folder: Path) -> subprocess.Popen[bytes]:
    script = Path(stack_planner.__file__).read_text(encoding="utf-8")
    path = [*map(str, source.path), *filter(None, [os.environ.get("PYTHONPATH")])]
    with (folder / "errors").open("wb") as errors:
        return subprocess.Popen(  # noqa: S603
            [sys.executable, "-c", script, str(folder), *stacks],
            cwd=source.project,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path), "PYTHONDONTWRITEBYTECODE": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
        )


def _side(source: Source, stacks: list[str], folder: Path) -> Side:
    side = Side(source.label, secrets={})
    project = load_project(source.project)
    for stack in stacks:
        said = (folder / f"{stack}.txt").read_text(encoding="utf-8") if (folder / f"{stack}.txt").exists() else ""
        file = folder / stack / "plan.json"
        if file.exists():
            side.plans[stack] = Plan.from_json(file.read_text(encoding="utf-8"))
            side.said[stack] = said.splitlines()
            side.secrets = {**(side.secrets or {}), stack: encrypted_settings(project, stack)}
        else:
            errors = (folder / "errors").read_text(encoding="utf-8", errors="replace").strip().splitlines()
            message = said.strip().removeprefix("error: ") or (errors[-1] if errors else "it ended without a word")
            side.problems[stack] = message.replace(f"{source.project}{os.sep}", "")
    return side


@contextlib.contextmanager
def scratch_folder() -> Iterator[Path]:
    """Make a folder that is gone afterwards, also if the command is told to end."""

    def leave(number: int, _: object) -> NoReturn:
        sys.exit(128 + number)

    before = signal.signal(signal.SIGTERM, leave)
    try:
        with tempfile.TemporaryDirectory(prefix="neuronserve-diff-") as folder:
            yield Path(folder).resolve()
    finally:
        signal.signal(signal.SIGTERM, before)
