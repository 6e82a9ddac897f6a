"""``neuronserve export`` as a person runs it."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from neuronserve.cli.main import app
from neuronserve.plan.plan import Plan
from tests.project import ROOT, project_with, values_of
from tests.review.export.states import state_of

pytestmark = pytest.mark.slow


def export(*arguments: str, project: Path = ROOT) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "neuronserve.cli", "export", "--project", str(project), *arguments],
        cwd=ROOT,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(ROOT), "COLUMNS": "200"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def test_local_for_kubectl(tmp_path: Path) -> None:
    done = export("--stack", "local", "--out", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines() == [
        f"Written to {tmp_path / 'out'}: begin with {tmp_path / 'out' / 'README.md'}",
        "Not in it: Secret vllm/llm-api-key with api-key",
        "Not in it: Secret vllm/llm-ray-token with auth_token",
    ]
    objects = [yaml.safe_load(file.read_text()) for file in sorted((tmp_path / "out" / "1-base").iterdir())]
    assert objects[0]["kind"] == "Namespace"
    assert {one["kind"] for one in objects} >= {"RayService", "NetworkPolicy", "ServiceAccount"}


def test_in_aws_for_argo_cd(plan_of: Callable[[str], Plan], tmp_path: Path) -> None:
    (tmp_path / "state.json").write_text(state_of(plan_of("inf2-8xlarge")))
    words = ["--stack", "inf2-8xlarge", "--format", "argocd", "--out", str(tmp_path / "out")]
    done = export(*words, "--state", str(tmp_path / "state.json"), "--repository", "https://git.example.com/x.git")
    assert done.returncode == 0, done.stderr
    application = yaml.safe_load((tmp_path / "out" / "applications" / "inf2-8xlarge-objects.yaml").read_text())
    assert application["spec"]["source"]["path"] == "inf2-8xlarge/3-objects"
    again = export(*words, "--state", str(tmp_path / "state.json"), "--repository", "https://git.example.com/x.git")
    assert again.returncode == 0, again.stderr


def test_a_key_of_the_users_own_is_in_no_file(tmp_path: Path) -> None:
    values = values_of("local")
    (service,) = values["services"].values()
    service["apiKey"] = {"secure": "v1:abc:def"}
    done = export("--stack", "test", "--out", str(tmp_path / "out"), project=project_with(tmp_path, values))
    assert done.returncode == 0, done.stderr
    written = "".join(file.read_text() for file in (tmp_path / "out").rglob("*") if file.is_file())
    assert "v1:abc:def" not in written
    assert "[secret]" not in written


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--stack", "local", "--format", "argocd"], "Argo CD reads from a git repository. Name the one"),
        (["--stack", "local", "--repository", "https://x"], "--repository and --path are for --format argocd."),
        (["--stack", "inf2-8xlarge"], "Only AWS knows what stands in 6 places: "),
        (["--stack", "local", "--state", "/nonexistent"], "/nonexistent cannot be read: No such file or directory."),
    ],
)
def test_mistakes_are_one_message_and_nothing_is_written(
    plan_of: Callable[[str], Plan],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    arguments: list[str],
    message: str,
) -> None:
    monkeypatch.setattr("neuronserve.cli.export.plan_of_stack", lambda stack, *_: plan_of(stack))
    done = CliRunner(env={"COLUMNS": "200"}).invoke(app, ["export", "--out", str(tmp_path / "out"), *arguments])
    assert done.exit_code == 1
    assert done.stdout == ""
    assert done.stderr.startswith(f"error: {message}")
    assert len(done.stderr.splitlines()) == 1
    assert not (tmp_path / "out").exists()
