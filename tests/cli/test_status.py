"""`neuronserve status`: which cluster it asks, and what it says where it cannot. What it says of one: tests/engine."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.project import ROOT, project_with, values_of

AWS = """#!/bin/sh
echo "$@" > {log}
while [ "$1" != --kubeconfig ]; do shift; done
cp {kubeconfig} "$2"
"""


def status(path: str, *words: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "neuronserve.cli", "status", *words],
        cwd=ROOT,
        env={"PATH": path, "HOME": "/nonexistent", **environment},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def local(**existing: object) -> dict[str, object]:
    return values_of("local") | {"cluster": {"existing": existing}}


def test_on_aws_the_aws_cli_gives_access(tmp_path: Path, kubeconfig: str) -> None:
    aws = tmp_path / "aws"
    aws.write_text(AWS.format(log=tmp_path / "log", kubeconfig=kubeconfig))
    aws.chmod(0o755)
    done = status(f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin", "--stack", "inf2-and-trn1")
    assert done.returncode == 1
    assert done.stdout.count("there is no such RayService") == 2
    said = (tmp_path / "log").read_text()
    assert said.startswith("eks update-kubeconfig --name neuronserve-inf2-and-trn1 --region us-west-2 --kubeconfig ")
    assert "Traceback" not in done.stderr


def test_without_the_aws_cli(tmp_path: Path) -> None:
    done = status(str(tmp_path), "--stack", "inf2-8xlarge")
    assert done.returncode == 1
    assert done.stderr.strip() == (
        "error: There is no AWS CLI here (aws), which gives access to EKS: install it. "
        "Name another kubeconfig with --kubeconfig, or --context."
    )


def test_what_the_aws_cli_refuses_is_passed_on(tmp_path: Path) -> None:
    aws = tmp_path / "aws"
    aws.write_text("#!/bin/sh\necho No cluster found for name >&2\nexit 254\n")
    aws.chmod(0o755)
    done = status(f"{tmp_path}{os.pathsep}/usr/bin{os.pathsep}/bin", "--stack", "inf2-8xlarge")
    assert done.returncode == 1
    assert (
        "`aws eks update-kubeconfig --name neuronserve-inf2-8xlarge --region us-west-2` failed: No clus" in done.stderr
    )


def test_elsewhere_the_stacks_own_kubeconfig_is_used(tmp_path: Path, kubeconfig: str) -> None:
    project = project_with(tmp_path, local(kubeconfig=kubeconfig))
    done = status("/usr/bin", "--stack", "test", "--project", str(project))
    assert done.stdout == "llm in namespace vllm: there is no such RayService\n", done.stderr
    assert done.returncode == 1


def test_an_encrypted_kubeconfig_has_to_be_named(tmp_path: Path, kubeconfig: str) -> None:
    project = project_with(tmp_path, local(kubeconfig={"secure": "v1:abc"}))
    done = status("/usr/bin", "--stack", "test", "--project", str(project))
    assert done.stderr.strip().endswith("is encrypted. Name another kubeconfig with --kubeconfig, or --context.")
    words = ("--stack", "test", "--project", str(project), "--kubeconfig", kubeconfig)
    assert "there is no such RayService" in status("/usr/bin", *words).stdout


@pytest.mark.parametrize("words", [(), ("--context", "other")])
def test_a_kubeconfig_that_is_not_there(words: tuple[str, ...]) -> None:
    done = status("/usr/bin", "--stack", "local", *words)
    assert done.returncode == 1
    assert done.stderr.startswith("error: The kubeconfig cannot be used: ")
    assert done.stderr.strip().endswith(". Name another kubeconfig with --kubeconfig, or --context.")


def test_a_stack_without_a_service(tmp_path: Path) -> None:
    config = local()
    del config["services"]
    done = status("/usr/bin", "--stack", "test", "--project", str(project_with(tmp_path, config)))
    assert done.returncode == 1
    assert "has no service" in done.stderr
