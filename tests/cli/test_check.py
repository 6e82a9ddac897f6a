"""``neuronserve check`` as a person runs it."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.project import ROOT, project_with, values_of

EXCEPTION = {"rule": "unprotected", "resources": ["*"], "reason": "to try it out"}


def check(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    run = subprocess.run(
        [sys.executable, "-m", "neuronserve.cli", "check", *arguments],
        cwd=folder,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert "Traceback" not in run.stderr
    return run


def project(folder: Path, **changes: Any) -> Path:
    """Make a project with two stacks: dev, with changes, and local as it is."""
    project_with(folder, values_of("inf2-8xlarge") | {"policyExceptions": {}} | changes)
    (folder / "stacks" / "Pulumi.test.yaml").rename(folder / "stacks" / "Pulumi.dev.yaml")
    local = {f"neuronserve:{key}": value for key, value in values_of("local").items()}
    (folder / "stacks" / "Pulumi.local.yaml").write_text(yaml.safe_dump({"config": local}))
    return folder


def test_findings_of_all_stacks_and_of_one(tmp_path: Path) -> None:
    project(tmp_path)
    both = check(tmp_path / "stacks")
    assert both.returncode == 1
    assert both.stdout.startswith("dev: 3 findings\n  unprotected: ")
    assert both.stdout.endswith("\nlocal: no finding\n")
    one = check(tmp_path, "--stack", "local", "--json")
    assert (one.returncode, json.loads(one.stdout)) == (
        0,
        {"local": {"findings": [], "excepted": [], "notNeeded": []}},
    )


def test_what_mends_them(tmp_path: Path) -> None:
    project(tmp_path, protect=True)
    assert check(tmp_path).stdout == "dev: no finding\nlocal: no finding\n"


def test_exceptions_and_code_scanning(tmp_path: Path) -> None:
    (tmp_path / ".git").mkdir()
    (tmp_path / "infra").mkdir()
    folder = project(tmp_path / "infra", policyExceptions={"mine": EXCEPTION, "old": EXCEPTION | {"resources": ["x"]}})
    run = check(folder, "-s", "dev", "--sarif", str(tmp_path / "check.sarif"))
    assert run.returncode == 0
    assert "excepted from unprotected: Vpc network-vpc: to try it out" in run.stdout
    assert "exception old from unprotected is not needed" in run.stdout
    (sarif,) = json.loads((tmp_path / "check.sarif").read_text())["runs"]
    places = {one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for one in sarif["results"]}
    assert places == {"infra/stacks/Pulumi.dev.yaml"}
    assert all(one["suppressions"] for one in sarif["results"])


@pytest.mark.parametrize(
    ("changes", "arguments", "says"),
    [
        ({"policyExceptions": {"mine": EXCEPTION | {"rule": "unprotectd"}}}, [], "beginning"),
        ({"policyExceptions": {"mine": EXCEPTION | {"reason": ""}}}, [], "should not be empty"),
        ({"policyExceptions": {"mine": {"rule": "untagged"}}}, [], "is not set. Set it to why the rule does not hold"),
        ({}, ["-s", "production"], "There is no stack production"),
        ({}, ["-s", "local", "--sarif", "no/such/folder.sarif"], "cannot be written"),
    ],
)
def test_mistakes(tmp_path: Path, changes: dict[str, Any], arguments: list[str], says: str) -> None:
    run = check(project(tmp_path, **changes), *arguments)
    assert run.returncode == 2
    assert says.replace("beginning", "'open-to-the-world'") in run.stderr


def test_a_program_of_ones_own(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: mine\nruntime: python\n")
    (tmp_path / "__main__.py").write_text("import pulumi_aws\npulumi_aws.sns.Topic('alarms')\n")
    stack = tmp_path / "Pulumi.dev.yaml"
    stack.write_text("config: {aws:region: us-west-2}\n")
    run = check(tmp_path)
    assert run.returncode == 1
    assert "Topic alarms: kmsMasterKeyId is not set" in run.stdout
    exceptions = {"open": {"rule": "unencrypted", "resources": ["alarms"], "reason": "nothing secret in it"}}
    stack.write_text(yaml.safe_dump({"config": {"mine:policyExceptions": exceptions}}))
    assert check(tmp_path).returncode == 0
    stack.write_text(yaml.safe_dump({"config": {"mine:policyExceptions": {"open": {}}}}))
    wrong = check(tmp_path)
    assert (wrong.returncode, "should be like" in wrong.stderr) == (2, True)
