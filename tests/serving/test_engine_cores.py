import os
import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from neuronserve.serving.engine_cores import RAY_DIRECTORY, _is_of_ray, leave_cores_to_engine, use_given_cores

BIND = "import os, sys, time; os.sched_setaffinity(0, {int(core) for core in sys.argv[1:]}); print(); time.sleep(60)"
CORES = sorted(os.sched_getaffinity(0))

pytestmark = [
    pytest.mark.skipif(len(CORES) < 2, reason="one processor cannot be divided"),
    pytest.mark.xdist_group("server"),  # not beside a server, whose processes would be moved too
]


@pytest.fixture(autouse=True)
def same_cores_afterwards() -> Iterator[None]:
    before = {thread.id: os.sched_getaffinity(thread.id) for process in _family() for thread in _threads(process)}
    yield
    for thread, cores in before.items():
        if psutil.pid_exists(thread):
            os.sched_setaffinity(thread, cores)


def _family() -> list[psutil.Process]:
    """Return what `leave_cores_to_engine` takes for the processes of Ray: those that run other tests among them."""
    parent = psutil.Process().parent()
    return [parent, *parent.children(recursive=True)] if parent else [psutil.Process()]


def _threads(process: psutil.Process) -> list:
    try:
        return process.threads()
    except psutil.Error:
        return []


def child(*cores: int) -> subprocess.Popen:
    process = subprocess.Popen([sys.executable, "-c", BIND, *map(str, cores)], stdout=subprocess.PIPE)
    process.stdout.readline()  # it is bound
    return process


def end(*processes: subprocess.Popen) -> None:
    for process in processes:
        process.kill()
    for process in processes:
        process.wait()  # until then it counts as a child that is bound


def test_everything_else_makes_room_for_a_bound_worker() -> None:
    worker, other = child(CORES[0]), child(*CORES)
    try:
        leave_cores_to_engine()
        assert psutil.Process(worker.pid).cpu_affinity() == [CORES[0]]
        assert psutil.Process(other.pid).cpu_affinity() == CORES[1:]
        assert all(os.sched_getaffinity(thread.id) == set(CORES[1:]) for thread in psutil.Process().threads())
        use_given_cores()
        assert sorted(os.sched_getaffinity(0)) == CORES
    finally:
        end(worker, other)


@pytest.mark.parametrize("bound", [[], [CORES], [CORES[:1], CORES[1:]]], ids=["no child", "unbound", "nothing left"])
def test_nothing_moves_where_there_is_nothing_to_divide(bound: list[list[int]]) -> None:
    children = [child(*cores) for cores in bound]
    try:
        leave_cores_to_engine()
        assert sorted(os.sched_getaffinity(0)) == CORES
    finally:
        end(*children)


REPLICA = """
import os
from neuronserve.serving.engine_cores import use_given_cores
use_given_cores()
print(sorted(os.sched_getaffinity(0)))
"""
BOUND = "import os, subprocess, sys; os.sched_setaffinity(0, {int(sys.argv[1])}); subprocess.run(sys.argv[2:])"


def test_a_replica_has_the_cores_of_who_started_ray() -> None:
    """Even if an earlier replica has moved the raylet, and not more than a `taskset` around it all has left."""
    first, second = (str(core) for core in CORES[:2])
    bound = [sys.executable, "-c", BOUND]
    words = [*bound, first, *bound, second, sys.executable, "-c", REPLICA]
    assert subprocess.run(words, capture_output=True, text=True, check=True).stdout == f"[{first}]\n"


def test_processes_of_ray_are_told_by_what_they_are() -> None:
    script = subprocess.Popen([sys.executable, "-c", "input()", f"{RAY_DIRECTORY}/dashboard/dashboard.py"], stdin=-1)
    other = subprocess.Popen([sys.executable, "-c", "input()", "my-array-of-rays.py"], stdin=-1)
    try:
        assert _is_of_ray(psutil.Process(script.pid))
        assert not _is_of_ray(psutil.Process(other.pid))
    finally:
        end(script, other)
