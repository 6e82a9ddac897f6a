"""The workflows of GitHub: what they may do, and their steps, run as a runner runs them."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import yaml

from tests.project import ROOT

FILES = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
WORKFLOWS: dict[str, Any] = {file.stem: yaml.safe_load(file.read_text()) for file in FILES}
JOBS = [(name, job) for name, workflow in WORKFLOWS.items() for job in workflow["jobs"].values()]


def triggers(name: str) -> Any:
    return WORKFLOWS[name][True]  # YAML 1.1 reads "on" so


def step(workflow: str, job: str, name: str) -> dict[str, Any]:
    (found,) = [one for one in WORKFLOWS[workflow]["jobs"][job]["steps"] if one.get("name") == name]
    return dict(found)


@pytest.mark.parametrize(("name", "job"), JOBS)
def test_actions_are_pinned_and_permissions_few(name: str, job: dict[str, Any]) -> None:
    used = [one["uses"] for one in job.get("steps", []) if "uses" in one]
    assert all(re.fullmatch(r"[\w./-]+@[0-9a-f]{40}", action) for action in used)
    assert WORKFLOWS[name]["permissions"] == {}
    assert job["permissions"].get("contents", "none") in {"read", "none"}
    checkouts = [one for one in job.get("steps", []) if one.get("uses", "").startswith("actions/checkout@")]
    assert all(one["with"]["persist-credentials"] is False for one in checkouts)


def test_what_runs_a_forks_code_holds_nothing() -> None:
    assert "pull_request_target" not in str(WORKFLOWS)
    (plan,) = WORKFLOWS["plan"]["jobs"].values()
    assert plan["permissions"] == {"contents": "read"}
    assert "secrets" not in str(plan)
    assert WORKFLOWS["preview"]["jobs"]["plan"] == {
        "name": "Without credentials",
        "permissions": {"contents": "read"},
        "uses": "./.github/workflows/plan.yml",
    }
    trusted = WORKFLOWS["preview"]["jobs"]["pulumi"]
    assert "github.event.pull_request.head.repo.full_name == github.repository" in trusted["if"]
    assert trusted["environment"] == "preview"


def test_what_may_write_runs_nothing_of_a_pull_request() -> None:
    assert triggers("comment") == {"workflow_run": {"workflows": ["Preview"], "types": ["completed"]}}
    (job,) = WORKFLOWS["comment"]["jobs"].values()
    assert job["permissions"] == {"actions": "read", "pull-requests": "write"}
    assert [one.get("uses", "").partition("@")[0] for one in job["steps"]] == ["actions/download-artifact", ""]
    assert "${{" not in step("comment", "comment", "Comment")["run"]


class GitHub:
    """A stand-in for GitHub's API, with one pull request of a fork, and what was asked of it."""

    def __init__(self) -> None:
        self.comments: list[dict[str, Any]] = []
        self.asked: list[tuple[str, str]] = []
        self.tokens: set[str | None] = set()

    def comment(self, body: str, login: str = "github-actions[bot]") -> dict[str, Any]:
        made = {"id": 1000 + len(self.comments), "body": body, "user": {"login": login}}
        self.comments.append(made)
        return made

    def answer(self, method: str, path: str, body: Any) -> Any:
        self.asked.append((method, path))
        place, query = urlsplit(path).path, parse_qs(urlsplit(path).query)
        if (method, place) == ("GET", "/repos/o/r/pulls"):
            assert query == {"state": ["open"], "head": ["fork:feature/x"]}
            return [{"number": 7, "head": {"sha": "abc"}}]
        if (method, place) == ("GET", "/repos/o/r/issues/7/comments"):
            first = 100 * (int(query["page"][0]) - 1)
            return self.comments[first : first + 100]
        if (method, place) == ("POST", "/repos/o/r/issues/7/comments"):
            return self.comment(body["body"])
        (one,) = [
            one for one in self.comments if (method, place) == ("PATCH", f"/repos/o/r/issues/comments/{one['id']}")
        ]
        one["body"] = body["body"]
        return one


