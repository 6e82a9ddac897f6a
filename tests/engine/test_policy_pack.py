"""The policy pack, run by the real engine over what it is about to make: it says what the check says of the plan."""

import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from neuronserve.facts.policy_rules import RuleId
from tests.engine.agreement import INSIDE_REMOTE
from tests.engine.changes import CHANGES_STACK
from tests.engine.empty_cluster import EmptyCluster
from tests.engine.life import prepared
from tests.engine.pulumi_cli import ROOT, Project, Run

PACK = ROOT / "policy"
EXCEPTIONS = "neuronserve:policyExceptions"
OPEN = {"endpointPublicAccess": True, "publicAccessCidrs": ["0.0.0.0/0"], "allowPublicAccessFromAnywhere": True}

Found = set[tuple[str, str]]
"""Rule and URN."""


@pytest.fixture(scope="module")
def project(
    engine: dict[str, str], empty_cluster: EmptyCluster, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Project]:
    if not engine["STANDIN_TOKEN"]:
        pytest.skip("the kubeconfig's user has no token, as a user of EKS has")
    yield prepared(Project.copied(tmp_path_factory.mktemp("policy"), CHANGES_STACK, engine), empty_cluster)
    empty_cluster.with_crds()


@pytest.fixture(scope="module")
def as_it_is(project: Project) -> Run:
    return previewed(project)


@pytest.fixture(scope="module")
def opened(project: Project, as_it_is: Run) -> Run:
    """Preview a stack that is open to the world, and whose exceptions are gone."""
    config = project.config
    config["neuronserve:cluster"] |= OPEN
    del config[EXCEPTIONS]
    project.config = config
    return previewed(project)


def previewed(project: Project) -> Run:
    return project.run("preview", "--policy-pack", str(PACK), events=True)


def found_by_engine(run: Run) -> Found:
    events = [json.loads(line) for line in run.events.read_text().splitlines()]
    violations: list[dict[str, Any]] = [event["policyEvent"] for event in events if "policyEvent" in event]
    return {(one["policyName"], one["resourceUrn"]) for one in violations}


def found_offline(project: Project) -> Found:
    command = [sys.executable, "-m", "neuronserve.cli", "check", "--json", "-s", project.stack]
    done = subprocess.run(
        [*command, "--project", str(project.project)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1, done.stderr
    return {(one["rule"], one["urn"]) for one in json.loads(done.stdout)[project.stack]["findings"]}


def test_a_stack_that_keeps_the_rules_passes(as_it_is: Run) -> None:
    assert found_by_engine(as_it_is.succeeded()) == set()
    assert "neuronserve@v0.1.0" in as_it_is.said  # it was asked


def test_one_that_does_not_is_refused(opened: Run) -> None:
    opened.failed()
    assert {rule for rule, _ in found_by_engine(opened)} == {RuleId.OPEN_TO_THE_WORLD, RuleId.UNPROTECTED}
    assert "publicAccessCidrs" in opened.said  # in the remedy


def test_it_finds_what_the_check_finds_offline(project: Project, opened: Run) -> None:
    """Of a remote component the engine sees the inside, and a plan the inputs."""
    by_engine, offline = found_by_engine(opened), found_offline(project)
    assert {one for one in by_engine if not INSIDE_REMOTE.search(one[1])} == {
        one for one in offline if not one[1].split("::")[2].endswith("eks:index:Cluster")
    }
    assert _rules_of_cluster(by_engine) == _rules_of_cluster(offline) == {RuleId.OPEN_TO_THE_WORLD, RuleId.UNPROTECTED}


def _rules_of_cluster(found: Found) -> set[str]:
    kinds = ("eks:index:Cluster", "eks:index:Cluster$aws:eks/cluster:Cluster")
    return {rule for rule, urn in found if urn.split("::")[2].endswith(kinds)}
