"""Stack local on a Kubernetes with a real node, once for all tests here, and the table of what was measured."""

import json
import os
import shlex
import subprocess
from collections.abc import Callable, Iterator

import pytest

from tests.kubernetes.image import image_archive
from tests.kubernetes.kubectl import Kubectl
from tests.kubernetes.local_stack import CLIENT, CLIENT_POD, LocalStack

KUBECONFIG_VARIABLE = "NEURONSERVE_TEST_NODE_KUBECONFIG"
LOAD_VARIABLE = "NEURONSERVE_TEST_LOAD_IMAGE"

TABLE: list[tuple[str, str]] = []

Note = Callable[[str, str], None]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "stack" in getattr(item, "fixturenames", []):
            item.add_marker(pytest.mark.timeout(900))  # the first builds the image


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if TABLE:
        terminalreporter.section("stack local on Kubernetes")
        for what, measured in TABLE:
            terminalreporter.write_line(f"{what:<44} {measured}")


@pytest.fixture(scope="session")
def note() -> Note:
    """Put a line into the table at the end."""
    return lambda what, measured: TABLE.append((what, measured))


@pytest.fixture(scope="session")
def kubectl() -> Kubectl:
    """kubectl on a throw-away cluster with a node, the KubeRay operator, and nothing that a test may not delete."""
    path = os.environ.get(KUBECONFIG_VARIABLE)
    if not path:
        pytest.skip(f"{KUBECONFIG_VARIABLE} is not set: no throw-away Kubernetes with a node (make test-kubernetes)")
    return Kubectl(path)


@pytest.fixture(scope="session")
def stack(kubectl: Kubectl, note: Note, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """The stack, applied and ready."""
    load = shlex.split(os.environ.get(LOAD_VARIABLE, "kind load image-archive"))
    subprocess.run([*load, str(archive := image_archive())], check=True, capture_output=True)
    note("image", f"{archive.stat().st_size / 1e9:.2f} GB")
    stack = LocalStack(kubectl, tmp_path_factory.mktemp("plan"))
    kubectl("apply", "--filename", "-", text=json.dumps(CLIENT_POD))
    try:
        note("apply to Ready", f"{stack.apply():.0f} s")
        kubectl("wait", f"pod/{CLIENT}", "-n", "default", "--for=condition=Ready", "--timeout=60s")
        yield stack
        note("deleted", f"{stack.delete():.0f} s")
    finally:
        stack.delete()
        kubectl("delete", "pod", CLIENT, "-n", "default", "--ignore-not-found")
