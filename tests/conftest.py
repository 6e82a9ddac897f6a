"""Options, groups and fixtures for all tests."""

import functools
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from neuronserve.plan.plan import Plan

ROOT = Path(__file__).resolve().parent.parent
KUBECONFIG_VARIABLE = "NEURONSERVE_TEST_KUBECONFIG"

# The machine may be slow or busy: what is tested is behaviour, not speed.
settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--renew-golden", action="store_true", help="write the golden plans anew instead of comparing")


@pytest.hookimpl(tryfirst=True)  # before -m looks at the markers
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep in one process, where tests run in several, what shares the machine's Ray or the throw-away cluster."""
    for item in items:
        fixtures = getattr(item, "fixturenames", [])
        if "kubeconfig" in fixtures:
            item.add_marker("cluster")
        if "server" in fixtures:
            item.add_marker("server")
        for group in ("cluster", "server"):
            if item.get_closest_marker(group):
                item.add_marker(pytest.mark.xdist_group(group))
    # The shared server lives until the last test, and no other may start beside it.
    items.sort(key=lambda item: len({"server", "doomed_server"} & set(getattr(item, "fixturenames", []))))


@pytest.fixture(scope="session")
def kubeconfig() -> str:
    """Path of a throw-away cluster's kubeconfig; tests write into that cluster."""
    path = os.environ.get(KUBECONFIG_VARIABLE)
    if not path:
        pytest.skip(f"{KUBECONFIG_VARIABLE} is not set: no throw-away Kubernetes cluster to test against")
    return path


@pytest.fixture(scope="session")
def plan_of() -> "Callable[[str], Plan]":
    """Return the plan of one of this repository's stacks, made once for all tests: they must not change it."""
    from neuronserve.plan.program import synthesise

    return functools.cache(lambda stack: synthesise(ROOT, stack))


@pytest.fixture
def registrations(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return, by URN, what programs register: with the options, which a plan leaves out."""
    from neuronserve.plan.mocks import Monitor

    requests: dict[str, Any] = {}
    register = Monitor.RegisterResource

    def record(monitor: Monitor, request: Any) -> Any:
        requests[monitor.make_urn(request.parent, request.type, request.name)] = request
        return register(monitor, request)

    monkeypatch.setattr(Monitor, "RegisterResource", record)
    return requests
