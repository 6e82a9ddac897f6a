"""The processes of an engine on the CPU are forked from one server that has imported vLLM."""

import os
from pathlib import Path

import psutil
import pytest

from neuronserve.serving import fork_server
from neuronserve.serving.fork_server import PRELOAD, SERVER_NAME, EngineContext
from neuronserve.serving.processes import ENGINE_PREFIX
from tests.serving.conftest import Server

VARIABLE = "SET_AFTER_THE_SERVER_STARTED"


def write_variable(file: Path) -> None:
    file.write_text(os.environ.get(VARIABLE, "unset"))


def test_an_engines_processes_come_from_the_server(server: Server) -> None:
    # Those of a replica that another test has ended may not have been waited for yet.
    below = [one for one in psutil.Process().children(recursive=True) if one.status() != psutil.STATUS_ZOMBIE]
    (forking,) = (process for process in below if process.name() == ENGINE_PREFIX + SERVER_NAME)
    engine = {process for process in below if process.name().startswith(ENGINE_PREFIX)} - {forking}
    assert engine
    assert engine <= set(forking.children(recursive=True))


def test_a_process_has_the_environment_of_who_starts_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    context = EngineContext()
    for value in ("first", "second"):
        monkeypatch.setenv(VARIABLE, value)
        process = context.Process(target=write_variable, args=(tmp_path / value,))
        process.start()
        process.join(60)
        assert process.exitcode == 0
        assert (tmp_path / value).read_text() == value


def test_what_the_server_lacks_is_spawned_with(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(PRELOAD, "")
    monkeypatch.setattr(fork_server, "_libraries", list)
    monkeypatch.setattr(fork_server.forkserver, "set_forkserver_preload", lambda modules: None)
    monkeypatch.setattr(fork_server.forkserver, "ensure_running", lambda: None)
    contexts = []
    monkeypatch.setattr(fork_server, "import_modules", contexts.append)
    fork_server.start()
    (context,) = contexts
    assert isinstance(context(), EngineContext)
    monkeypatch.setenv(PRELOAD, "libtcmalloc.so")
    assert context().get_start_method() == "spawn"
