"""`neuronserve serve`, told to stop while it answers."""

import json
import os
import re
import signal
import socket
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


def has_ipv6() -> bool:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        return False
    return True


def serve_status(said: str) -> str:
    """Return what Ray's own command says, run as the server says, in a shell of its own."""
    (command,) = re.findall(r"Ray's own view of it: (.+)", said)
    environment = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
    environment["PATH"] = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return subprocess.run(  # as a shell reads it
        ["/bin/sh", "-c", command], env=environment, capture_output=True, text=True, check=True, timeout=60
    ).stdout


@pytest.mark.server
@pytest.mark.parametrize(
    ("stop", "options"), [(signal.SIGINT, []), (signal.SIGTERM, ["--host", "::1"])], ids=["interrupted", "ended-ipv6"]
)
def test_a_stop_lets_answers_end_and_leaves_nothing_behind(
    stop: signal.Signals, options: list[str], tmp_path: Path
) -> None:
    if options and not has_ipv6():
        pytest.skip("this machine has no ::1")
    words = [sys.executable, "-m", "neuronserve.cli", "serve", "--port", str(PORT), "--project", str(ROOT), *options]
    environment = {name: value for name, value in os.environ.items() if name != "VLLM_API_KEY"}
    environment["http_proxy"] = "http://127.0.0.1:9"  # where nobody is, and what a server asks of itself must not go
    lines: list[str] = []
    log = tmp_path / "log"
    with log.open("w") as file:
        server = subprocess.Popen(words, cwd=ROOT, env=environment, stdout=file, stderr=file)
        try:
            wait_until("it serves", lambda: "Serving on" in log.read_text() or server.poll() is not None, 200)
            assert server.poll() is None, log.read_text()
            family = psutil.Process(server.pid).children(recursive=True)
            (base_url,) = re.findall(rf"Serving on (http://\S+:{PORT}/v1)", log.read_text())
            assert "status: RUNNING" in serve_status(log.read_text())
            url = f"{base_url}/chat/completions"
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
