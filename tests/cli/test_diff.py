"""``neuronserve diff`` as a person runs it: on revisions of a checkout, on a dirty tree, on plans."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from neuronserve.plan.plan import Plan
from neuronserve.review.manifests import write
from tests.engine.pulumi_cli import PARTS
from tests.project import change_service

ROOT = Path(__file__).resolve().parents[2]
STACKS = ("inf2-8xlarge", "local")
LIBRARY = "components/llm_service/ray_service_spec.py"
START_S = 120


def git(folder: Path, *arguments: str) -> str:
    identity = {
        f"GIT_{who}_{what}": "test@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    run = subprocess.run(
        ["git", "-C", folder, *arguments], env=os.environ | identity, capture_output=True, text=True, check=True
    )
    return run.stdout


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "neuronserve.cli", "diff", *arguments]


def environment(temporary: Path) -> dict[str, str]:
    return {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT), "COLUMNS": "200", "TMPDIR": str(temporary)}


def diff(folder: Path, *arguments: str, temporary: Path) -> subprocess.CompletedProcess[str]:
    temporary.mkdir(exist_ok=True)
    run = subprocess.run(
        command(*arguments),
        cwd=folder,
        env=environment(temporary),
        capture_output=True,
        text=True,
        check=False,
        timeout=240,
    )
    assert "Traceback" not in run.stderr
    assert list(temporary.iterdir()) == []
    return run


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout with a revision ``before``, and one after it in which a stack file and the library have changed."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in PARTS:
        if (ROOT / name).is_dir():
            shutil.copytree(ROOT / name, folder / name, symlinks=True, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / name, folder)
    for file in (folder / "stacks").glob("Pulumi.*.yaml"):
        if file.name.split(".")[1] not in STACKS:
            file.unlink()
    (folder / ".gitignore").write_text("__pycache__/\n")
    git(folder, "init", "--quiet", "--initial-branch=main")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=before")
    git(folder, "tag", "before")
    change_service(folder, "inf2-8xlarge", replicas={"min": 1, "max": 4})
    library = (folder / LIBRARY).read_text()
    (folder / LIBRARY).write_text(library.replace("METRICS_PORT = 8080", "METRICS_PORT = 8081"))
    git(folder, "commit", "--quiet", "--all", "--message=after")
    return folder


@pytest.mark.slow
def test_each_revision_is_planned_by_its_own_code_and_nothing_is_left(checkout: Path, tmp_path: Path) -> None:
    there = git(checkout, "status", "--porcelain", "--ignored")
    run = diff(checkout / "stacks", "before..main", "--exit-code", temporary=tmp_path / "tmp")
    assert run.returncode == 1, run.stderr
    commits = [git(checkout, "rev-parse", name)[:9] for name in ("before", "main")]
    assert run.stdout.startswith(f"# From `before ({commits[0]})` to `main ({commits[1]})`\n")
    assert "-  maxReplicas: 4\n" in run.stdout.replace("    ", "")
    assert "+  maxReplicas: 5\n" in run.stdout.replace("    ", "")
    on_the_laptop = run.stdout.partition("## `local`")[2]
    assert "-    port: 8080\n" in on_the_laptop
    assert "+    port: 8081\n" in on_the_laptop
    assert git(checkout, "status", "--porcelain", "--ignored") == there
    assert len(git(checkout, "worktree", "list").splitlines()) == 1


@pytest.mark.slow
def test_what_is_not_committed_is_compared_where_no_head_is_named(checkout: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(checkout, tmp_path / "dirty", symlinks=True)
    change_service(folder, "local", replicas={"min": 2, "max": 2})
    run = diff(folder, "HEAD", "--json", "--stack", "local", temporary=tmp_path / "tmp")
    assert run.returncode == 0, run.stderr
    document = json.loads(run.stdout)
    assert document["head"] == "the working tree"
    (stack,) = document["stacks"]
    assert (stack["stack"], stack["state"], stack["counts"]["updated"]) == ("local", "changed", 1)
    (resource,) = (one for one in stack["resources"] if one["action"] == "updated")
    assert {
        "path": "spec.rayClusterConfig.workerGroupSpecs[groupName=cpu].minReplicas",
        "old": 1,
        "new": 2,
    } in resource["changes"]


@pytest.mark.slow
def test_a_revision_that_cannot_be_planned_says_why_and_the_others_are_compared(checkout: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(checkout, tmp_path / "broken", symlinks=True)
    change_service(folder, "local", instanceTyp="inf2.8xlarge")
    git(folder, "commit", "--quiet", "--all", "--message=broken")
    run = diff(folder, "HEAD~1...HEAD", temporary=tmp_path / "tmp")
    assert run.returncode == 2
    assert "local, which cannot be planned" in run.stdout.replace("`", "")
    assert "Nothing changes in `inf2-8xlarge`." in run.stdout
    assert run.stderr.count("error:") == 1
    assert "local: HEAD (" in run.stderr
    assert "instanceTyp is unknown. Did you mean" in run.stderr
    assert str(tmp_path / "tmp") not in run.stdout + run.stderr


def test_an_unknown_revision_is_one_clear_error(checkout: Path, tmp_path: Path) -> None:
    run = diff(checkout, "no-such-branch", temporary=tmp_path / "tmp")
    assert run.returncode == 2
    assert run.stdout == ""
    assert run.stderr.startswith("error: There is no revision no-such-branch in ")


def test_without_a_checkout_there_are_no_revisions(checkout: Path, tmp_path: Path) -> None:
    shutil.copytree(checkout, tmp_path / "copy", symlinks=True, ignore=shutil.ignore_patterns(".git"))
    run = diff(tmp_path / "copy", "main", temporary=tmp_path / "tmp")
    assert (run.returncode, run.stdout) == (2, "")
    assert "is in no git checkout, so it has no revisions. Name two plans." in run.stderr


@pytest.mark.slow
def test_plans_are_compared_wherever_they_are(plan_of: Callable[[str], Plan], tmp_path: Path) -> None:
    plans = {stack: tmp_path / stack for stack in STACKS}
    for stack, folder in plans.items():
        write(plan_of(stack), folder)
    here, there = plans.values()
    temporary = tmp_path / "tmp"
    same = diff(tmp_path, str(here), str(here / "plan.json"), "--exit-code", temporary=temporary)
    assert (same.returncode, same.stderr) == (0, "")
    assert "Nothing changes in `inf2-8xlarge`.\n" in same.stdout
    assert "whether one has changed cannot be seen here" in same.stdout
    other = diff(tmp_path, str(here), str(there), temporary=temporary)
    assert other.returncode == 2
    assert "is a plan of stack inf2-8xlarge, and" in other.stderr
    (tmp_path / "other.json").write_text("{}")
    no_plan = diff(tmp_path, str(here), "other.json", temporary=temporary)
    assert no_plan.returncode == 2
    assert "other.json cannot be compared: it is no plan" in no_plan.stderr
    no_stack = diff(tmp_path, str(here), str(here), "--stack", "production", temporary=temporary)
    assert no_stack.returncode == 2
    assert "There is no stack production in" in no_stack.stderr


@pytest.mark.parametrize(("given", "compared"), [([], "diff main "), (["BASE=v1", "HEAD=feature"], "diff v1 feature")])
def test_make_knows_it_by_the_name_of_the_job(given: list[str], compared: str) -> None:
    # As a make of its own: one that runs these tests says more where it is asked inside of another.
    variables = {name: value for name, value in os.environ.items() if name not in {"MAKEFLAGS", "MAKELEVEL", "MFLAGS"}}
    run = subprocess.run(
        ["make", "--dry-run", "ci-preview", *given],
        cwd=ROOT,
        env=variables,
        capture_output=True,
        text=True,
        check=True,
    )
    differences, rules = run.stdout.splitlines()[-2:]
    assert differences.endswith(compared)
    assert rules.endswith("neuronserve.cli check")


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_nothing_is_left_when_it_is_stopped(number: signal.Signals, checkout: Path, tmp_path: Path) -> None:
    process = subprocess.Popen(
        command("before", "main"),
        cwd=checkout,
        env=environment(tmp_path),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + START_S
    while not list(tmp_path.glob("*/plans-1/errors")):
        assert time.monotonic() < deadline
        assert process.poll() is None
        time.sleep(0.02)
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode not in (0, 2)
    assert "Traceback" not in errors
    assert list(tmp_path.iterdir()) == []
    assert not [child for child in children if Path(f"/proc/{child}").exists()]
