import json
import os
import subprocess
import sys

import psutil
import pytest

from neuronserve.serving.engine_cores import RAY_DIRECTORY, _is_of_ray

CORES = sorted(os.sched_getaffinity(0))
RAYLET = f"{RAY_DIRECTORY}/core/src/ray/raylet/raylet"
RUN = "import os, subprocess, sys; os.sched_setaffinity(0, json.loads(sys.argv[1])); subprocess.run(sys.argv[3:])"
REPLICA = """
import json, os, subprocess, sys
import psutil
from neuronserve.serving.engine_cores import leave_cores_to_engine, use_given_cores

BIND = "import json, os, sys; os.sched_setaffinity(0, json.loads(sys.argv[1])); print(flush=True); input()"
children = []
for cores in json.loads(sys.argv[1]):
    children.append(subprocess.Popen([sys.executable, "-c", BIND, json.dumps(cores)], stdin=-1, stdout=-1))
    children[-1].stdout.readline()  # it is bound
leave_cores_to_engine()
print(json.dumps({
    "parent": psutil.Process().parent().cpu_affinity(),
    "threads": sorted({core for thread in psutil.Process().threads() for core in os.sched_getaffinity(thread.id)}),
    "children": [psutil.Process(child.pid).cpu_affinity() for child in children],
    "given": use_given_cores() or sorted(os.sched_getaffinity(0)),
}))
for child in children:
    child.communicate(b"end")
"""

pytestmark = pytest.mark.skipif(len(CORES) < 2, reason="one processor cannot be divided")


def replica(*children: list[int], parent: str = RAYLET, starter: list[int] = CORES, own: list[int] = CORES) -> dict:
    """Return the processors of a replica's family after it has left its engine's, and its own after it takes the given.

    The children are bound to the processors given. The replica's parent has those of ``own``, and starts with
    ``parent`` in its command; its own parent has those of ``starter``.
    """
    run = [sys.executable, "-c", f"import json; {RUN}"]
    words = [sys.executable, "-c", REPLICA, json.dumps(children)]
    command = [*run, json.dumps(starter), "starter", *run, json.dumps(own), parent, *words]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def test_everything_else_makes_room_for_a_bound_worker() -> None:
    seen = replica(CORES[:1], CORES)
    assert seen == {"parent": CORES[1:], "threads": CORES[1:], "children": [CORES[:1], CORES[1:]], "given": CORES}


@pytest.mark.parametrize("bound", [[], [CORES], [CORES[:1], CORES[1:]]], ids=["no child", "unbound", "nothing left"])
def test_nothing_moves_where_there_is_nothing_to_divide(bound: list[list[int]]) -> None:
    assert replica(*bound) == {"parent": CORES, "threads": CORES, "children": bound, "given": CORES}


def test_a_replica_has_the_cores_of_who_started_ray() -> None:
    """Even if an earlier replica has moved the raylet, and not more than a `taskset` around it all has left."""
    assert replica(starter=CORES[:1], own=CORES[1:])["given"] == CORES[:1]


def test_only_ray_is_moved() -> None:
    """A replica that has outlived its raylet is a child of init, and all that is started later would move with that."""
    seen = replica(CORES[:1], parent="init")
    assert seen == {"parent": CORES, "threads": CORES[1:], "children": [CORES[:1]], "given": CORES[1:]}


def test_processes_of_ray_are_told_by_what_they_are() -> None:
    script = subprocess.Popen([sys.executable, "-c", "input()", f"{RAY_DIRECTORY}/dashboard/dashboard.py"], stdin=-1)
    other = subprocess.Popen([sys.executable, "-c", "input()", "my-array-of-rays.py"], stdin=-1)
    try:
        assert _is_of_ray(psutil.Process(script.pid))
        assert not _is_of_ray(psutil.Process(other.pid))
    finally:
        for process in (script, other):
            process.communicate(b"end")
