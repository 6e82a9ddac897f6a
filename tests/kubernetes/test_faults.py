"""Faults under a steady load of four clients: which requests fail, and how long until answers flow again."""

import time
from collections.abc import Callable

import pytest

from tests.kubernetes.conftest import Note
from tests.kubernetes.kubectl import Kubectl, eventually
from tests.kubernetes.local_stack import NAMESPACE, READY_S, WORKER, Answers, LocalStack

CLIENTS = 4
START_S = 180
"""Longest start of an engine or a worker on a small, busy machine."""

END_ENGINE = """
import os, psutil, signal
(engine,) = [p for p in psutil.process_iter() if p.name().startswith("VLLM::EngineCor")]
os.kill(engine.pid, signal.{signal})
"""

ZOMBIES = """
import psutil
print([p.name() for p in psutil.process_iter() if p.status() == psutil.STATUS_ZOMBIE])
"""


def under_load(stack: LocalStack, fault: Callable[[], object], recovery_s: float = START_S) -> tuple[Answers, float]:
    """Do harm under load, and wait until every client gets answers again; return the moment of the harm."""
    with stack.load(CLIENTS) as answers:
        began = time.time()
        fault()
        struck = time.time()

        def flows_again() -> bool:
            gap_end = answers.good_after(struck + 3)
            return len(gap_end) >= 3 * CLIENTS

        eventually("answers flow again", flows_again, recovery_s + 30, stack.status)
    return answers, began


def noted(note: Note, what: str, answers: Answers, began: float) -> float:
    gap = answers.longest_gap_after(began)
    failures = answers.failures
    kinds = ", ".join(f"{failures.count(kind)} {kind}" for kind in sorted(set(failures)))
    note(what, f"{len(failures)} of {len(answers.rows)} failed ({kinds or 'none'}); longest silence {gap:.0f} s")
    return gap


@pytest.mark.node
def test_an_engine_is_killed(stack: LocalStack, note: Note) -> None:
    answers, began = under_load(stack, lambda: stack.in_worker(END_ENGINE.format(signal="SIGKILL")))
    assert noted(note, "engine killed (-9)", answers, began) < START_S
    assert len(answers.failures) <= CLIENTS
    assert "500" not in answers.failures
    assert stack.in_worker(ZOMBIES).strip() == "[]"


def test_an_engine_hangs(stack: LocalStack, note: Note) -> None:
    stack.wait_until_ready()
    answers, began = under_load(stack, lambda: stack.in_worker(END_ENGINE.format(signal="SIGSTOP")), START_S + 40)
    assert noted(note, "engine stopped (SIGSTOP)", answers, began) < START_S + 40
    assert len(answers.failures) <= 2 * CLIENTS  # streams are cut, and who asks again at once is refused once
    assert "500" not in answers.failures


@pytest.mark.node
def test_a_worker_is_deleted(stack: LocalStack, kubectl: Kubectl, note: Note) -> None:
    stack.wait_until_ready()
    (worker,) = stack.ready(WORKER)

    def delete() -> None:
        kubectl("delete", "pod", worker, "-n", NAMESPACE, "--wait=false")

    answers, began = under_load(stack, delete, READY_S)
    assert noted(note, "worker pod deleted", answers, began) < START_S
    assert answers.failures == []
    eventually("another worker is ready", lambda: set(stack.ready(WORKER)) - {worker}, READY_S, stack.status)
