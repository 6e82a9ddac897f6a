"""Processors for the engine alone, when it runs on the CPU.

vLLM binds its worker's threads to processors, and leaves the others to everything else. Nothing keeps everything else
there: Linux puts Ray's many small processes on the engine's processors as well, and each time a step waits for them.
"""

import contextlib
import os
from pathlib import Path

import psutil
import ray

RAY_DIRECTORY = Path(ray.__file__).parent
"""Where Ray's programs and scripts are."""


def use_given_cores() -> None:
    """Allow this process every processor that Ray was given, so that an engine that it starts can choose.

    Ray starts a replica with the processors of its raylet, which an earlier replica may have moved. Who started Ray was
    not moved, and has those that its user, by ``taskset`` say, let it have.
    """
    raylet = _raylet(psutil.Process())
    starter = raylet.parent() if raylet else None
    if starter is not None:
        os.sched_setaffinity(0, _affinity(starter))


def leave_cores_to_engine() -> None:
    """Move this process, Ray's and the engine's others off the processors that the engine's workers are bound to.

    Does nothing where no process below this one is bound, or where the workers have every processor.
    """
    allowed = os.sched_getaffinity(0)
    here = psutil.Process()
    workers = [process for process in here.children(recursive=True) if _affinity(process) < allowed]
    rest = allowed - {core for worker in workers for core in _affinity(worker)}
    if not workers or not rest:
        return
    for process in {here, *_processes_of_ray(here)} - set(workers):
        with contextlib.suppress(OSError, psutil.Error):  # it may have ended, or belong to somebody else
            for thread in process.threads():
                os.sched_setaffinity(thread.id, rest)


def _affinity(process: psutil.Process) -> set[int]:
    with contextlib.suppress(psutil.Error):
        return set(process.cpu_affinity())
    return set(os.sched_getaffinity(0))


def _processes_of_ray(replica: psutil.Process) -> list[psutil.Process]:
    """Return the raylet that started a replica, what it started, and the processes of Ray beside it."""
    raylet = _raylet(replica)
    if raylet is None:
        return []
    starter = raylet.parent()
    beside = [process for process in starter.children() if _is_of_ray(process)] if starter else []
    return [raylet, *raylet.children(recursive=True), *beside]


def _raylet(replica: psutil.Process) -> psutil.Process | None:
    """Return the raylet that started a replica; None if the replica has outlived it, and has init for its parent."""
    parent = replica.parent()
    return parent if parent and _is_of_ray(parent) else None


def _is_of_ray(process: psutil.Process) -> bool:
    """Whether a process is one of Ray's own: by its program, its script, or the name that Ray has given it."""
    return any(word.startswith(("ray::", "ray-dashboard", f"{RAY_DIRECTORY}/")) for word in _command(process))


def _command(process: psutil.Process) -> list[str]:
    with contextlib.suppress(psutil.Error):
        return list(process.cmdline())
    return []
