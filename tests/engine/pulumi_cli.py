"""The Pulumi CLI on a copy of the project: its commands, and what the engine said in each."""

import itertools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
PARTS = ("Pulumi.yaml", "__main__.py", "components", "neuronserve", "serving", "stacks")
"""What of the checkout is a Pulumi project."""

TIMEOUT_S = 900
PASSPHRASE = "of a stack that lives for a minute"


@dataclass(frozen=True)
class Run:
    """One command that has ended."""

    command: str
    file: Path
    """Where its output is kept."""
    events: Path
    """Where the engine's events are kept, if they were asked for."""
    exit_code: int
    seconds: float
    output: str
    errors: str
    changes: dict[str, int]
    """How many resources came to what: create, update, same, ..."""
    steps: list[tuple[str, str]]
    """Operation and URN of each step, in the order in which the engine began them; of those that change something."""

    @property
    def said(self) -> str:
        """All that a person would have read."""
        return self.output + self.errors

    def succeeded(self) -> "Run":
        """Return the run, or fail with what it said."""
        assert self.exit_code == 0, f"pulumi {self.command} ended with {self.exit_code}:\n{self.said[-6000:]}"
        return self

    def failed(self) -> "Run":
        """Return the run, or fail because it did not."""
        assert self.exit_code not in (0, -signal.SIGKILL), f"pulumi {self.command} succeeded:\n{self.said[-6000:]}"
        return self


@dataclass(frozen=True)
class Preview:
    """What ``preview --json`` said."""

    run: Run
    steps: list[dict[str, Any]]


