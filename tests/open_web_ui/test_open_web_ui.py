"""A real Open WebUI with the variables that the component gives it, in a browser, before the local server.

``make test-open-webui`` makes the environment that it runs in, and names it.
"""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from neuronserve.components.llm_service.settings import USER_ID
from neuronserve.components.open_web_ui.environment import (
    DATA_DIRECTORY,
    KEYS_VARIABLE,
    SCRATCH_DIRECTORY,
    SECRET_KEY_VARIABLE,
    URLS_VARIABLE,
)
from neuronserve.plan.program import synthesise
from tests.project import ROOT, project_with, values_of
from tests.waiting import wait_until

HERE = Path(__file__).parent
VARIABLE = "NEURONSERVE_TEST_OPEN_WEBUI"
PORT, MODEL_PORT, OTHER_PORT = 8121, 8122, 8123
MODEL, OTHER_MODEL = "smollm2-135m-instruct", "another-model"
KEYS = {"llm": "the-key-of-llm", "other": "the-key-of-the-other"}
SCREENSHOT = ROOT / "docs" / "open-webui.png"
FURTHER = {"DEFAULT_MODEL_PARAMS": '{"temperature": 0}'}
START_S, CHAT_S = 600, 600
USER = str(USER_ID)
AS_IN_THE_POD = (
    *("setpriv", "--reuid", USER, "--regid", USER, "--clear-groups"),
    # Python may be installed where root alone can read.
    *("--inh-caps", "+dac_read_search", "--ambient-caps", "+dac_read_search"),
)
"""What makes root the user of the pod, who can write to nothing that is installed; others are such a user already."""
IS_ROOT = os.geteuid() == 0

pytestmark = [pytest.mark.server, pytest.mark.timeout(1800)]


@pytest.fixture(scope="module")
def python() -> str:
    """The Python that has Open WebUI and Playwright."""
    folder = os.environ.get(VARIABLE)
    if not folder:
        pytest.skip(f"{VARIABLE} is not set: no environment with Open WebUI; `make test-open-webui` makes one")
    if not shutil.which("chromium"):
        pytest.fail("Chromium is not on PATH. On Debian: apt-get install chromium")
    return str((ROOT / folder / "bin" / "python").absolute())


class OtherModel(BaseHTTPRequestHandler):
    """A server that has another model, for another key."""

    def do_GET(self) -> None:
        right = self.headers["Authorization"] == f"Bearer {KEYS['other']}"
        body = {"object": "list", "data": [{"id": OTHER_MODEL, "object": "model"}] if right else []}
        self.send_response(200 if right else 401)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory, python: str) -> Iterator[dict[str, str]]:
    """Run a server for each service, and return their base URLs by the services' names."""
    log = tmp_path_factory.mktemp("server") / "log"
    words = [sys.executable, "-m", "neuronserve.cli", "serve", "--stack", "local", "--port", str(MODEL_PORT)]
    other = ThreadingHTTPServer(("127.0.0.1", OTHER_PORT), OtherModel)
    threading.Thread(target=other.serve_forever, daemon=True).start()
    with running([*words, "--project", str(ROOT)], {"VLLM_API_KEY": KEYS["llm"]}, log, signal.SIGINT):
        wait_until("the local server answers", lambda: answers(f"http://127.0.0.1:{MODEL_PORT}/health"), START_S)
        yield {"llm": f"http://127.0.0.1:{MODEL_PORT}/v1", "other": f"http://127.0.0.1:{OTHER_PORT}/v1"}
    other.shutdown()


@contextmanager
def running(
    words: list[str], variables: dict[str, str], log: Path, stop: signal.Signals = signal.SIGTERM
) -> Iterator[None]:
    with log.open("a") as file:
        process = subprocess.Popen(
            words, env={**os.environ, **variables}, stdin=subprocess.DEVNULL, stdout=file, stderr=file
        )
    try:
        yield
        assert process.poll() is None, log.read_text()[-4000:]
    finally:
        process.send_signal(stop)
        process.wait(120)


def answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=5).is_success
    except httpx.TransportError:
        return False


