"""Commands that do not see the checkout unless they are run in it."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def run(*command: str | Path, cwd: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        command, cwd=cwd, env=inherited | environment, capture_output=True, text=True, timeout=280, check=False
    )


def done(*command: str | Path, cwd: Path, **environment: str) -> str:
    finished = run(*command, cwd=cwd, **environment)
    assert not finished.returncode, finished.stdout + finished.stderr
    return finished.stdout


def build(checkout: Path, output: Path, target: str) -> Path:
    done(sys.executable, "-m", "hatchling", "build", "--target", target, "--directory", output, cwd=checkout)
    (made,) = output.iterdir()
    return made
