"""`neuronserve status` of the server on this machine, of which a stand-in says what Ray would."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from neuronserve.status.local_metrics import DISCOVERY
from tests.answering import answering
from tests.project import ROOT

COMMAND = [sys.executable, "-m", "neuronserve.cli", "status"]
HEALTHY = "ray_serve_deployment_replica_healthy"


@pytest.fixture
def says() -> list[str]:
    """Return a list whose one element is what the stand-in says."""
    return [f'{HEALTHY}{{replica="a"}} 1.0\n']


@pytest.fixture
def environment(tmp_path: Path, says: list[str]) -> Iterator[dict[str, str]]:
    (tmp_path / "ray").mkdir()
    with answering(lambda _: says[0]) as address:
        (tmp_path / "ray" / DISCOVERY).write_text(json.dumps([{"targets": [address]}]))
        yield {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "RAY_TMPDIR": str(tmp_path)}


def status(environment: dict[str, str], *words: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [*COMMAND, *words], cwd=ROOT, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize(
    ("text", "told", "code"),
    [
        (f'{HEALTHY}{{replica="a"}} 1.0\n{HEALTHY}{{replica="b"}} 0.0\n', "healthy replicas        1", 0),
        (f'{HEALTHY}{{replica="a"}} 0.0\n', "healthy replicas        0", 1),
        ("ray_node_cpu_count 2\n", "healthy replicas        not known", 1),
    ],
    ids=["one healthy", "none healthy", "not known"],
)
def test_without_a_healthy_replica_it_exits_with_1(
    environment: dict[str, str], says: list[str], text: str, told: str, code: int
) -> None:
    says[0] = text
    done = status(environment)
    assert (done.returncode, done.stderr) == (code, "")
    assert told in done.stdout


def test_another_program_is_no_server(environment: dict[str, str], says: list[str]) -> None:
    says[0] = "<html>\nanother program\n</html>"
    done = status(environment)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("error: No server of neuronserve runs on this machine.")


@pytest.mark.timeout(60)
def test_off_a_terminal_each_look_is_printed_when_it_is_taken(environment: dict[str, str]) -> None:
    with subprocess.Popen([*COMMAND, "--watch"], cwd=ROOT, env=environment, stdout=subprocess.PIPE) as watching:
        assert watching.stdout
        try:
            # Whoever waits for the end waits for ever: the look is read while the command runs.
            read = [watching.stdout.readline().decode() for _ in range(2)]
        finally:
            watching.kill()
    assert read == ["the server on this machine\n", "  healthy replicas        1\n"]


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--kubeconfig", "x"), "--kubeconfig"),
        (("--context", "x"), "--context"),
        (("--kubeconfig", "x", "--context", "y", "--watch"), "--kubeconfig and --context"),
    ],
)
def test_what_names_a_cluster_takes_a_stack(environment: dict[str, str], words: tuple[str, ...], named: str) -> None:
    done = status(environment, *words)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.strip() == (
        f"error: {named} without --stack: only the services of a stack are in a cluster. Name the stack with --stack, "
        f"or leave {named} out to look at the server on this machine."
    )
