"""What a change of the RayService does to a service under load; and everything made anew."""

import time
from pathlib import Path

from tests.kubernetes.conftest import Note
from tests.kubernetes.image import image_archive, renamed
from tests.kubernetes.kubectl import eventually
from tests.kubernetes.local_stack import READY_S, LocalStack
from tests.kubernetes.test_cannot_start import serve_config
from tests.kubernetes.test_faults import CLIENTS, noted
from tests.kubernetes.throw_away import Cluster

OTHER_NAME = "localhost/neuronserve:other"


def test_a_change_of_the_serve_configuration_keeps_the_pods(stack: LocalStack, note: Note) -> None:
    stack.wait_until_ready()
    pods = {pod["metadata"]["uid"] for pod in stack.pods()}
    with stack.load(CLIENTS) as answers:
        began = time.time()
        stack.change(serveConfigV2=serve_config(stack, max_queued_requests=32))

        def is_running() -> bool:
            llm = stack.service()["status"]["activeServiceStatus"]["applicationStatuses"]["llm"]
            return llm["status"] == "RUNNING" and len(answers.good_after(began + 15)) > CLIENTS

        eventually("the change is in", is_running, READY_S, stack.status)
    noted(note, "serveConfigV2 changed", answers, began)
    assert {pod["metadata"]["uid"] for pod in stack.pods()} == pods
    assert "500" not in answers.failures


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
