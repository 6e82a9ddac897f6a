"""Engines that cannot start: the cause is in the RayService's status and in the log, soon after it has come about."""

import subprocess
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.kubernetes.conftest import Note
from tests.kubernetes.kubectl import Kubectl, eventually
from tests.kubernetes.local_stack import NAMESPACE, READY_S, WORKER, LocalStack
from tests.project import ROOT

ATTEMPT_S = 300
"""From a change to the failure: Serve starts a replica, which imports vLLM and starts an engine."""

CAUSE_S = 60
"""From the failure to its cause in the status."""

LITTLE_MEMORY_GIB = 2
"""Enough for Ray and for the replica, and not for the engine."""

OUT_OF_MEMORY = "memory was used up|low on memory|memory pressure"
"""What we say when the kernel has killed the engine, and Ray when it was the faster."""


def serve_config(stack: LocalStack, **settings: Any) -> str:
    """Return the service's Serve configuration with other settings of the application."""
    config = yaml.safe_load(stack.service()["spec"]["serveConfigV2"])
    config["applications"][0]["args"].update(settings)
    return yaml.safe_dump(config, sort_keys=False)


@pytest.fixture
def mended(stack: LocalStack) -> Iterator[LocalStack]:
    """The stack, as it was planned before and after."""
    stack.wait_until_ready()
    yield stack
    stack.apply()


def test_a_missing_model_is_said_and_given_up(mended: LocalStack, kubectl: Kubectl, note: Note) -> None:
    mended.change(serveConfigV2=serve_config(mended, model="/no/such/model"))
    is_said_of(mended, kubectl, note, "model path missing", "/no/such/model")
    eventually("the application has failed", partial(mended.says, "DEPLOY_FAILED"), READY_S, mended.status)
    words = ["status", "--stack", "local", "--kubeconfig", kubectl.kubeconfig]
    told = subprocess.run(
        [sys.executable, "-m", "neuronserve.cli", *words], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert "/no/such/model" in told.stdout, told.stderr


def test_a_missing_compiler_is_said(mended: LocalStack, kubectl: Kubectl, note: Note) -> None:
    # The image has none, and its engines run in eager mode unless they are told to compile.
    mended.change(serveConfigV2=serve_config(mended, engine_arguments={"enforce_eager": False}))
    is_said_of(mended, kubectl, note, "compiler missing", "InvalidCxxCompiler")


def test_too_little_memory_is_said(mended: LocalStack, kubectl: Kubectl, note: Note, tmp_path: Path) -> None:
    manifests = mended.planned(tmp_path, worker={"memoryGib": LITTLE_MEMORY_GIB})
    (file,) = manifests.glob("*rayservice*")
    cluster = mended.cluster()
    kubectl("apply", "--server-side", "--force-conflicts", "--filename", str(file))
    is_said_of(mended, kubectl, note, "too little memory", OUT_OF_MEMORY)
    assert mended.cluster() == cluster, "the one that works stays in charge"


def is_said_of(stack: LocalStack, kubectl: Kubectl, note: Note, planted: str, said: str) -> None:
    began = time.time()
    grep = ["bash", "-c", f"grep -rhE -m1 '{said}' /tmp/ray/session_latest/logs/ | head -1"]

    def is_logged() -> bool:
        return any(is_logged_in(pod["metadata"]["name"]) for pod in stack.pods(WORKER))

    def is_logged_in(worker: str) -> bool:
        try:
            return bool(kubectl("exec", "-n", NAMESPACE, worker, "-c", "ray-worker", "--", *grep))
        except AssertionError:  # the container is not there yet
            return False

    # Both at once: Serve writes over the cause when its next try takes long.
    seen: dict[str, float] = {}

    def is_seen() -> bool:
        for place, has in (("status", partial(stack.says, said)), ("log", is_logged)):
            if place not in seen and has():
                seen[place] = time.time()
        return len(seen) == 2

    eventually(f"{said} is in log and status", is_seen, ATTEMPT_S, stack.status)
    note(
        f"cannot start, {planted}",
        f"failed after {seen['log'] - began:.0f} s, in the status {seen['status'] - seen['log']:.0f} s on",
    )
    assert seen["status"] - seen["log"] < CAUSE_S
