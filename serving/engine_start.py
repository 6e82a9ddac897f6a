"""Starting an engine so that it either runs or fails with its cause, inside a deadline.

vLLM starts processes of its own. When one of them fails or is killed, some versions wait for it without end, and the
cause is only in the log: so they are watched, the start has a deadline, and the log is asked for the cause.
"""

import asyncio
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TypeVar

from neuronserve.serving.processes import EngineProcesses, adopt_orphans, end_child_processes, killed_for_memory

LOG_PREFIX = r"(?:\([^)]*\) )?(?:[A-Z]+ [\d-]+ [\d:.]+ \[[^\]]*\] )?"
"""What vLLM puts before a line: ``(EngineCore pid=7) ERROR 11-23 17:00:00 [core.py:900] ``."""

CAUSE = re.compile(LOG_PREFIX + r"(?P<cause>(?:[a-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Interrupt)(?:: .*)?)$")
"""The line that ends a traceback: unlike the lines of code above it, it is not indented."""

TRACEBACK = "Traceback (most recent call last)"
CHECK_PERIOD_S = 1

FAILED = "EngineCore failed to start."
"""What vLLM's engine logs of its own failure, before it waits for its worker to end, which may wait itself (seen when
torch has no C++ compiler)."""

LOST_TIMEOUT_S = 15
"""What vLLM gets to say by itself why a process of its has ended, or that it has failed."""

UNBLOCK_TIMEOUT_S = 5

Engine = TypeVar("Engine")


class EngineStartError(RuntimeError):
    """The engine did not start; the message names the cause."""


async def start_engine(create: Callable[[], Engine], timeout_s: float) -> Engine:
    """Run ``create``, which blocks until the engine is ready, and return what it returns.

    Raises:
        EngineStartError: ``create`` failed, or had not returned after ``timeout_s`` seconds, or one of the engine's
            processes ended. All that it has started have been ended.
    """
    log, killed_before = ProcessLog(), killed_for_memory()
    adopt_orphans()
    loop = asyncio.get_running_loop()
    started: asyncio.Future[Engine] = loop.create_future()

    def settle(resolve: Callable[[], None]) -> None:
        if not started.done():
            resolve()

    def run() -> None:
        try:
            engine = create()
        except BaseException as error:
            failure = error
            loop.call_soon_threadsafe(settle, lambda: started.set_exception(_not_stop_iteration(failure)))
        else:
            loop.call_soon_threadsafe(settle, lambda: started.set_result(engine))

    # A daemon thread: one that never returns must not keep the replica's process alive.
    threading.Thread(target=run, name="engine-start", daemon=True).start()
    problem = await _problem(started, log, timeout_s)
    killed = killed_for_memory() - killed_before
    if problem or started.exception():
        end_child_processes()
    if problem:
        # Most hangs are waits for a child, and end with it.
        await asyncio.wait({started}, timeout=UNBLOCK_TIMEOUT_S)
        started.cancel()
    elif error := started.exception():
        problem = f"The engine failed to start: {_describe(error)}"
    else:
        return started.result()
    if killed:
        problem += f" Its container's memory was used up, and {killed} of its processes killed: give it more memory."
    raise EngineStartError(f"{problem} {log.cause()}".rstrip()) from (
        None if started.cancelled() else started.exception()
    )


async def _problem(started: "asyncio.Future[Engine]", log: "ProcessLog", timeout_s: float) -> str:
    """Wait until the start is over, and return why it will never be, or an empty string."""
    deadline = time.monotonic() + timeout_s
    processes = EngineProcesses()
    lost_at: float | None = None
    while not started.done():
        lost = processes.lost()
        if lost or log.has(FAILED):
            lost_at = lost_at or time.monotonic()
            if time.monotonic() - lost_at > LOST_TIMEOUT_S:
                if lost:
                    return f"The engine's process {', '.join(lost)} ended while it started."
                return "The engine failed to start, and did not end."
        if (left_s := deadline - time.monotonic()) <= 0:
            return (
                f"The engine was not ready after {timeout_s:g} s. "
                "If it was still loading or compiling, set engine_start_timeout_s higher."
            )
        await asyncio.wait({started}, timeout=min(CHECK_PERIOD_S, left_s))
    return ""


class ProcessLog:
    """What this process and its children write to standard output and error from now on.

    Ray points both at files, which the engine's processes inherit; where they are no files there is nothing to read.
    """

    def __init__(self) -> None:
        self._starts = {path: path.stat().st_size for path in self._files()}

    @staticmethod
    def _files() -> set[Path]:
        return {Path(f"/proc/self/fd/{number}").readlink() for number in (1, 2) if _is_file(number)}

    def has(self, text: str) -> bool:
        """Whether something has been written by now."""
        return any(text in written for _, written in self._written())

    def cause(self) -> str:
        """Return the first error of the log as a sentence, or an empty string."""
        for path, written in self._written():
            if cause := first_error(written):
                return f"First error in its log ({path}): {cause}"
        return ""

    def _written(self) -> Iterator[tuple[Path, str]]:
        for path, start in self._starts.items():
            with path.open(errors="replace") as file:
                file.seek(start)
                yield path, file.read()


def first_error(log: str) -> str:
    """Return the exception line that ends the first traceback in a log, or an empty string."""
    _, found, rest = log.partition(TRACEBACK)
    if found:
        for line in rest.splitlines():
            if match := CAUSE.match(line):
                return match["cause"]
    return ""


def _is_file(descriptor: int) -> bool:
    try:
        return Path(f"/proc/self/fd/{descriptor}").readlink().is_file()
    except OSError:
        return False


def _describe(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}"


def _not_stop_iteration(error: BaseException) -> BaseException:
    """A future takes every exception but StopIteration."""
    return RuntimeError(repr(error)) if isinstance(error, StopIteration) else error
