"""What a change of the RayService does to a service under load; and everything made anew."""

import json
import time
from pathlib import Path

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


def test_another_engine_in_place_keeps_the_pods(stack: LocalStack, note: Note) -> None:
    stack.wait_until_ready()
    pods = {pod["metadata"]["uid"] for pod in stack.pods()}
    engine = processes(stack)
    with stack.load(CLIENTS) as answers:
        began = time.time()
        stack.change(serveConfigV2=serve_config(stack, max_model_len=1024))
        eventually("another engine runs", lambda: processes(stack) - engine, READY_S, stack.status)
        changed = time.time()
        eventually("answers flow", lambda: len(answers.good_after(changed)) > 2 * CLIENTS, READY_S, stack.status)
    noted(note, "serveConfigV2 changed, another engine in place", answers, began)
    assert {pod["metadata"]["uid"] for pod in stack.pods()} == pods
    assert "500" not in answers.failures
    stack.apply()


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