@dataclass
class Project:
    """A stack of a project in a folder of its own, with state, log of the stand-ins and settings of its own."""

    directory: Path
    stack: str
    environment: dict[str, str]
    runs: list[Run] = field(default_factory=list)
    """All commands so far."""
    numbers: Iterator[int] = field(default_factory=itertools.count)
    """What tells the files of one command from another's."""

    @classmethod
    def copied(cls, directory: Path, stack: str, environment: dict[str, str]) -> "Project":
        """Copy this checkout's project, and make the stack."""
        for name in PARTS:
            source, target = ROOT / name, directory / "project" / name
            if source.is_dir():
                shutil.copytree(source, target, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
            else:
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(source, target)
        return cls.begun(directory, stack, environment)

    @classmethod
    def begun(cls, directory: Path, stack: str, environment: dict[str, str], backend: Path | None = None) -> "Project":
        """Make the stack of a project that is in the folder ``project`` of another; its state may be beside others."""
        backend = backend or directory / "state"
        backend.mkdir(exist_ok=True)
        if sys.prefix != sys.base_prefix:  # Pulumi's own language host runs programs in the environment named there
            (directory / "project" / ".venv").symlink_to(sys.prefix)
        environment = {
            "PYTHONPATH": str(ROOT),  # for programs that are not of this checkout
            "PULUMI_HOME": str(directory / "home"),
            **environment,
            "PULUMI_BACKEND_URL": backend.as_uri(),
            "PULUMI_CONFIG_PASSPHRASE": PASSPHRASE,
            "PULUMI_SKIP_UPDATE_CHECK": "true",
            "PULUMI_DEBUG_COMMANDS": "true",  # for --event-log
            "STANDIN_LOG": str(directory / "stand-in.jsonl"),
        }
        project = cls(directory, stack, environment)
        project.run("stack", "init", stack).succeeded()
        return project

    @property
    def project(self) -> Path:
        """The folder of Pulumi.yaml."""
        return self.directory / "project"

    @property
    def stack_file(self) -> Path:
        """The stack's file."""
        return self.project / "stacks" / f"Pulumi.{self.stack}.yaml"

    @property
    def config(self) -> dict[str, Any]:
        """What the stack's file sets."""
        config: dict[str, Any] = yaml.safe_load(self.stack_file.read_text())["config"]
        return config

    @config.setter
    def config(self, config: dict[str, Any]) -> None:
        self._write(self.stack_file, config)

    def _write(self, stack_file: Path, config: dict[str, Any]) -> None:
        document = yaml.safe_load(self.stack_file.read_text()) | {"config": config}
        stack_file.write_text(yaml.safe_dump(document, sort_keys=False))

    def set_secret(self, path: str, value: str) -> None:
        """Encrypt a setting into the stack's file."""
        self.run("config", "set", "--secret", "--path", path, value).succeeded()

    def preview(self) -> Preview:
        """Ask what `up` would do."""
        run = self.run("preview", "--json", events=True).succeeded()
        return Preview(run, json.loads(run.output)["steps"])

    def preview_of(self, config: dict[str, Any]) -> Preview:
        """Ask what `up` would do if the stack's file said something else; several may be asked at once."""
        changed = self.directory / f"changed-{next(self.numbers)}.yaml"
        self._write(changed, config)
        run = self.run("preview", "--json", "--config-file", str(changed), events=True).succeeded()
        run.events.unlink()  # megabytes, and read
        return Preview(run, json.loads(run.output)["steps"])

    def up(self, **environment: str) -> Run:
        """Deploy."""
        return self.start_up(**environment).ended()

    def start_up(self, **environment: str) -> "Running":
        """Start to deploy."""
        return self.start("up", "--yes", "--skip-preview", events=True, **environment)

    def refresh(self) -> Run:
        """Read what is there."""
        return self.run("refresh", "--yes", "--skip-preview", events=True)

    def destroy(self) -> Run:
        """Remove everything."""
        return self.run("destroy", "--yes", "--skip-preview", events=True)

    @contextmanager
    def gone_after_failure(self) -> Iterator[None]:
        """Remove what a failure leaves: the next stack wants the cluster empty."""
        try:
            yield
        except Exception:
            self.run("cancel", "--yes")
            self.run("state", "unprotect", "--all", "--yes")
            self.destroy()
            raise

    def export(self, *, show_secrets: bool = False) -> dict[str, dict[str, Any]]:
        """Return the state's resources by URN."""
        run = self.run("stack", "export", *(["--show-secrets"] if show_secrets else [])).succeeded()
        if show_secrets:  # what was asked for with its secrets may show them
            run.file.unlink()
        return {resource["urn"]: resource for resource in json.loads(run.output)["deployment"].get("resources", [])}

    def stand_in_log(self) -> list[dict[str, Any]]:
        """Return what the stand-ins were asked, in order."""
        log = Path(self.environment["STANDIN_LOG"])
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    def run(self, *arguments: str, events: bool = False, **environment: str) -> Run:
        """Run a command to its end."""
        return self.start(*arguments, events=events, **environment).ended()

    def start(self, *arguments: str, events: bool = False, **environment: str) -> "Running":
        """Start a command."""
        return Running(self, arguments, environment, events)


class Running:
    """A command that runs, in a process group of its own with all plugins."""

    def __init__(
        self, project: Project, arguments: tuple[str, ...], environment: dict[str, str], with_events: bool
    ) -> None:
        self._project, self._command = project, " ".join(arguments)
        number = next(project.numbers)
        self._files = [project.directory / f"{number}.{kind}" for kind in ("out", "err", "events")]
        output, errors, events = self._files
        self._begun = time.monotonic()
        with output.open("w") as out, errors.open("w") as err:
            self._process = subprocess.Popen(
                [
                    *("pulumi", *arguments, "--non-interactive", "--color", "never"),
                    *(["--stack", project.stack] if arguments[:2] != ("stack", "init") else []),
                    *(["--event-log", str(events)] if with_events else []),
                ],
                cwd=project.project,
                env={**os.environ, **project.environment, **environment},
                stdout=out,
                stderr=err,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    def killed(self) -> Run:
        """End the engine and its plugins as a crash of the machine would."""
        os.killpg(self._process.pid, signal.SIGKILL)
        return self.ended()

    def ended(self) -> Run:
        """Wait for the end."""
        try:
            self._process.wait(TIMEOUT_S)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        output, errors, events = self._files
        run = Run(
            self._command,
            output,
            events,
            self._process.returncode,
            time.monotonic() - self._begun,
            output.read_text(),
            errors.read_text(),
            *_told_by(events),
        )
        self._project.runs.append(run)
        return run


def _told_by(events: Path) -> tuple[dict[str, int], list[tuple[str, str]]]:
    """Return changes and steps from a log of events."""
    changes: dict[str, int] = {}
    steps = []
    for line in events.read_text().splitlines(keepends=True) if events.exists() else []:
        if line.endswith("\n"):  # an engine that is killed stops anywhere
            event = json.loads(line)
            if summary := event.get("summaryEvent"):
                changes = summary["resourceChanges"]
            elif begun := event.get("resourcePreEvent", {}).get("metadata"):
                steps.append((begun["op"], begun["urn"]))
    return changes, [step for step in steps if step[0] != "same"]
