"""The real engine, found by a variable, and the life of each stack in it."""

import os
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from neuronserve.plan.project import load_project
from tests.conftest import KUBECONFIG_VARIABLE
from tests.engine.empty_cluster import EmptyCluster
from tests.engine.life import Life, live
from tests.engine.pulumi_cli import ROOT, Project
from tests.engine.severable import Relay

ENGINE_VARIABLE = "NEURONSERVE_TEST_ENGINE"
STACKS = load_project(ROOT).stacks


@pytest.fixture(scope="session")
def relay(kubeconfig: str) -> Iterator[Relay]:
    """Stand before the API server, to cut it off."""
    server = urlsplit(_read(kubeconfig)["clusters"][0]["cluster"]["server"])
    relay = Relay(str(server.hostname), server.port or 443)
    yield relay
    relay.close()


@pytest.fixture(scope="session")
def engine(kubeconfig: str, relay: Relay) -> dict[str, str]:
    """Return the environment in which `pulumi` is found, and what stands in for AWS."""
    folder = os.environ.get(ENGINE_VARIABLE)
    if not folder:
        pytest.skip(f"{ENGINE_VARIABLE} is not set: no folder with the Pulumi CLI and stand-ins for AWS")
    path = f"{folder}{os.pathsep}{os.environ['PATH']}"
    if not shutil.which("pulumi", path=path):
        pytest.fail(f"{ENGINE_VARIABLE} is {folder!r}, which has no pulumi, and neither has PATH")
    return {
        "PATH": path,
        "ENGINE_PYTHON": sys.executable,
        "KUBECONFIG": kubeconfig,
        "STANDIN_API": f"https://127.0.0.1:{relay.port}",
        "STANDIN_CA": _read(kubeconfig)["clusters"][0]["cluster"]["certificate-authority-data"],
        "STANDIN_TOKEN": _read(kubeconfig)["users"][0]["user"]["token"],
    }


@pytest.fixture(scope="session")
def empty_cluster(kubeconfig: str, engine: dict[str, str]) -> Iterator[EmptyCluster]:
    cluster = EmptyCluster(kubeconfig)
    if not cluster.crds:
        pytest.skip(f"{KUBECONFIG_VARIABLE} names a cluster without the CRDs of Karpenter and KubeRay")
    yield cluster
    cluster.with_crds()


@pytest.fixture(scope="session", params=STACKS)
def life(
    request: pytest.FixtureRequest,
    engine: dict[str, str],
    empty_cluster: EmptyCluster,
    tmp_path_factory: pytest.TempPathFactory,
) -> Life:
    project = Project.copied(tmp_path_factory.mktemp(request.param), request.param, engine)
    return live(project, empty_cluster)


def _read(kubeconfig: str) -> dict[str, Any]:
    access: dict[str, Any] = yaml.safe_load(Path(kubeconfig).read_text())
    return access
