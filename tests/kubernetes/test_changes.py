"""What a change of the RayService does to a service under load; and everything made anew."""

import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from neuronserve.serving.api_keys import REREAD_PERIOD_S
from tests.kubernetes.conftest import Note
from tests.kubernetes.image import image_archive, renamed
from tests.kubernetes.kubectl import eventually
from tests.kubernetes.load import BODY
from tests.kubernetes.local_stack import READY_S, LocalStack
from tests.kubernetes.test_cannot_start import serve_config
from tests.kubernetes.test_faults import CLIENTS, noted
from tests.kubernetes.throw_away import Cluster

PAUSE_S = 20
"""Longest without an answer where nothing stops: four answers at once on a small, busy machine."""

KEYS_S = 90 + REREAD_PERIOD_S
"""The kubelet looks at what its pods have mounted once a minute, and keeps what it reads for up to half a minute."""

ENGINES = """
import json, psutil
print(json.dumps([p.pid for p in psutil.process_iter() if p.name().startswith("VLLM::EngineCor")]))
"""

MODEL = BODY["model"]
OTHER_NAME = "localhost/neuronserve:other"


def test_names_and_queue_are_taken_over_without_a_pause(stack: LocalStack, note: Note, tmp_path: Path) -> None:
    stack.wait_until_ready()
    before = processes(stack)
    manifests = stack.planned(tmp_path, model={"servedModelName": [MODEL, "other"], "maxQueuedRequests": 32})
    with stack.load(CLIENTS) as answers:
        began = time.time()
        stack.apply(manifests)
        eventually("the model has its new name", lambda: "other" in served(stack), READY_S, stack.status)
        note("maxQueuedRequests and servedModelName changed", f"in after {time.time() - began:.0f} s")
        changed = time.time()
        eventually("answers flow", lambda: len(answers.good_after(changed)) > 2 * CLIENTS, READY_S)
    assert noted(note, "maxQueuedRequests and servedModelName changed", answers, began) < PAUSE_S
    assert answers.failures == []
    assert processes(stack) == before
    stack.apply()


def test_keys_are_added_and_revoked_without_a_restart(stack: LocalStack, note: Note) -> None:
    stack.wait_until_ready()
    pods, before = {pod["metadata"]["uid"] for pod in stack.ready_pods()}, processes(stack)
    with stack.load(CLIENTS) as answers:
        began = time.time()
        stack.set_key("team-a", "a-key-of-a-team")
        eventually("the new key opens the server", lambda: stack.status_with("a-key-of-a-team") == 200, KEYS_S)
        note("API key added", f"counts after {time.time() - began:.0f} s")
        began = time.time()
        stack.set_key("team-a", None)
        eventually("the key opens nothing more", lambda: stack.status_with("a-key-of-a-team") == 401, KEYS_S)
        note("API key revoked", f"counts after {time.time() - began:.0f} s")
    assert answers.failures == []
    assert len(answers.rows) > 2 * CLIENTS
    assert processes(stack) == before
    assert {pod["metadata"]["uid"] for pod in stack.ready_pods()} == pods


@pytest.fixture
def fixed(stack: LocalStack, tmp_path: Path) -> Iterator[LocalStack]:
    """The stack with `upgradeStrategy: None`, which only a service that is made anew takes up in its pods."""
    stack.delete()
    try:
        stack.apply(stack.planned(tmp_path, upgradeStrategy="None"))
        yield stack
    finally:
        stack.delete()
        stack.apply()


def test_another_engine_in_place_keeps_the_pods(fixed: LocalStack, note: Note) -> None:
    stack = fixed
    pods = {pod["metadata"]["uid"] for pod in stack.ready_pods()}
    engine = processes(stack)
    with stack.load(CLIENTS) as answers:
        began = time.time()
        stack.change(serveConfigV2=serve_config(stack, max_model_len=1024))
        eventually("another engine runs", lambda: processes(stack) - engine, READY_S, stack.status)
        changed = time.time()
        eventually("answers flow", lambda: len(answers.good_after(changed)) > 2 * CLIENTS, READY_S, stack.status)
    noted(note, "serveConfigV2 changed, another engine in place", answers, began)
    assert {pod["metadata"]["uid"] for pod in stack.ready_pods()} == pods
    assert "500" not in answers.failures


def processes(stack: LocalStack) -> set[int]:
    """Return the process ids of the engines that run."""
    return set(json.loads(stack.in_worker(ENGINES)))


def served(stack: LocalStack) -> str:
    """Return what the API says of its models."""
    return stack.ask("/models")


def test_another_image_moves_to_another_cluster_without_a_failure(
    stack: LocalStack, cluster: Cluster, note: Note, tmp_path: Path
) -> None:
    stack.wait_until_ready()
    before = stack.cluster()
    cluster.load(renamed(image_archive(cluster.base), OTHER_NAME, tmp_path / "image.tar"))
    manifests = stack.planned(tmp_path, image=OTHER_NAME)
    with stack.load(CLIENTS) as answers:
        began = time.time()
        note("image changed: moved, old pods gone", f"{stack.apply(manifests):.0f} s")
        moved = time.time()
        eventually("the new cluster answers", lambda: len(answers.good_after(moved)) > 2 * CLIENTS, 60)
    noted(note, "image changed", answers, began)
    assert answers.failures == []
    assert stack.cluster() != before
    assert {pod["spec"]["containers"][0]["image"] for pod in stack.pods()} == {OTHER_NAME}
    stack.apply()


def test_everything_deleted_and_applied_again(stack: LocalStack, note: Note) -> None:
    note("everything deleted", f"{stack.delete():.0f} s")
    note("applied again: Ready", f"{stack.apply():.0f} s")
    with stack.load(1) as answers:
        pass
    assert answers.failures == []
