"""One slow answer to a probe takes no endpoint away."""

import time

from tests.kubernetes.conftest import Note
from tests.kubernetes.local_stack import WORKER, LocalStack

SLOW_S = 9
"""Longer than a probe waits, and over before it has failed as often as counts."""

STOP_THE_PROXY = f"""
import psutil, time
(proxy,) = [p for p in psutil.process_iter() if p.name().startswith("ray::ProxyActor")]
proxy.suspend()
time.sleep({SLOW_S})
proxy.resume()
"""


def test_a_slow_probe_leaves_the_endpoint(stack: LocalStack, note: Note) -> None:
    stack.wait_until_ready()
    before = ready_since(stack)
    with stack.load(1) as answers:
        began = time.time()
        stack.in_worker(STOP_THE_PROXY)
        time.sleep(SLOW_S)  # what comes of it would come by now
    note("proxy stopped for 9 s", f"{len(answers.failures)} of {len(answers.rows)} failed")
    assert ready_since(stack) == before
    assert answers.failures == []
    assert answers.good_after(began)


def ready_since(stack: LocalStack) -> str:
    (worker,) = stack.ready_pods(WORKER)
    (condition,) = [condition for condition in worker["status"]["conditions"] if condition["type"] == "Ready"]
    return f"{condition['status']} since {condition['lastTransitionTime']}"
