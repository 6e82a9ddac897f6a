"""Our own clients against the running server."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from .conftest import API_KEY, Server

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = str(ROOT / "serving" / "client_examples.py")
QUESTION = "What is the capital of Japan?"


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=ROOT,
        env={**os.environ, "VLLM_API_KEY": API_KEY},
        capture_output=True,
        text=True,
        check=False,
    )


def test_the_client_examples_work(server: Server) -> None:
    finished = python(EXAMPLES, "--base-url", server.base_url)
    assert finished.returncode == 0, finished.stderr
    assert "Tokyo" in finished.stdout
    assert "10" in finished.stdout


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--base-url", "http://localhost:9/v1"], "no server answers at http://localhost:9/v1"),
        (["--model", "no-such-model"], "answered 404"),
    ],
)
def test_the_client_examples_fail_honestly(server: Server, arguments: list[str], says: str) -> None:
    finished = python(EXAMPLES, "--base-url", server.base_url, *arguments)
    assert finished.returncode == 1
    assert says in finished.stderr
    assert "Traceback" not in finished.stderr


def test_chat_streams_an_answer_and_its_speed(server: Server) -> None:
    finished = python("-m", "neuronserve.cli", "chat", "--base-url", server.base_url, "--temperature=0", QUESTION)
    assert finished.returncode == 0, finished.stderr
    assert "Tokyo" in finished.stdout
    assert "time to first token" in finished.stderr
    assert "tokens/s" in finished.stderr
