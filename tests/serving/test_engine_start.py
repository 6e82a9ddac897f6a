import asyncio
import subprocess
import sys
import textwrap
import time

import psutil
import pytest

from neuronserve.serving.engine_start import EngineStartError, first_error, start_engine

HANGING_ENGINE = """
    import asyncio, subprocess, sys, time, psutil
    from neuronserve.serving.engine_start import EngineStartError, start_engine

    def create():
        # A worker that fails, and an engine that waits for it without end.
        subprocess.run([sys.executable, "-c", "raise LookupError('no compiler')"])
        keeper = subprocess.Popen([sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"])
        time.sleep(600)

    try:
        asyncio.run(start_engine(create, 3))
    except EngineStartError as error:
        print("RAISED", error, "CHILDREN", psutil.Process().children(recursive=True), flush=True)
    """


def test_returns_the_engine() -> None:
    assert asyncio.run(start_engine(lambda: "engine", 5)) == "engine"


def test_a_failure_is_raised_with_its_cause() -> None:
    def create() -> None:
        raise ValueError("the model has no weights")

    with pytest.raises(EngineStartError, match="ValueError: the model has no weights"):
        asyncio.run(start_engine(create, 5))


def test_an_exit_is_a_failure() -> None:
    with pytest.raises(EngineStartError, match="SystemExit"):
        asyncio.run(start_engine(lambda: sys.exit(3), 5))


def test_a_failure_ends_the_processes_it_started() -> None:
    started: list[subprocess.Popen[bytes]] = []

    def create() -> None:
        started.append(subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"]))
        raise RuntimeError("no cores")

    with pytest.raises(EngineStartError):
        asyncio.run(start_engine(create, 5))
    assert not psutil.pid_exists(started[0].pid) or started[0].poll() is not None


@pytest.mark.slow
def test_a_hang_ends_at_the_deadline_with_the_cause_from_the_log(tmp_path) -> None:
    log = tmp_path / "replica.log"
    began = time.monotonic()
    with log.open("w") as file:
        subprocess.run(
            [sys.executable, "-c", textwrap.dedent(HANGING_ENGINE)],
            stdout=file,
            stderr=file,
            timeout=60,
            check=True,
        )
    assert time.monotonic() - began < 40
    raised = next(line for line in log.read_text().splitlines() if line.startswith("RAISED"))
    assert "was not ready after 3 s" in raised
    assert "LookupError: no compiler" in raised
    assert raised.endswith("CHILDREN []")


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
