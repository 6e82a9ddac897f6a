"""The servers that are compared: each with the same model and the same engine arguments, started and ended cleanly."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import yaml

from neuronserve.plan.program import synthesise
from neuronserve.review.services import serve_config
from neuronserve.serving.engine_arguments import engine_arguments, engine_environment
from neuronserve.serving.models import resolve_model
from neuronserve.serving.settings import ServingSettings
from neuronserve.serving.vllm_adapter import command_line

PORT = 8123
"""Of the first server; each that runs beside it has the next."""
STACK = "local"
START_TIMEOUT_S = 300
STOP_TIMEOUT_S = 60
VLLM, OURS, HAPROXY, RAY_LLM = "vLLM's own server", "neuronserve", "neuronserve, HAProxy", "ray.serve.llm"
ROOT = Path(__file__).resolve().parent.parent
RAY_LLM_PYTHON = ROOT / ".venv-ray-llm" / "bin" / "python"
"""What ``make bench-ray-llm`` installs: ``ray.serve.llm`` needs packages that nothing else here does."""


@dataclass(frozen=True)
class Served:
    """What every server serves."""

    project: Path
    """A project whose stack ``local`` has the model."""
    settings: ServingSettings
    """Those of the stack's application."""
    model: str
    """What vLLM loads."""

    @classmethod
    def by(cls, project: Path) -> "Served":
        """Return what the stack ``local`` of a project serves."""
        config = yaml.safe_load(serve_config(synthesise(project, STACK)))
        settings = ServingSettings.model_validate(config["applications"][0]["args"])
        return cls(project, settings, resolve_model(settings.model))


@contextlib.contextmanager
def running(server: str, served: Served, port: int = PORT) -> Iterator[float]:
    """Start one of the servers, yield the seconds until it answered, and end all its processes afterwards.

    Args:
        server: its name.
        served: what it serves.
        port: where it answers.
    """
    variables = os.environ | engine_environment(served.settings) | {"HF_HUB_OFFLINE": "1", "PYTHONUNBUFFERED": "1"}
    variables["RAY_SERVE_ENABLE_HA_PROXY"] = "1" if server == HAPROXY else "0"
    with tempfile.TemporaryFile() as log:
        began = time.monotonic()
        process = subprocess.Popen(
            _command(server, served, port),
            cwd=ROOT,
            env=variables,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
        try:
            _wait_until_healthy(process, port, log)
            yield time.monotonic() - began
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(STOP_TIMEOUT_S)
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            _wait_until("the port is free again", lambda: _is_free(port))


def _command(server: str, served: Served, port: int) -> list[str]:
    if server == VLLM:
        arguments = engine_arguments(served.settings, served.model)
        address = ["--host", "127.0.0.1", "--port", str(port)]
        return [sys.executable, "-m", "vllm.entrypoints.openai.api_server", *address, *command_line(arguments)]
    if server == RAY_LLM:
        config = json.dumps(_ray_llm_config(served))
        return [str(RAY_LLM_PYTHON), str(ROOT / "benchmarks" / "ray_llm_server.py"), str(port), config]
    project = ["--stack", STACK, "--project", str(served.project)]
    return [sys.executable, "-m", "neuronserve.cli", "serve", "--port", str(port), *project]


def _ray_llm_config(served: Served) -> dict[str, Any]:
    """Return the ``LLMConfig`` of the same engine, with as many requests at once."""
    settings = served.settings
    arguments = engine_arguments(settings, served.model)
    name, source = settings.served_model_name[0], arguments.pop("model")
    del arguments["served_model_name"]
    return {
        "model_loading_config": {"model_id": name, "model_source": source},
        "accelerator_config": {"kind": "cpu"},
        "placement_group_config": {"bundles": [{"CPU": 1}]},
        "engine_kwargs": arguments,
        "deployment_config": {
            "num_replicas": 1,
            "max_ongoing_requests": settings.max_num_seqs + settings.max_queued_requests,
        },
        "experimental_configs": {"num_ingress_replicas": 1},
    }


def _wait_until(what: str, holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + STOP_TIMEOUT_S
    while not holds():
        if time.monotonic() > deadline:
            sys.exit(f"error: not after {STOP_TIMEOUT_S} s: {what}")
        time.sleep(0.5)


def _is_free(port: int) -> bool:
    """Return whether nothing listens on the port: what one server leaves behind would answer for the next."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _wait_until_healthy(process: subprocess.Popen[bytes], port: int, log: IO[bytes]) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and process.poll() is None:
        with contextlib.suppress(urllib.error.URLError, OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/v1/models", timeout=2)
            return
        time.sleep(0.1)
    log.seek(0)
    sys.exit(f"error: the server did not start:\n{log.read().decode(errors='replace')[-4000:]}")
