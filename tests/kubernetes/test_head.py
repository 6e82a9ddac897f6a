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
    """The stack with its head's state in a Redis that asks for a password."""
    stack.wait_until_ready()
    redis.start(kubectl, cluster, tmp_path)
    tolerance = {"storage": "Redis", "redisAddress": redis.ADDRESS, "redisPassword": {"secure": "v1:cipher"}}
    try:
        stack.apply(stack.planned(tmp_path, headFaultTolerance=tolerance))
        yield stack
    finally:
        stack.apply()  # while Redis is there: KubeRay clears what a Ray cluster has left in it
        redis.stop(kubectl)
        kubectl("delete", "secret/llm-redis", "-n", NAMESPACE, "--ignore-not-found")


def test_a_head_is_deleted(tolerant: LocalStack, kubectl: Kubectl, note: Note) -> None:
    (head,), (worker,) = tolerant.ready(HEAD), tolerant.ready_pods(WORKER)
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
    assert not answers.failures
    assert [pod["metadata"]["uid"] for pod in tolerant.ready_pods(WORKER)] == [worker["metadata"]["uid"]]