def variables_of_the_pod(directory: Path, urls: dict[str, str]) -> dict[str, str]:
    """Return the variables of the container in a plan of stack local with two services, as they are here."""
    values = values_of("local")
    (service,) = values["services"].values()
    values["services"] = {"llm": service, "other": {**service, "serviceName": "other", "headServiceName": "other"}}
    folder = directory / "project"
    folder.mkdir()
    plan = synthesise(project_with(folder, values | {"openWebUi": {"enabled": True, "env": FURTHER}}), "test")
    (container,) = plan.resource("kubernetes:apps/v1:Deployment").inputs["spec"]["template"]["spec"]["containers"]
    variables = {one["name"]: one["value"] for one in container["env"] if "value" in one}
    secret = {one["valueFrom"]["secretKeyRef"]["key"] for one in container["env"] if "valueFrom" in one}
    assert secret == {KEYS_VARIABLE, SECRET_KEY_VARIABLE}
    in_cluster = variables[URLS_VARIABLE].split(";")
    assert [re.findall(r"http://(\w+)-serve-svc\.", url) for url in in_cluster] == [[name] for name in urls]
    here = {DATA_DIRECTORY: directory / "data", SCRATCH_DIRECTORY: directory / "scratch"}
    for name, value in variables.items():
        for there, path in here.items():
            if value == there or value.startswith(f"{there}/"):
                variables[name] = f"{path}{value.removeprefix(there)}"
    for path in here.values():
        path.mkdir()
        hand_over(path)
    return {
        **variables,
        URLS_VARIABLE: ";".join(urls.values()),
        KEYS_VARIABLE: ";".join(KEYS[name] for name in urls),
        SECRET_KEY_VARIABLE: "signs sessions",
    }


def hand_over(path: Path) -> None:
    """Give a file or folder to the user of the pod, who can get to it."""
    if IS_ROOT:
        os.chown(path, USER_ID, USER_ID)
        for folder in path.parents[: len(path.parents) - len(Path(tempfile.gettempdir()).parts)]:
            folder.chmod(folder.stat().st_mode | 0o011)


@contextmanager
def open_web_ui(python: str, variables: dict[str, str], log: Path) -> Iterator[str]:
    """Start Open WebUI as the user of the pod, and yield where it answers."""
    connections = log.with_name("connections")
    connections.touch()
    hand_over(connections)
    watched = {"PYTHONPATH": str(HERE / "watched"), "NEURONSERVE_TEST_CONNECTIONS": str(connections)}
    words = [*(AS_IN_THE_POD if IS_ROOT else ()), str(Path(python).with_name("open-webui")), "serve"]
    url = f"http://localhost:{PORT}"
    with running([*words, "--host", "127.0.0.1", "--port", str(PORT)], {**variables, **watched}, log):
        wait_until("Open WebUI answers", lambda: answers(f"{url}/health"), START_S)
        yield url


def chat(python: str, *words: str | Path) -> dict[str, Any]:
    done = subprocess.run(
        [python, HERE / "chat.py", *words], capture_output=True, text=True, timeout=CHAT_S, check=False
    )
    assert not done.returncode, done.stdout + done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def test_people_sign_up_chat_and_come_back(python: str, servers: dict[str, str], tmp_path: Path) -> None:
    variables, log = variables_of_the_pod(tmp_path, servers), tmp_path / "log"
    with open_web_ui(python, variables, log) as url:
        first = chat(python, "first", url, SCREENSHOT)
    assert first["role"] == "admin"
    assert first["models"] == [MODEL, OTHER_MODEL]
    # It came in pieces, however many of them a busy machine shows at a time, and it is the answer, not an error.
    assert len(first["lengths"]) > 2
    assert first["lengths"][-1] == max(first["lengths"]) > 100
    assert first["second"] == {"links": 0, "status": 403}

    with open_web_ui(python, variables, log) as url:
        later = chat(python, "later", url)
    assert later["answer"] == first["answer"]
    assert later["models"] == first["models"]
    assert later["second"] == first["second"], "sign-up is open again after a restart"

    # Neither the page nor the process behind it asks anybody else for anything.
    assert first["hosts"] == later["hosts"] == ["localhost"]
    connected = set((tmp_path / "connections").read_text().split())
    assert connected
    assert connected <= {"localhost", "127.0.0.1", "::1"}
    # What it wrote is on the volumes; where it is installed the user of the pod cannot write.
    assert (tmp_path / "data" / "webui.db").exists()
    assert not any(key in log.read_text() for key in KEYS.values())
