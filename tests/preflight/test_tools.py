"""The command-line tools on PATH, by what they print."""

from pathlib import Path

import pytest

from neuronserve.preflight.finding import Finding, Verdict
from neuronserve.preflight.tools import aws_cli, pulumi_cli
from tests.preflight.conftest import tool
from tests.project import ROOT


def looked(name: str, project: Path = ROOT) -> Finding:
    (finding,) = pulumi_cli(project) if name == "pulumi" else aws_cli()
    return finding


@pytest.fixture(autouse=True)
def on_path(monkeypatch: pytest.MonkeyPatch, tools: Path) -> None:
    monkeypatch.setenv("PATH", f"{tools}:/usr/bin:/bin")


@pytest.mark.parametrize(
    ("name", "prints", "verdict", "need"),
    [
        ("pulumi", "v3.219.0", Verdict.FINE, "3.219.0 or newer"),
        ("pulumi", "v3.218.9", Verdict.PROBLEM, "3.219.0 or newer"),
        ("pulumi", "v3.300.0-alpha.1+dirty", Verdict.FINE, "3.219.0 or newer"),
        ("aws", "aws-cli/2.12.3 Python/3.11.4 Linux/6.1", Verdict.FINE, "2.12.3 or newer"),
        ("aws", "aws-cli/2.9.19 Python/3.9.11 Linux/6.1", Verdict.PROBLEM, "2.12.3 or newer"),
        ("aws", "aws-cli/1.27.160 Python/3.9.2 botocore/1.29.160", Verdict.FINE, "1.27.160 or newer"),
        ("aws", "aws-cli/1.22.34 Python/3.10.6 botocore/1.23.34", Verdict.PROBLEM, "1.27.160 or newer"),
        ("aws", "aws-cli/3.0.0", Verdict.FINE, "2.12.3 or newer"),
    ],
)
def test_versions(tools: Path, name: str, prints: str, verdict: Verdict, need: str) -> None:
    tool(tools, name, f"echo {prints}")
    finding = looked(name)
    assert (finding.verdict, finding.need) == (verdict, need)


@pytest.mark.parametrize("name", ["pulumi", "aws"])
def test_a_tool_that_is_missing(tools: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    (tools / name).unlink()
    monkeypatch.setenv("PATH", str(tools))
    finding = looked(name)
    assert (finding.verdict, finding.have) == (Verdict.PROBLEM, f"no command {name} on PATH")


@pytest.mark.parametrize("does", ["echo no version", "exit 1"])
def test_a_tool_that_prints_no_version(tools: Path, does: str) -> None:
    tool(tools, "aws", does)
    finding = looked("aws")
    assert (finding.verdict, finding.have) == (Verdict.UNCHECKED, "`aws --version` prints no version")


def test_a_project_that_requires_no_version(tools: Path, tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: mine\nruntime: python\n")
    finding = looked("pulumi", tmp_path)
    assert (finding.verdict, finding.need) == (Verdict.FINE, "any version")
