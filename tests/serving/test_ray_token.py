"""Ray as KubeRay starts it for us: with the token it does what it did, without it nothing."""

import contextlib
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from neuronserve.serving.ray_token import RayTokenError, check
from neuronserve.serving.serve_config import RAY_ENVIRONMENT
from tests.waiting import wait_until

TOKEN = "of-this-test"
START_S, COMMAND_S, ANSWER_S, END_S = 200, 200, 120, 60
"""Longest waits, for machines that are busy."""

OWN_PORTS = (24_000, 30_000)
"""Above those of Ray's workers and client servers, below those of NodePorts and of outgoing connections."""

RAY = str(Path(sys.executable).with_name("ray"))

PROBES = (("agent", "/api/healthz"), ("agent", "/api/local_raylet_healthz"), ("dashboard", "/api/gcs_healthz"))
"""What the kubelet asks of a pod, by KubeRay 1.7 and before."""

APPLICATION = """
from ray import serve

@serve.deployment
class Model:
    async def __call__(self) -> str:
        return "answered"

app = Model.bind()
"""


def free_ports(number: int) -> list[int]:
    """Return ports that are free, and that no outgoing connection is given before they are listened at."""
    found: set[int] = set()
    while len(found) < number:
        port = random.randrange(*OWN_PORTS)
        with contextlib.suppress(OSError), socket.create_server(("127.0.0.1", port)):
            found.add(port)
    return list(found)


@dataclass
class Head:
    """A Ray head of its own."""

    folder: Path
    gcs: int
    dashboard: int
    client: int
    agent: int
    serve: int

    def environment(self, token: str | None) -> dict[str, str]:
        """Return the environment of a program of somebody who has a token, or none."""
        others = {name: value for name, value in os.environ.items() if not name.startswith("RAY_")}
        # Nobody's file with a token is found in this home.
        common = {"HOME": str(self.folder), "PYTHONPATH": str(self.folder), "RAY_USAGE_STATS_ENABLED": "0"}
        return others | common | ({"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": token} if token else {})

    def run(self, *words: str, token: str | None) -> tuple[bool, str]:
        """Return whether a program ends well, and what it says."""
        ran = subprocess.run(
            words,
            env=self.environment(token),
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=COMMAND_S,
            check=False,
        )
        return ran.returncode == 0, ran.stdout

    def status(self, port: int, path: str, headers: dict[str, str] | None = None, data: bytes | None = None) -> int:
        """Return the status of an answer, 0 if there is none."""
        url, method = f"http://127.0.0.1:{port}{path}", "PUT" if data else "GET"
        request = urllib.request.Request(url, data, headers or {}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=ANSWER_S) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code
        except OSError:
            return 0


@pytest.fixture(scope="module")
def head() -> Iterator[Head]:
    with tempfile.TemporaryDirectory(prefix="ray", ignore_cleanup_errors=True) as name:  # short: it holds sockets
        head = Head(Path(name), *free_ports(5))
        (head.folder / "model.py").write_text(APPLICATION)
        words = [
            RAY,
            "start",
            "--head",
            "--block",
            "--num-cpus=2",
            "--node-ip-address=127.0.0.1",
            f"--temp-dir={name}/r",
        ]
        words += [f"--port={head.gcs}", f"--dashboard-port={head.dashboard}"]
        words += [f"--ray-client-server-port={head.client}", f"--dashboard-agent-listen-port={head.agent}"]
        with (head.folder / "log").open("w") as log:
            environment = RAY_ENVIRONMENT | head.environment(TOKEN) | {"RAY_DASHBOARD_STARTUP_TIMEOUT_S": str(START_S)}
            # With handlers of forks, gRPC at times aborts the server that the proxy for ray:// forks for a client:
            # https://github.com/ray-project/ray/issues/63202
            environment |= {"GRPC_ENABLE_FORK_SUPPORT": "0"}
            process = subprocess.Popen(words, env=environment, stdout=log, stderr=log, start_new_session=True)
        try:
            wait_until("the dashboard answers", lambda: head.status(head.dashboard, "/api/jobs/"), START_S)
            wait_until("the agent answers", lambda: head.status(head.agent, "/api/local_raylet_healthz"), START_S)
            yield head
            assert process.poll() is None, "the head has ended"
        except AssertionError as error:
            raise AssertionError(f"{error}\n{(head.folder / 'log').read_text()}") from None
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(END_S)
            for one in psutil.process_iter(["cmdline"]):
                if any(name in word for word in one.info["cmdline"] or []):
                    one.kill()


