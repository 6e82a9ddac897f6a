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

def create():
{create}

try:
    asyncio.run(start_engine(create, {timeout_s}))
except EngineStartError as error:
    print("RAISED", error, "CHILDREN", psutil.Process().children(recursive=True), flush=True)
"""


def raised(log: Path, create: str, timeout_s: float = 5) -> str:
    """Return what is raised of an engine that does not start, in a process of its own: its children are ended.

    Those of the process that tests run in may be Ray's, of the server that all tests share.
    """
    program = PROGRAM.format(create=textwrap.indent(textwrap.dedent(create), "    "), timeout_s=timeout_s)
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
