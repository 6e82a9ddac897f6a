"""Options and fixtures for all tests."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

ROOT = Path(__file__).resolve().parent.parent
KUBECONFIG_VARIABLE = "NEURONSERVE_TEST_KUBECONFIG"

# The machine may be slow or busy: what is tested is behaviour, not speed.
settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--renew-golden", action="store_true", help="write the golden plans anew instead of comparing")


@pytest.fixture(scope="session")
def kubeconfig() -> str:
    """Path of a throw-away cluster's kubeconfig; tests write into that cluster."""
    path = os.environ.get(KUBECONFIG_VARIABLE)
    if not path:
        pytest.skip(f"{KUBECONFIG_VARIABLE} is not set: no throw-away Kubernetes cluster to test against")
    return path