@pytest.mark.server
def test_the_dashboard_and_the_jobs_api_answer_nobody_without_the_token(head: Head) -> None:
    for path in ("/api/jobs/", "/api/v0/nodes", "/nodes?view=summary"):
        assert head.status(head.dashboard, path) == 401, path
        assert head.status(head.dashboard, path, {"Authorization": "Bearer guessed"}) == 403, path
        # A browser is sent the token as a header, and KubeRay sends it by another one.
        for header in ("Authorization", "x-ray-authorization"):
            assert head.status(head.dashboard, path, {header: f"Bearer {TOKEN}"}) == 200, path


@pytest.mark.server
@pytest.mark.parametrize(
    ("command", "said"),
    [
        pytest.param(
            (RAY, "job", "submit", "--address=http://127.0.0.1:{dashboard}", "--", "echo", "has", "run"),
            "has run",
            id="job",
        ),
        pytest.param((RAY, "list", "nodes", "--address=http://127.0.0.1:{dashboard}"), "ALIVE", id="state"),
        pytest.param((RAY, "status", "--address=127.0.0.1:{gcs}"), "Active", id="gcs"),
        pytest.param(
            (
                sys.executable,
                "-c",
                "import ray; ray.init('ray://127.0.0.1:{client}'); "
                "print(ray.get(ray.remote(lambda: 'has ' + 'run').remote()))",
            ),
            "has run",
            id="client",
        ),
    ],
)
def test_ray_itself_works_with_the_token_alone(head: Head, command: tuple[str, ...], said: str) -> None:
    words = [word.replace("{dashboard}", str(head.dashboard)) for word in command]
    words = [word.replace("{gcs}", str(head.gcs)).replace("{client}", str(head.client)) for word in words]
    went_well, output = head.run(*words, token=TOKEN)
    assert went_well, output
    assert said in output
    for token in (None, "guessed"):
        went_well, output = head.run(*words, token=token)
        assert not went_well, output
        assert said not in output


@pytest.mark.server
def test_serve_and_the_probes_go_on_without_asking_for_it(head: Head) -> None:
    config = {
        "http_options": {"host": "127.0.0.1", "port": head.serve},
        "applications": [{"name": "llm", "route_prefix": "/", "import_path": "model:app"}],
    }
    body = json.dumps(config).encode()
    # As KubeRay hands over an application: to the dashboard, with the token.
    headers = {"Content-Type": "application/json", "x-ray-authorization": f"Bearer {TOKEN}"}
    assert head.status(head.dashboard, "/api/serve/applications/", data=body) == 401
    applications = "/api/serve/applications/"
    # It asks again too: the first time may be too early.
    wait_until(
        "Serve takes the application", lambda: head.status(head.dashboard, applications, headers, body) == 200, START_S
    )
    wait_until("the application answers", lambda: head.status(head.serve, "/") == 200, START_S)
    # What KubeRay asks of the head, and the kubelet of both.
    assert head.status(head.serve, "/-/healthz") == 200
    for port, path in PROBES:
        assert head.status(getattr(head, port), path) == 200, path


def test_the_place_holder_of_a_plan_is_no_token() -> None:
    with pytest.raises(RayTokenError, match="place-holder of an offline plan"):
        check({"RAY_AUTH_TOKEN": "[secret]"})
    check({"RAY_AUTH_TOKEN": TOKEN})
    check({})
