"""A head that goes while Redis has what it knew: the replicas that run go on answering."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.kubernetes import redis
from tests.kubernetes.conftest import Note
from tests.kubernetes.kubectl import Kubectl, eventually
from tests.kubernetes.local_stack import HEAD, NAMESPACE, READY_S, WORKER, LocalStack
from tests.kubernetes.test_faults import CLIENTS, noted
from tests.kubernetes.throw_away import Cluster

SILENCE_S = 30
"""Longest without any answer: a client's connection to the lost head's proxy has to be given up first."""


@pytest.fixture
def tolerant(stack: LocalStack, kubectl: Kubectl, cluster: Cluster, tmp_path: Path) -> Iterator[LocalStack]:
    """The stack with its head's state in Redis, by the way out that the stack file has for what is no setting."""
    stack.wait_until_ready()
    redis.start(kubectl, cluster, tmp_path)
    options = {"gcsFaultToleranceOptions": {"redisAddress": redis.ADDRESS}}
    try:
        stack.apply(stack.planned(tmp_path, rayServiceSpec={"rayClusterConfig": options}))
        yield stack
    finally:
        stack.apply()  # while Redis is there: KubeRay clears what a Ray cluster has left in it
        redis.stop(kubectl)


def test_a_head_is_deleted(tolerant: LocalStack, kubectl: Kubectl, note: Note) -> None:
    (head,), (worker,) = tolerant.ready(HEAD), tolerant.pods(WORKER)
    with tolerant.load(CLIENTS) as answers:
        began = time.time()
        kubectl("delete", "pod", head, "-n", NAMESPACE, "--wait=false")
        eventually("another head is ready", lambda: set(tolerant.ready(HEAD)) - {head}, READY_S, tolerant.status)
        there = time.time()
        eventually("answers flow", lambda: len(answers.good_after(there)) > 3 * CLIENTS, READY_S, tolerant.status)
    meanwhile = [ended for ended in answers.good_after(began) if ended < there]
    note("head deleted: next one ready", f"{there - began:.0f} s, {len(meanwhile)} answers meanwhile")
    assert noted(note, "head deleted, with Redis", answers, began) < SILENCE_S
    assert meanwhile
    assert len(answers.failures) <= CLIENTS  # what the head's own proxy was passing on
    assert [pod["metadata"]["uid"] for pod in tolerant.pods(WORKER)] == [worker["metadata"]["uid"]]