@pytest.fixture
def github() -> Iterator[tuple[GitHub, str]]:
    state = GitHub()

    class Handler(BaseHTTPRequestHandler):
        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            body = json.loads(self.rfile.read(length)) if length else None
            state.tokens.add(self.headers.get("Authorization"))
            content = json.dumps(state.answer(self.command, self.path, body)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_POST = do_PATCH = _answer  # noqa: N815 (names of http.server's)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield state, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def comment(folder: Path, url: str, text: str, sha: str = "abc") -> str:
    """Run the step that comments, with what a runner gives it."""
    (folder / "preview.md").write_text(text)
    variables = {
        "GITHUB_API_URL": url,
        "GITHUB_REPOSITORY": "o/r",
        "GITHUB_TOKEN": "t",
        "HEAD_OWNER": "fork",
        "HEAD_BRANCH": "feature/x",
        "HEAD_SHA": sha,
        "RUN_URL": "https://example.com/run",
    }
    script = step("comment", "comment", "Comment")
    assert set(script["env"]) | {"GITHUB_API_URL", "GITHUB_REPOSITORY"} == set(variables)
    run = subprocess.run(
        [sys.executable, "-c", script["run"]], cwd=folder, env=variables, capture_output=True, text=True, check=True
    )
    return run.stdout


def test_one_comment_is_made_and_then_edited(github: tuple[GitHub, str], tmp_path: Path) -> None:
    state, url = github
    comment(tmp_path, url, "first")
    comment(tmp_path, url, "second")
    (made,) = state.comments
    assert made["body"] == "<!-- neuronserve preview -->\nsecond\n[All of it](https://example.com/run)\n"
    assert state.tokens == {"Bearer t"}


def test_it_is_found_among_many_and_nobody_elses_is_touched(github: tuple[GitHub, str], tmp_path: Path) -> None:
    state, url = github
    copied = state.comment("<!-- neuronserve preview -->\nquoted", login="somebody")
    for number in range(120):
        state.comment(f"{number}", login="somebody")
    mine = state.comment("<!-- neuronserve preview -->\nold")
    comment(tmp_path, url, "new")
    assert "new" in mine["body"]
    assert (copied["body"], len(state.comments)) == ("<!-- neuronserve preview -->\nquoted", 122)


def test_a_commit_that_is_no_longer_the_pull_requests_gets_none(github: tuple[GitHub, str], tmp_path: Path) -> None:
    state, url = github
    assert "No open pull request" in comment(tmp_path, url, "late", sha="older")
    assert state.comments == []


def test_a_long_text_fits(github: tuple[GitHub, str], tmp_path: Path) -> None:
    state, url = github
    comment(tmp_path, url, "x" * 200_000)
    assert 60_000 < len(state.comments[0]["body"]) < 65_536
    assert state.comments[0]["body"].endswith("…\n\n[All of it](https://example.com/run)\n")


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=test", "-c", "user.email=test@example.com"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("program", "status"),
    [("pulumi_aws.sqs.Queue('jobs', sqs_managed_sse_enabled=True)", 0), ("pulumi_aws.sqs.Queue('jobs')", 1)],
)
def test_the_plan_of_somebodys_program(tmp_path: Path, program: str, status: int) -> None:
    folder = tmp_path / "repository"
    folder.mkdir()
    (folder / "Pulumi.yaml").write_text("name: mine\nruntime: python\n")
    (folder / "Pulumi.dev.yaml").write_text("config: {aws:region: us-west-2}\n")
    (folder / "__main__.py").write_text("import pulumi_aws\n")
    git(folder, "init", "-b", "main")
    git(folder, "add", ".")
    git(folder, "commit", "-m", "base")
    (folder / "__main__.py").write_text(f"import pulumi_aws\n{program}\n")
    git(folder, "commit", "-am", "head")
    (tmp_path / "neuronserve").write_text(f'#!/bin/sh\nexec "{sys.executable}" -m neuronserve.cli "$@"\n')
    (tmp_path / "neuronserve").chmod(0o755)
    summary = tmp_path / "summary.md"
    review = step("plan", "plan", "Difference and rules")
    run = subprocess.run(
        ["bash", "-e", "-c", review["run"]],
        cwd=folder,
        env={
            "PATH": f"{tmp_path}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "BASE": "HEAD~1",
            "OUT": str(tmp_path / "out"),
            "GITHUB_STEP_SUMMARY": str(summary),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == status, run.stderr
    text = (tmp_path / "out" / "preview.md").read_text()
    assert summary.read_text() == text
    assert "\n1 created.\n" in text
    assert ("no finding" in text) == (status == 0)
    assert [file.name for file in (tmp_path / "out").iterdir()] == ["preview.md"]
