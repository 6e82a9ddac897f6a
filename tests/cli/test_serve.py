"""`neuronserve serve`, told to stop while it answers."""

import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import httpx
import psutil
import pytest

from tests.packaging.commands import ROOT
from tests.waiting import wait_until

PORT = 8021
BODY = {
    "model": "smollm2-135m-instruct",
    "messages": [{"role": "user", "content": "Count."}],
    "max_tokens": 80,
    "ignore_eos": True,
    "stream": True,
}


@pytest.mark.server
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_lets_answers_end_and_leaves_nothing_behind(stop: signal.Signals, tmp_path: Path) -> None:
    words = [sys.executable, "-m", "neuronserve.cli", "serve", "--port", str(PORT), "--project", str(ROOT)]
    environment = {name: value for name, value in os.environ.items() if name != "VLLM_API_KEY"}
    lines: list[str] = []
    log = tmp_path / "log"
    with log.open("w") as file:
        server = subprocess.Popen(words, cwd=ROOT, env=environment, stdout=file, stderr=file)
        try:
            wait_until("it serves", lambda: "Serving on" in log.read_text() or server.poll() is not None, 200)
            assert server.poll() is None, log.read_text()
            family = psutil.Process(server.pid).children(recursive=True)
            url = f"http://localhost:{PORT}/v1/chat/completions"
            begun = threading.Event()

            def read() -> None:
                with httpx.stream("POST", url, json=BODY, timeout=60) as answer:
                    for line in answer.iter_lines():
                        if line:
                            lines.append(line)
                            begun.set()

            reader = threading.Thread(target=read)
            reader.start()
            assert begun.wait(60)
            server.send_signal(stop)
            reader.join(60)
            assert server.wait(60) == 0, log.read_text()
        finally:
            server.kill()
    assert lines[-1] == "data: [DONE]"
    assert json.loads(lines[-2].removeprefix("data: "))["choices"][0]["finish_reason"] == "length"
    _, left = psutil.wait_procs(family, timeout=20)
    assert [process.name() for process in left] == []
