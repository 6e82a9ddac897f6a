"""``neuronserve drain`` and ``sweep`` as a person runs them: here, with a plan that is made once, or to be killed."""

import os
import subprocess
import sys
from collections.abc import Callable

import pytest
from typer.testing import CliRunner

from neuronserve.cli.main import app
from neuronserve.plan.plan import Plan
from tests.cleanup.conftest import STACK
from tests.preflight.account import Account
from tests.project import ROOT

Said = tuple[int, str, str]
"""Exit code, output, and what was said on standard error."""


class Command:
    """Calls a command in this process."""

    def __init__(self, account: Account, plan_of: Callable[[str], Plan], patch: pytest.MonkeyPatch) -> None:
        self._account = account
        for name in ("drain", "sweep"):
            patch.setattr(f"neuronserve.cli.{name}.plan_of_stack", lambda stack, *_, **__: plan_of(stack))

    def __call__(self, command: str, *words: str, stack: str = STACK, **environment: str) -> Said:
        variables = {"COLUMNS": "200", **self._account.environment, **environment}
        done = CliRunner(env=variables).invoke(app, [command, "--stack", stack, *words])
        assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
        return done.exit_code, done.stdout, done.stderr


def started(account: Account, command: str, *words: str) -> "subprocess.Popen[bytes]":
    """Start a command in a process of its own, for somebody to kill."""
    paths = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    variables = {"PATH": "/usr/bin:/bin", "HOME": "/nonexistent", "PYTHONPATH": paths, **account.environment}
    return subprocess.Popen(
        [sys.executable, "-m", "neuronserve.cli", command, "--stack", STACK, "--project", str(ROOT), *words],
        cwd=ROOT,
        env=variables,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
