"""The real engine, found by a variable, and the life of each stack in it."""

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import yaml

from neuronserve.plan.project import load_project, load_stack_config
from tests.conftest import KUBECONFIG_VARIABLE
from tests.engine.empty_cluster import EmptyCluster
from tests.engine.life import Life, live
from tests.engine.pulumi_cli import ROOT, Project
from tests.engine.severable import Relay

ENGINE_VARIABLE = "NEURONSERVE_TEST_ENGINE"
STAND_IN = "pulumi-resource-aws"
LIFE_S = 3600
STACKS = load_project(ROOT).stacks
PROJECTS = pytest.StashKey[list[Project]]()
"""The stacks that were led through the engine, for the table at the end."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give a stack's life, which is the fixture of a test, the time that it takes."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.timeout(LIFE_S))


def pytest_configure(config: pytest.Config) -> None:
    config.stash[PROJECTS] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print what each command of Pulumi's came to, in order, and what it took."""
    for project in config.stash[PROJECTS]:
        terminalreporter.section(f"Pulumi's commands for stack {project.stack}", "-")
        for run in project.runs:
            counted = ", ".join(f"{number} {what}" for what, number in sorted(run.changes.items()))
            terminalreporter.write_line(f"{run.command.partition(' --')[0]:24}{run.seconds:6.0f} s  {counted}")


@pytest.fixture(scope="session")
def access(kubeconfig: str) -> dict[str, Any]:
    """Return server and user of the throw-away cluster's kubeconfig."""
    known = yaml.safe_load(Path(kubeconfig).read_text())
    return {**known["clusters"][0]["cluster"], **known["users"][0]["user"]}


@pytest.fixture(scope="session")
def relay(access: dict[str, Any]) -> Iterator[Relay]:
    """Stand before the API server, to cut it off."""
    server = urlsplit(access["server"])
    relay = Relay(str(server.hostname), server.port or 443)
    yield relay
    relay.close()


@pytest.fixture(scope="session")
def engine(kubeconfig: str, access: dict[str, Any], relay: Relay) -> dict[str, str]:
    """Return the environment in which `pulumi` is found, and what stands in for AWS."""
    folder = os.environ.get(ENGINE_VARIABLE)
    if not folder:
        pytest.skip(f"{ENGINE_VARIABLE} is not set: no folder with the Pulumi CLI and stand-ins for AWS")
    # This Python before others on PATH, one of which may be a shim that puts another `aws` before the stand-in.
    path = os.pathsep.join([folder, str(Path(sys.executable).parent), os.environ["PATH"]])
    if shutil.which(STAND_IN, path=folder):
        path = os.pathsep.join([str(Path(__file__).parent / "stand_in"), path])
    if not shutil.which("pulumi", path=path):
        pytest.fail(f"{ENGINE_VARIABLE} is {folder!r}, which has no pulumi, and neither has PATH")
    return {
        "PATH": path,
        "ENGINE_PYTHON": sys.executable,
        "KUBECONFIG": kubeconfig,
        "STANDIN_API": f"https://127.0.0.1:{relay.port}",
        "STANDIN_CA": access.get("certificate-authority-data", ""),
        "STANDIN_TOKEN": access.get("token", ""),
    }


@pytest.fixture(scope="session")
def empty_cluster(kubeconfig: str) -> Iterator[EmptyCluster]:
    cluster = EmptyCluster(kubeconfig)
    if not cluster.crds:
        pytest.skip(f"{KUBECONFIG_VARIABLE} names a cluster without the CRDs of Karpenter and KubeRay")
    yield cluster
    cluster.with_crds()


@pytest.fixture(scope="session")
def lives(
    engine: dict[str, str],
    empty_cluster: EmptyCluster,
    tmp_path_factory: pytest.TempPathFactory,
    pytestconfig: pytest.Config,
) -> Callable[[str], Life]:
    """Return the life of a stack, led once; one that failed fails again for every test."""
    told: dict[str, Life | Exception] = {}

    def life(stack: str) -> Life:
        _skip_without_stand_ins(stack, engine)
        if stack not in told:
            project = Project.copied(tmp_path_factory.mktemp(stack), stack, engine)
            pytestconfig.stash[PROJECTS].append(project)
            try:
                told[stack] = live(project, empty_cluster)
            except Exception as error:
                told[stack] = error
        known = told[stack]
        if isinstance(known, Exception):
            raise known
        return known

    return life


@pytest.fixture(params=STACKS)
def life(request: pytest.FixtureRequest, lives: Callable[[str], Life]) -> Life:
    """Return the life of a stack, from its first preview to its end."""
    return lives(request.param)


def _skip_without_stand_ins(stack: str, engine: dict[str, str]) -> None:
    if "aws:region" not in load_stack_config(load_project(ROOT), stack).values:
        return
    if not shutil.which(STAND_IN, path=os.environ[ENGINE_VARIABLE]):
        pytest.skip(f"{ENGINE_VARIABLE} names a folder without {STAND_IN}: nothing stands in for AWS")
    if not engine["STANDIN_TOKEN"]:
        pytest.skip(f"{KUBECONFIG_VARIABLE} names a kubeconfig whose user has no token, as a user of EKS has")
