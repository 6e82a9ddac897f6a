""".ci/run: what its table and its exit status say, with commands that only pretend."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.kubernetes.throw_away import PROGRAMS

ROOT = Path(__file__).resolve().parents[1]
STEPS = [
    "install",
    "packages",
    "cluster start",
    "lint",
    "types",
    "tests",
    "empty cluster",
    "engine",
    "kubernetes",
]
TARGETS = {"engine": "test-engine", "kubernetes": "test-kubernetes"}
"""Targets that have another name than their step."""
CLUSTERS = {"cluster start": "karpenter kuberay", "empty cluster": ""}
"""The parts of the cluster that each step starts."""
NO_TARGETS = {*CLUSTERS, "packages"}
WITH = "with the $$NEURONSERVE_TEST_KUBECONFIG and $$NEURONSERVE_TEST_CLUSTER"
CLUSTER = """#!/bin/sh
action=$1
shift 2
echo "$action $*" >> cluster.log
[ "$action $*" != "start {unstarted}" ] || exit 1
[ "$action" != start ] || echo "kubeconfig of $*"
"""


def run(folder: Path, failing: str | None, user: int = 0) -> subprocess.CompletedProcess[str]:
    """Run it in a folder of its own, where one step fails, as this user."""
    checkout = folder / "checkout"
    shutil.copytree(ROOT / ".ci", checkout / ".ci")
    targets = {step: TARGETS.get(step, step) for step in STEPS if step not in NO_TARGETS}
    recipes = [
        f"{target}:\n\t@{'false' if step == failing else f'echo ran {target} $(ARGS) {WITH}'}\n"
        for step, target in targets.items()
    ]
    (checkout / "Makefile").write_text("".join([f".PHONY: {' '.join(targets.values())}\n", *recipes]))
    for name, says in (
        ("id", f"echo {user}"),
        ("unshare", "exit 0"),
        ("apt-get", "exit 1" if failing == "packages" else 'echo "apt-get $*"'),
    ):
        _write_program(folder / "bin" / name, f"#!/bin/sh\n{says}\n")
    unstarted = CLUSTERS.get(str(failing), "nothing")
    _write_program(folder / "shared" / "cluster" / "cluster", CLUSTER.format(unstarted=unstarted))
    _write_program(folder / "shared" / "engine" / "engine", "#!/bin/sh\n")
    environment = {"PATH": f"{folder / 'bin'}:{os.environ['PATH']}"}
    return subprocess.run(
        [".ci/run"], cwd=checkout, env=environment, capture_output=True, text=True, timeout=60, check=False
    )


def _write_program(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    file.chmod(0o755)


def table(output: str) -> dict[str, str]:
    """Return the last block of the output: what is said of a step, by its name."""
    rows = output.rstrip().rpartition("\n\n")[2].splitlines()
    return {row[:16].rstrip(): row[16:].strip() for row in rows}


def test_every_step_is_in_the_table(tmp_path: Path) -> None:
    finished = run(tmp_path, failing=None)
    assert finished.returncode == 0, finished.stderr
    assert list(table(finished.stdout)) == [*STEPS, "total"]
    assert all(said.removesuffix(" s").isdigit() for said in table(finished.stdout).values())
    assert "ran tests with the kubeconfig of karpenter kuberay and\n" in finished.stdout
    assert "ran test-engine -k inf2-8xlarge" in finished.stdout
    assert "with the kubeconfig of and\n" in finished.stdout
    assert "ran test-kubernetes -m node with the and ../shared/" in finished.stdout
    assert clusters(tmp_path) == ["start karpenter kuberay", "stop", "start", "stop"]


def test_the_packages_of_a_node_and_of_tests_are_installed(tmp_path: Path) -> None:
    (installed,) = [
        line for line in run(tmp_path, failing=None).stdout.splitlines() if line.startswith("apt-get install")
    ]
    assert {*PROGRAMS.values(), "prometheus", "redis-server"} <= set(installed.split())


def test_without_root_there_is_no_node(tmp_path: Path) -> None:
    finished = run(tmp_path, failing=None, user=1000)
    assert finished.returncode == 0
    rooted = {"packages", "kubernetes"}
    assert list(table(finished.stdout)) == [*(step for step in STEPS if step not in rooted), "total"]
    assert "root" in finished.stderr


def clusters(folder: Path) -> list[str]:
    """Return what was asked of the cluster's script, in order."""
    log = folder / "checkout" / "cluster.log"
    return [line.strip() for line in log.read_text().splitlines()] if log.exists() else []


@pytest.mark.parametrize("failing", STEPS)
def test_the_first_step_that_fails_is_the_last(tmp_path: Path, failing: str) -> None:
    finished = run(tmp_path, failing)
    assert finished.returncode
    said = table(finished.stdout)
    assert list(said) == [*STEPS[: STEPS.index(failing) + 1], "total"]
    assert [name for name in said if said[name].endswith("failed")] == [failing]
    assert clusters(tmp_path)[1::2] == ["stop"] * (len(clusters(tmp_path)) // 2), "one at a time, and none stays"
