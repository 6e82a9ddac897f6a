"""One import of vLLM for all processes of an engine on the CPU.

vLLM spawns these there, one from the other, and each imports all of it anew: much of the time that a small model takes
to start. Here Python's own fork server imports it once, while the replica does, and is forked for the engine, which
forks its workers, as vLLM does elsewhere.
"""

import importlib
import importlib.util
import os
from collections.abc import Callable
from multiprocessing import forkserver, get_context
from multiprocessing.context import BaseContext, ForkServerContext, ForkServerProcess
from pathlib import Path
from typing import Any

STARTING_MODULES = ("vllm.v1.engine.utils", "vllm.v1.executor.multiproc_executor")
"""Where vLLM starts processes, with a context that it asks ``get_mp_context`` for."""

FURTHER_MODULES = ("vllm.v1.engine.core", "vllm.v1.worker.cpu_worker")
"""What the processes need besides."""

LIBRARIES = {"torch": "lib/libgomp*.so*", "vllm": "libs/libtcmalloc*.so*"}
"""What vLLM has its processes preload on the CPU, by package (``CpuPlatform.check_and_update_config``)."""

PRELOAD = "LD_PRELOAD"
SERVER_NAME = "ForkServer"
"""Behind vLLM's own prefix."""


def start() -> None:
    """Start the server, import vLLM here too, and have it fork its processes from the server.

    These have the processors and the output that this process has now, and the environment that it has then. What vLLM
    wants preloaded and the server has not cannot come in later: then the processes are spawned, as without it.
    """
    os.environ[PRELOAD] = preloaded = ":".join(filter(None, [*_libraries(), os.environ.get(PRELOAD)]))
    forkserver.set_forkserver_preload([f"{__package__}.fork_server_modules"])
    forkserver.ensure_running()
    import_modules(lambda: EngineContext() if os.environ.get(PRELOAD) == preloaded else get_context("spawn"))


def import_modules(context: Callable[[], BaseContext]) -> None:
    """Import what an engine's processes need, and have vLLM start processes with a context."""
    for name in FURTHER_MODULES:
        importlib.import_module(name)
    for name in STARTING_MODULES:
        module: Any = importlib.import_module(name)
        module.get_mp_context = context


def name_server() -> None:
    """Name this process as vLLM names its own; one that it forks could not be, were the first name given there."""
    importlib.import_module("vllm.utils.system_utils").set_process_title(SERVER_NAME)


class _InEnvironment:
    """Does in a process of the server's what it is for, in the environment of who started it."""

    def __init__(self, target: Callable[..., object] | None) -> None:
        self._target, self._environment = target, dict(os.environ)

    def __call__(self, *args: Any, **kwargs: Any) -> None:
        os.environ.clear()
        os.environ.update(self._environment)
        if self._target:
            self._target(*args, **kwargs)


class _Process(ForkServerProcess):
    def __init__(
        self, group: None = None, target: Callable[..., object] | None = None, *args: Any, **kwargs: Any
    ) -> None:
        super().__init__(group, _InEnvironment(target), *args, **kwargs)


class EngineContext(ForkServerContext):
    """Forks processes from the server; each gets the environment of who starts it."""

    Process = _Process


def _libraries() -> list[str]:
    found = []
    for package, pattern in LIBRARIES.items():
        spec = importlib.util.find_spec(package)
        for place in (spec.submodule_search_locations or []) if spec else []:
            found += [str(library) for library in sorted(Path(place).glob(pattern))[:1]]
    return found
