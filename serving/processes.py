"""The processes that an engine starts: none of them outlives its replica, or stays as a zombie.

In a pod nobody else waits for those that have lost their parent: the first process there is ``ray start``, or one of
Kubernetes' own.
"""

import contextlib
import ctypes
import sys
from pathlib import Path

import psutil

END_TIMEOUT_S = 5

PR_SET_CHILD_SUBREAPER = 36
"""``prctl``'s option, of ``linux/prctl.h``."""

ENGINE_PREFIX = "VLLM::"
"""How vLLM's processes begin their names: ``VLLM::EngineCore``, ``VLLM::Worker``."""

OOM_COUNTS = (Path("/sys/fs/cgroup/memory.events"), Path("/sys/fs/cgroup/memory/memory.oom_control"))
"""Where the kernel counts, in a line ``oom_kill 1``, what it has killed in this container: cgroups v2 and v1."""


def adopt_orphans() -> None:
    """Become the parent of each process below this one whose own parent ends."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def end_child_processes() -> None:
    """Kill every process that this one has started, and theirs, and wait until they are gone."""
    children = psutil.Process().children(recursive=True)
    for child in children:
        with contextlib.suppress(psutil.NoSuchProcess):
            child.kill()
    psutil.wait_procs(children, timeout=END_TIMEOUT_S)


class EngineProcesses:
    """The processes of an engine that is starting."""

    def __init__(self) -> None:
        self._known: dict[psutil.Process, str] = {}

    def lost(self) -> list[str]:
        """Return the names of those that have ended since they were first seen here."""
        for child in psutil.Process().children(recursive=True):
            with contextlib.suppress(psutil.Error):
                if (name := child.name()).startswith(ENGINE_PREFIX):
                    self._known[child] = name
        return [name for process, name in self._known.items() if not _runs(process)]


def _runs(process: psutil.Process) -> bool:
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def killed_for_memory() -> int:
    """Return how many processes of this container were killed because its memory was used up."""
    for file in OOM_COUNTS:
        with contextlib.suppress(OSError):
            for line in file.read_text().splitlines():
                name, _, count = line.partition(" ")
                if name == "oom_kill":
                    return int(count)
    return 0
