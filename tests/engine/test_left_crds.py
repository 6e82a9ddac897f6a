"""CRDs outlive their stack, and the next stack in the cluster looks after them, also in another version."""

from dataclasses import dataclass
from typing import Any

import pytest
import yaml

from tests.engine.empty_cluster import CRDS, EmptyCluster
from tests.engine.life import CHARTS, prepared_with_kuberay
from tests.engine.pulumi_cli import Project

NAMES = {f"{kind}.ray.io" for kind in ("rayclusters", "rayjobs", "rayservices", "raycronjobs")}
NEW = "in another version"


@dataclass
class Left:
    """CRDs by name: what the first stack left, and what the next one and one after it made of that."""

    by_first: dict[str, Any]
    by_next: dict[str, Any]
    said_of_another: str


@pytest.fixture(scope="module")
def left(engine: dict[str, str], empty_cluster: EmptyCluster, tmp_path_factory: pytest.TempPathFactory) -> Left:
    project = prepared_with_kuberay(Project.copied(tmp_path_factory.mktemp("left"), "local", engine), empty_cluster)

    def crds() -> dict[str, Any]:
        return {crd["metadata"]["name"]: crd for crd in empty_cluster.call(CRDS)["items"]}

    with empty_cluster.operated(), project.gone_after_failure():
        project.up().succeeded()
        project.destroy().succeeded()
        by_first = crds()
        for file in (project.project / CHARTS).rglob("crds/*.yaml"):
            crd = yaml.safe_load(file.read_text())
            for version in crd["spec"]["versions"]:
                version["schema"]["openAPIV3Schema"]["description"] = NEW
            file.write_text(yaml.safe_dump(crd))
        project.up().succeeded()
        by_next = crds()
        project.destroy().succeeded()
        # As somebody else's tool would have made them.
        empty_cluster.without_crds()
        empty_cluster.with_crds()
        said = project.up().failed().said
        project.destroy().succeeded()
    return Left(by_first, by_next, said)


def descriptions(crds: dict[str, Any]) -> set[str | None]:
    schemas = [version["schema"]["openAPIV3Schema"] for name in NAMES for version in crds[name]["spec"]["versions"]]
    return {schema.get("description") for schema in schemas}


def test_they_stay(left: Left) -> None:
    assert left.by_first.keys() >= NAMES
    assert NEW not in descriptions(left.by_first)


def test_the_next_stack_brings_them_to_its_version(left: Left) -> None:
    assert descriptions(left.by_next) == {NEW}


def test_those_of_somebody_else_are_a_conflict(left: Left) -> None:
    assert "conflict" in left.said_of_another
