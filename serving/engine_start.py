"""Starting an engine so that it either runs or fails with its cause, inside a deadline.

vLLM starts processes of its own. When one of them fails, some versions wait for it without end, and the cause is only
in the log: so the start has a deadline, after which the processes are ended and the log is asked for the cause.
"""

import asyncio
import contextlib
import re
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

import psutil

LOG_PREFIX = r"(?:\([^)]*\) )?(?:[A-Z]+ [\d-]+ [\d:.]+ \[[^\]]*\] )?"
"""What vLLM puts before a line: ``(EngineCore pid=7) ERROR 11-23 17:00:00 [core.py:900] ``."""

CAUSE = re.compile(LOG_PREFIX + r"(?P<cause>(?:[a-z_]\w*\.)*[A-Z]\w*(?:Error|Exception|Interrupt)(?:: .*)?)$")
"""The line that ends a traceback: unlike the lines of code above it, it is not indented."""

TRACEBACK = "Traceback (most recent call last)"
UNBLOCK_TIMEOUT_S = 5

Engine = TypeVar("Engine")


class EngineStartError(RuntimeError):
    """The engine did not start; the message names the cause."""


async def start_engine(create: Callable[[], Engine], timeout_s: float) -> Engine:
    """Run ``create``, which blocks until the engine is ready, and return what it returns.

    Raises:
        EngineStartError: ``create`` failed, or had not returned after ``timeout_s`` seconds. The processes that it
            started have been ended.
    """
    log = ProcessLog()
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
    done, _ = await asyncio.wait({started}, timeout=timeout_s)
    if not done:
        end_child_processes()
        # Most hangs are waits for a child, and end with it.
        done, _ = await asyncio.wait({started}, timeout=UNBLOCK_TIMEOUT_S)
        started.cancel()
        raise EngineStartError(
            f"The engine was not ready after {timeout_s:g} s. {log.cause() or 'Its log names no error.'} "
            "If it was still loading or compiling, set engine_start_timeout_s higher."
        )
    if error := started.exception():
        end_child_processes()
        raise EngineStartError(f"The engine failed to start: {_describe(error)} {log.cause()}".rstrip()) from error
    return started.result()


def end_child_processes() -> None:
    """Kill every process that this one has started, and theirs, and wait until they are gone."""
    children = psutil.Process().children(recursive=True)
    for child in children:
        with contextlib.suppress(psutil.NoSuchProcess):
            child.kill()
    psutil.wait_procs(children, timeout=UNBLOCK_TIMEOUT_S)


class ProcessLog:
    """What this process and its children write to standard output and error from now on.

    Ray points both at files, which the engine's processes inherit; where they are no files there is nothing to read.
    """

    def __init__(self) -> None:
        self._starts = {path: path.stat().st_size for path in self._files()}

    @staticmethod
    def _files() -> set[Path]:
        return {Path(f"/proc/self/fd/{number}").readlink() for number in (1, 2) if _is_file(number)}

    def cause(self) -> str:
        """Return the first error of the log as a sentence, or an empty string."""
        for path, start in self._starts.items():
            with path.open(errors="replace") as file:
                file.seek(start)
                if cause := first_error(file.read()):
                    return f"First error in its log ({path}): {cause}"
        return ""


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
