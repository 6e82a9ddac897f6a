"""The synthesised serve_config.yaml, unchanged, under Ray's own `serve run`."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import openai
import psutil
import pytest

from neuronserve.serving.serve_config import RAY_ENVIRONMENT

pytestmark = pytest.mark.server

ROOT = Path(__file__).resolve().parents[2]
START_TIMEOUT_S = 180
QUESTION = "What is the capital of Japan?"


@pytest.fixture(scope="module")
def base_url(local_serve_config: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with socket.socket() as probe:
        assert probe.connect_ex(("127.0.0.1", 8000)), "port 8000, which the configuration names, is taken"
    folder = tmp_path_factory.mktemp("serve-run")
    (folder / "serve_config.yaml").write_text(local_serve_config)
    log = (folder / "log").open("w+")
    process = subprocess.Popen(
        [sys.executable, "-m", "ray.serve.scripts", "run", "serve_config.yaml"],
        cwd=folder,
        env={**os.environ, **RAY_ENVIRONMENT, "PYTHONPATH": str(ROOT)},
        stdout=log,
        stderr=log,
    )
    started: list[psutil.Process] = []
    try:
        deadline = time.monotonic() + START_TIMEOUT_S
        while not healthy():
            assert process.poll() is None, (folder / "log").read_text()[-3000:]
            assert time.monotonic() < deadline, (folder / "log").read_text()[-3000:]
            time.sleep(0.5)
        started = psutil.Process(process.pid).children(recursive=True)
        yield "http://localhost:8000/v1"
    finally:
        process.send_signal(signal.SIGTERM)
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
        for left in started:
            if left.is_running():
                left.kill()
        log.close()


def healthy() -> bool:
    try:
        return httpx.get("http://localhost:8000/health", timeout=2).status_code == 200
    except httpx.TransportError:
        return False


def test_the_official_client_gets_an_answer(base_url: str) -> None:
    client = openai.OpenAI(base_url=base_url, api_key="none")
    completion = client.chat.completions.create(
        model="smollm2-135m-instruct",
        messages=[{"role": "user", "content": QUESTION}],
        temperature=0,
    )
    assert "Tokyo" in completion.choices[0].message.content
