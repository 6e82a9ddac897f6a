"""Each example through the real engine: it comes, stays as it is, and goes without a trace."""

import os
import shutil
from pathlib import Path

import pytest

from tests.engine.conftest import ENGINE_VARIABLE, STAND_IN
from tests.engine.empty_cluster import EmptyCluster
from tests.engine.examples import Examples
from tests.engine.life import still_in_aws
from tests.engine.pulumi_cli import Project
from tests.examples.test_plans import PROGRAMS

PLATFORMS = {
    "batch": "org/neuronserve/inf2-8xlarge",
    "capacity-reservation": "org/neuronserve/trn1-32xlarge",
    "client": "org/neuronserve/inf2-8xlarge",
}
"""The stack that the setting ``platformStack`` of an example names."""
WITHOUT_AWS = {"client", "kind", "two-models", "two-stacks/namespace", "two-stacks/service"}
BRINGS_CRDS = {"kind", "own-vpc", "platform"}
STAYING = ("CustomResourceDefinition", "APIService")
"""CRDs outlive what brought them, and with them go the services of their APIs."""


@pytest.fixture
def examples(engine: dict[str, str], empty_cluster: EmptyCluster, tmp_path: Path) -> Examples:
    return Examples(tmp_path, engine, empty_cluster)


def comes_and_goes(project: Project) -> None:
    with project.gone_after_failure():
        project.preview()
        project.up().succeeded()
        assert set(project.up().succeeded().changes) == {"same"}
        project.destroy().succeeded()


@pytest.mark.parametrize("name", [name for name in PROGRAMS if not name.startswith("two-stacks")])
def test_an_example_comes_stays_and_goes(
    name: str, examples: Examples, empty_cluster: EmptyCluster, engine: dict[str, str]
) -> None:
    _skip_without_stand_ins(name, engine)
    empty_cluster.without_crds() if name in BRINGS_CRDS else empty_cluster.with_crds()
    before = empty_cluster.contents()
    project = examples.begun(name)
    if name in PLATFORMS:
        project.run("config", "set", "platformStack", examples.exporting(PLATFORMS[name])).succeeded()
    with empty_cluster.operated():
        comes_and_goes(project)
    assert {one for one in empty_cluster.contents() - before if not one.startswith(STAYING)} == set()
    assert {urn for urn in still_in_aws(project) if "LogGroup" not in urn} == set()


def test_a_namespace_and_a_service_of_two_stacks_come_stay_and_go(
    examples: Examples, empty_cluster: EmptyCluster
) -> None:
    empty_cluster.with_crds()
    before = empty_cluster.contents()
    namespace, service = (examples.begun(f"two-stacks/{name}") for name in ("namespace", "service"))
    service.run("config", "set", "namespaceStack", f"organization/two-stacks-namespace/{namespace.stack}").succeeded()
    with empty_cluster.operated(), namespace.gone_after_failure():
        namespace.up().succeeded()
        comes_and_goes(service)
        assert set(namespace.up().succeeded().changes) == {"same"}
        namespace.destroy().succeeded()
    assert empty_cluster.contents() - before == set()


def _skip_without_stand_ins(name: str, engine: dict[str, str]) -> None:
    if name in WITHOUT_AWS:
        return
    if not shutil.which(STAND_IN, path=os.environ[ENGINE_VARIABLE]) or not engine["STANDIN_TOKEN"]:
        pytest.skip("nothing stands in for AWS")
