import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

from neuronserve.plan.mocks import Monitor


@pytest.fixture
def registrations(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Return, by URN, what programs register: with the options, which a plan leaves out."""
    requests: dict[str, Any] = {}
    register = Monitor.RegisterResource

    def record(monitor: Monitor, request: Any) -> Any:
        requests[monitor.make_urn(request.parent, request.type, request.name)] = request
        return register(monitor, request)

    monkeypatch.setattr(Monitor, "RegisterResource", record)
    return requests


@pytest.fixture
def event_loop() -> Iterator[None]:
    """Let a test make Outputs outside of a program."""
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield
    asyncio.set_event_loop(None)
    loop.close()
