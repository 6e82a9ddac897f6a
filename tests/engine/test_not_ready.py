"""An `up` whose pods never get ready: what it says while it waits and when it gives up, and what `status` says."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass

import pytest

from tests.engine.empty_cluster import EmptyCluster
from tests.engine.faults import shorten_timeout
from tests.engine.life import prepared
from tests.engine.pulumi_cli import ROOT, Project, Run

STACK = "local"
POD = "worker pod llm-worker-1: Pending"


@dataclass
class NotReady:
    """What was said."""

    up: Run
    status: "subprocess.CompletedProcess[str]"
    status_json: "subprocess.CompletedProcess[str]"
    status_after: "subprocess.CompletedProcess[str]"
    up_when_mended: Run


@pytest.fixture(scope="module")
def not_ready(
    engine: dict[str, str], empty_cluster: EmptyCluster, tmp_path_factory: pytest.TempPathFactory
) -> NotReady:
    project = prepared(Project.copied(tmp_path_factory.mktemp("not-ready"), STACK, engine), empty_cluster)
    with empty_cluster.operated() as operator, project.gone_after_failure():
        operator.makes_ready = False
        shorten_timeout(project, "30s")
        up = project.up().failed()
        status, status_json = status_of(project), status_of(project, "--json")
        operator.makes_ready = True
        mended = project.up().succeeded()
        after = status_of(project)
        project.destroy().succeeded()
    return NotReady(up, status, status_json, after, mended)


def status_of(project: Project, *words: str) -> "subprocess.CompletedProcess[str]":
    """Ask `neuronserve status` of the project's copy."""
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "neuronserve.cli",
            "status",
            "--stack",
            STACK,
            "--project",
            str(project.project),
            *words,
        ],
        cwd=ROOT,
        env={**os.environ, "KUBECONFIG": project.environment["KUBECONFIG"]},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_up_that_gives_up_says_which_pod_and_why(not_ready: NotReady) -> None:
    said = not_ready.up.said
    assert POD in said
    assert "no nodes available to schedule pods" in said
    assert "timed out waiting for the condition" in said


def test_it_says_so_while_it_waits(not_ready: NotReady) -> None:
    events = [json.loads(line) for line in not_ready.up.events.read_text().splitlines()]
    told = [event["diagnosticEvent"] for event in events if POD in event.get("diagnosticEvent", {}).get("message", "")]
    assert [one["severity"] for one in told] == ["info", "error"]
    if "KeyboardInterrupt" not in not_ready.up.said:  # by which the engine may cut the program short as it ends
        assert "Traceback" not in not_ready.up.said


def test_status_says_the_same(not_ready: NotReady) -> None:
    assert not_ready.status.returncode == 1
    assert POD in not_ready.status.stdout
    assert "no nodes available to schedule pods" in not_ready.status.stdout
    (service,) = json.loads(not_ready.status_json.stdout)
    assert service["state"] == "not ready"
    assert service["obstacles"][0]["what"] == POD


def test_status_of_what_is_ready(not_ready: NotReady) -> None:
    assert set(not_ready.up_when_mended.changes) <= {"same", "update"}
    assert not_ready.status_after.returncode == 0, not_ready.status_after.stdout + not_ready.status_after.stderr
    assert not_ready.status_after.stdout.startswith("llm in namespace vllm: ready")
