"""Stack local on a Kubernetes with a real node, once for all tests here, and the table of what was measured."""

import json
import os
import shlex
import time
from collections.abc import Callable, Iterator

import pytest

from tests.kubernetes.image import image_archive
from tests.kubernetes.kubectl import Kubectl
from tests.kubernetes.local_stack import CLIENT, CLIENT_POD, LocalStack
from tests.kubernetes.throw_away import Cluster, throw_away
from tests.kubernetes_programs import unpacked

KUBECONFIG_VARIABLE = "NEURONSERVE_TEST_NODE_KUBECONFIG"
LOAD_VARIABLE = "NEURONSERVE_TEST_LOAD_IMAGE"
PROGRAM_VARIABLE = "NEURONSERVE_TEST_CLUSTER"

TABLE: list[tuple[str, str]] = []

Note = Callable[[str, str], None]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "stack" in getattr(item, "fixturenames", []):
            item.add_marker(pytest.mark.timeout(1800))  # the first builds the image


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
def cluster() -> Iterator[Cluster]:
    """A throw-away cluster with a node, the KubeRay operator, and nothing that a test may not delete."""
    path, program = os.environ.get(KUBECONFIG_VARIABLE), os.environ.get(PROGRAM_VARIABLE)
    if path:
        yield Cluster(path, shlex.split(os.environ.get(LOAD_VARIABLE, "kind load image-archive")), base=None)
    elif program:
        with throw_away(program) as cluster:
            yield cluster
    else:
        pytest.skip(
            f"no Kubernetes with a node to test on: set {KUBECONFIG_VARIABLE} to the kubeconfig of a throw-away one, "
            "such as kind's, with the KubeRay operator (docs/local-stack.md)"
        )


@pytest.fixture(scope="session")
def kubectl(cluster: Cluster, tmp_path_factory: pytest.TempPathFactory) -> Kubectl:
    return Kubectl(str(unpacked("kubectl", tmp_path_factory.mktemp("kubectl"))), cluster.kubeconfig)


@pytest.fixture(scope="session")
def image(cluster: Cluster, note: Note) -> None:
    """The serving image in the cluster's nodes."""
    began = time.monotonic()
    archive = image_archive(cluster.base)
    note("image", f"{archive.stat().st_size / 1e9:.2f} GB, there after {time.monotonic() - began:.0f} s")
    began = time.monotonic()
    cluster.load(archive)
    note("image loaded", f"{time.monotonic() - began:.0f} s")


@pytest.fixture(scope="session")
def stack(image: None, kubectl: Kubectl, note: Note, tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalStack]:
    """The stack, applied and ready."""
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
