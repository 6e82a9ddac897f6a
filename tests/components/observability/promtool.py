"""Prometheus' own tools, where they are installed."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml


def tool(name: str) -> str:
    """Return the path of ``prometheus`` or ``promtool``, or skip the test."""
    found = shutil.which(name)
    if not found:
        pytest.skip(f"there is no {name} on PATH: install Prometheus, on Debian `apt-get install prometheus`")
    return found


def written(file: Path, document: Any) -> Path:
    """Write a document as YAML, and return its file."""
    file.write_text(yaml.safe_dump(document, sort_keys=False))
    return file


def promtool(*words: str | Path) -> str:
    """Run promtool, and return what it says; fail with that if it fails."""
    done = subprocess.run([tool("promtool"), *map(str, words)], capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout
