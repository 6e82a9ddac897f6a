"""What Pulumi's own command makes of the component package: its schema, and SDKs that compile."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.engine.pulumi_cli import ROOT

SCHEMA = ROOT / "neuronserve" / "provider" / "schema.json"
WITHOUT_GENERATOR = ("no language plugin", "not implemented")
"""How `pulumi` says that a language's own plugin is not there, or is a stand-in."""
COMPILERS = {
    "python": [(sys.executable, "-m", "compileall", "-q", ".")],
    "nodejs": [("npm", "install", "--no-audit", "--no-fund"), ("npx", "--yes", "tsc", "--noEmit")],
    "go": [  # a module is what `pulumi package add` makes of it
        ("go", "mod", "init", "github.com/neuronserve/neuronserve/sdk/go"),
        ("go", "mod", "tidy"),
        ("go", "build", "./..."),
    ],
}
"""What compiles an SDK, by the language that Pulumi generates it for."""


@pytest.fixture(scope="module")
def environment(engine: Mapping[str, str], tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    home = tmp_path_factory.mktemp("home")
    ours = {"PULUMI_HOME": str(home), "PULUMI_SKIP_UPDATE_CHECK": "true", "PYTHONPATH": str(ROOT)}
    return {**os.environ, **engine, **ours}


def run(*command: str, cwd: Path, env: Mapping[str, str]) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(command, cwd=cwd, env=env, capture_output=True, text=True, check=False)


def test_pulumi_finds_no_fault_in_the_schema(environment: dict[str, str], tmp_path: Path) -> None:
    checked = run("pulumi", "schema", "check", str(SCHEMA), cwd=tmp_path, env=environment)
    assert checked.returncode == 0, checked.stderr
    assert not checked.stdout


def test_the_package_hands_the_schema_out(environment: dict[str, str], tmp_path: Path) -> None:
    got = run("pulumi", "package", "get-schema", str(ROOT / "package"), cwd=tmp_path, env=environment)
    assert got.returncode == 0, got.stderr
    ours, theirs = json.loads(SCHEMA.read_text()), json.loads(got.stdout)
    for part in ("name", "version"):
        assert theirs[part] == ours[part]
    for part in ("types", "resources"):
        assert without_empty(theirs[part]) == without_empty(ours[part])


def without_empty(value: Any) -> Any:
    """Return JSON without what is empty, which Pulumi leaves out, and lists of names in order."""
    if isinstance(value, dict):
        return {key: without_empty(item) for key, item in value.items() if item not in ([], {})}
    return sorted(value) if isinstance(value, list) and all(isinstance(item, str) for item in value) else value


@pytest.mark.parametrize("language", COMPILERS)
def test_an_sdk_compiles(environment: dict[str, str], tmp_path: Path, language: str) -> None:
    package = str(ROOT / "package")
    made = run(
        *("pulumi", "package", "gen-sdk", package, "--language", language, "--out", "sdk"),
        cwd=tmp_path,
        env=environment,
    )
    if made.returncode and any(reason in made.stderr.lower() for reason in WITHOUT_GENERATOR):
        pytest.skip(f"PATH has no pulumi-language-{language} that generates SDKs")
    assert made.returncode == 0, made.stderr
    if not shutil.which(COMPILERS[language][0][0], path=environment["PATH"]):
        pytest.skip(f"nothing compiles {language}: PATH has no {COMPILERS[language][0][0]}")
    folder = tmp_path / "sdk" / language
    for command in COMPILERS[language]:
        compiled = run(*command, cwd=folder, env=environment)
        assert compiled.returncode == 0, compiled.stdout + compiled.stderr
