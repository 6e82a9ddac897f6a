"""The load generator, in a process of its own: it needs packages that nothing else here does."""

import contextlib
import importlib.util
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

from neuronserve.bench import events
from neuronserve.bench.load import Load

RUNNER = Path(__file__).with_name("guidellm_runner.py")
PACKAGE = "guidellm"
KEY_VARIABLE = "NEURONSERVE_BENCH_KEY"
"""Where the runner looks for the API key: not among its arguments, which every user of a machine can read."""

PYTHON_VARIABLE = "NEURONSERVE_BENCH_PYTHON"
"""Environment variable with the Python that has guidellm, if it is another than this one."""

STOP_TIMEOUT_S = 10
LINES_OF_LOG = 5


def python_with_generator() -> str | None:
    """Return a Python that has the load generator; None if nobody has named one, and this one lacks it."""
    if named := os.environ.get(PYTHON_VARIABLE):
        return named
    return sys.executable if importlib.util.find_spec(PACKAGE) else None


def specification(load: Load, base_url: str, model: str, tokenizer: str) -> str:
    """Return the file that the runner reads."""
    return json.dumps(asdict(load) | {"base_url": base_url, "model": model, "tokenizer": tokenizer})


@contextlib.contextmanager
def running(python: str, text: str, api_key: str) -> Iterator[Iterator[str]]:
    """Start the generator and yield its lines as they come; end it, and all that it started, afterwards.

    Args:
        python: a Python with guidellm.
        text: what :func:`specification` returns.
        api_key: the server's; empty for none.

    Raises:
        GeneratorError: it cannot be started, or ends without having said why.
    """
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as log:
        file = Path(folder) / "load.json"
        file.write_text(text, encoding="utf-8")
        try:
            process = subprocess.Popen(  # noqa: S603 (no shell)
                [python, "-P", str(RUNNER), str(file)],
                cwd=folder,  # guidellm reads a file .env where it is started
                env=os.environ | {KEY_VARIABLE: api_key, "TOKENIZERS_PARALLELISM": "true"},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,  # so that Ctrl-C reaches us alone
            )
        except OSError as error:
            raise events.GeneratorError(f"{python} cannot be started: {error.strerror}") from None
        try:
            yield _lines(process)
            if process.wait():
                log.seek(0)
                said = log.read().decode(errors="replace").strip().splitlines()[-LINES_OF_LOG:]
                raise events.GeneratorError(f"it ended with {process.returncode}: {' '.join(said)}")
        finally:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait(STOP_TIMEOUT_S)


def _lines(process: subprocess.Popen[str]) -> Iterator[str]:
    if process.stdout is None:
        raise TypeError("the generator was started without a pipe")
    yield from process.stdout
