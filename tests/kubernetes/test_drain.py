"""A worker has to leave its node, as a drain has it: its replica moves first, and no request is lost."""

import json
import time

import pytest

from tests.kubernetes.conftest import Note
from tests.kubernetes.kubectl import Kubectl, eventually
from tests.kubernetes.local_stack import HEAD, NAMESPACE, READY_S, WORKER, LocalStack
from tests.kubernetes.test_changes import PAUSE_S
from tests.kubernetes.test_faults import CLIENTS, noted

TOKENS = """
import json, pathlib
place = "var/run/secrets/kubernetes.io"
roots = [pathlib.Path("/"), *pathlib.Path("/proc").glob("[0-9]*/root")]
print(json.dumps([str(root) for root in roots if (root / place).exists()]))
"""


def evict(kubectl: Kubectl, pod: str) -> None:
    """Ask for a pod to go as `kubectl drain` and Karpenter do: whoever has a budget may refuse it."""
    eviction = {"apiVersion": "policy/v1", "kind": "Eviction", "metadata": {"name": pod, "namespace": NAMESPACE}}
    path = f"/api/v1/namespaces/{NAMESPACE}/pods/{pod}/eviction"
    kubectl("create", "--raw", path, "--filename", "-", text=json.dumps(eviction))


@pytest.mark.node
def test_a_replica_answers_elsewhere_before_its_worker_goes(stack: LocalStack, kubectl: Kubectl, note: Note) -> None:
    stack.wait_until_ready()
    (worker,) = stack.ready(WORKER)
    with stack.load(CLIENTS) as answers:
        began = time.time()
        evict(kubectl, worker)
        (following,) = eventually("the next worker is ready", lambda: stack.ready(WORKER), READY_S, stack.status)
        ready = time.time()
        assert following != worker
        assert worker in {pod["metadata"]["name"] for pod in stack.pods(WORKER)}, "it has gone before"
        eventually("the worker has gone", lambda: worker not in _names(stack), READY_S, stack.status)
        gone = time.time()
        eventually("answers flow", lambda: len(answers.good_after(gone)) > 3 * CLIENTS, READY_S, stack.status)
    note("worker evicted", f"the next is ready after {ready - began:.0f} s, this one gone after {gone - began:.0f} s")
    assert noted(note, "worker evicted", answers, began) < PAUSE_S
    assert answers.failures == []


def _names(stack: LocalStack) -> set[str]:
    return {pod["metadata"]["name"] for pod in stack.pods(WORKER)}


@pytest.mark.node
def test_what_runs_in_a_head_finds_no_token_of_the_autoscaler(stack: LocalStack, kubectl: Kubectl) -> None:
    stack.wait_until_ready()
    (head,) = stack.ready(HEAD)

    def found_in(container: str) -> list[str]:
        words = ("exec", "-n", NAMESPACE, "-i", head, "-c", container, "--", "python", "-")
        found: list[str] = json.loads(kubectl(*words, text=TOKENS))
        return found

    assert found_in("ray-head") == []
    assert found_in("autoscaler")


def test_the_worker_beside_which_a_replica_moved_goes(stack: LocalStack, note: Note) -> None:
    stack.wait_until_ready()
    began = time.time()
    eventually("one worker is left", lambda: len(stack.pods(WORKER)) == 1, 2 * READY_S, stack.status)
    note("an idle worker besides: gone", f"{time.time() - began:.0f} s later")
