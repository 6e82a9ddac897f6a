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
