import asyncio
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from neuronserve.serving.engine_start import first_error, start_engine

PROGRAM = """
import asyncio, subprocess, sys, time, psutil
from neuronserve.serving.engine_start import EngineStartError, start_engine
{before}

def create():
{create}

try:
    asyncio.run(start_engine(create, {timeout_s}))
except EngineStartError as error:
    print("RAISED", error, "CHILDREN", psutil.Process().children(recursive=True), flush=True)
"""


def raised(log: Path, create: str, timeout_s: float = 5, before: str = "") -> str:
    """Return what is raised of an engine that does not start, in a process of its own: its children are ended.

    Those of the process that tests run in may be Ray's, of the server that all tests share.
    """
    program = PROGRAM.format(
        create=textwrap.indent(textwrap.dedent(create), "    "), timeout_s=timeout_s, before=before
    )
    with log.open("w") as file:
        subprocess.run([sys.executable, "-c", program], stdout=file, stderr=file, timeout=60, check=True)
    return next(line for line in log.read_text().splitlines() if line.startswith("RAISED"))


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """The file that the process writes to."""
    return tmp_path / "replica.log"


def test_returns_the_engine() -> None:
    assert asyncio.run(start_engine(lambda: "engine", 5)) == "engine"


def test_a_failure_is_raised_with_its_cause(log: Path) -> None:
    assert "ValueError: the model has no weights" in raised(log, "raise ValueError('the model has no weights')")


def test_an_exit_is_a_failure(log: Path) -> None:
    assert "SystemExit" in raised(log, "sys.exit(3)")


def test_a_failure_ends_the_processes_it_started(log: Path) -> None:
    create = """
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
        raise RuntimeError("no cores")
    """
    assert raised(log, create).endswith("CHILDREN []")


def test_a_hang_ends_when_a_process_of_the_engine_has(log: Path) -> None:
    create = """
        from neuronserve.serving import engine_start
        engine_start.LOST_TIMEOUT_S = 1
        # The engine's worker is killed, as for want of memory, and the engine waits for it.
        name = "import setproctitle, time; setproctitle.setproctitle('VLLM::Worker'); time.sleep(600)"
        worker = subprocess.Popen([sys.executable, "-c", name])
        while "VLLM::Worker" not in psutil.Process(worker.pid).name():
            time.sleep(0.1)
        time.sleep(2)
        worker.kill()
        time.sleep(600)
    """
    began = time.monotonic()
    said = raised(log, create, timeout_s=60)
    assert "The engine's process VLLM::Worker ended while it started." in said
    assert time.monotonic() - began < 40
    assert said.endswith("CHILDREN []")


def test_a_hang_ends_when_the_engine_has_said_that_it_failed(log: Path) -> None:
    create = """
        from neuronserve.serving import engine_start
        engine_start.LOST_TIMEOUT_S = 1
        # The engine has failed and waits for its worker, which does not end.
        print("(EngineCore pid=7) ERROR 11-28 22:15:09 [core.py:1510] EngineCore failed to start.", file=sys.stderr)
        print("Traceback (most recent call last):", file=sys.stderr)
        print("InductorError: InvalidCxxCompiler: No working C++ compiler found", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-c", "import time; time.sleep(600)"])
    """
    began = time.monotonic()
    said = raised(log, create, timeout_s=50)
    assert time.monotonic() - began < 30
    assert "The engine failed to start, and did not end." in said
    assert "InvalidCxxCompiler: No working C++ compiler found" in said
    assert said.endswith("CHILDREN []")


def test_a_kill_for_want_of_memory_is_said(log: Path, tmp_path: Path) -> None:
    counts = tmp_path / "memory.events"
    counts.write_text("oom 2\noom_kill 0\noom_group_kill 0\n")
    place = f"processes.OOM_COUNTS = (pathlib.Path({str(counts)!r}),)"
    said = raised(
        log,
        f"""
        pathlib.Path({str(counts)!r}).write_text("oom 3\\noom_kill 1\\n")
        raise RuntimeError("Engine core initialization failed.")
        """,
        before=f"import pathlib; from neuronserve.serving import processes; {place}",
    )
    assert (
        "Engine core initialization failed. Its container's memory was used up, and 1 of its processes killed" in said
    )


@pytest.mark.slow
def test_a_hang_ends_at_the_deadline_with_the_cause_from_the_log(log: Path) -> None:
    create = """
        # A worker that fails, and an engine that waits for it without end.
        subprocess.run([sys.executable, "-c", "raise LookupError('no compiler')"])
        keeper = subprocess.Popen([sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"])
        time.sleep(600)
    """
    began = time.monotonic()
    said = raised(log, create, timeout_s=3)
    assert time.monotonic() - began < 40
    assert "was not ready after 3 s" in said
    assert "LookupError: no compiler" in said
    assert said.endswith("CHILDREN []")


def test_first_error_is_the_end_of_the_first_traceback() -> None:
    prefix = "(EngineCore pid=7) ERROR 11-23 17:00:00 [core.py:900] "
    lines = [
        "INFO starting",
        "Traceback (most recent call last):",
        '  File "a.py", line 1, in <module>',
        '    raise RuntimeError("not this line")',
        "torch._inductor.exc.InductorError: InvalidCxxCompiler: No working C++ compiler found",
        "During handling of the above exception, another exception occurred:",
        "RuntimeError: Engine core initialization failed.",
    ]
    expected = "torch._inductor.exc.InductorError: InvalidCxxCompiler: No working C++ compiler found"
    assert first_error("\n".join(lines)) == expected
    assert first_error("\n".join(prefix + line for line in lines)) == expected
    assert not first_error("INFO ValueError: mentioned, never raised")
