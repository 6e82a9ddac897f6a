"""Logs are never deleted with what wrote them, and what stays can be taken over."""

from pathlib import Path
from typing import Any

import pulumi
import pytest

from neuronserve.components import CloudWatchObservability, Cluster
from neuronserve.plan.errors import ProgramError
from neuronserve.plan.program import run, synthesise
from tests.project import ROOT, project_with, values_of

LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
CONTROL_PLANE = "/aws/eks/llm/cluster"
CLUSTER: dict[str, Any] = {
    "cluster_name": "llm",
    "vpc_id": "vpc-0",
    "subnet_ids": ["subnet-0"],
    "node_subnet_ids": ["subnet-0"],
}


def adopted(registrations: dict[str, Any]) -> set[str]:
    return {request.importId for request in registrations.values() if request.importId}


def test_every_log_group_of_a_stack_outlives_it(registrations: dict[str, Any]) -> None:
    groups = [registrations[group.urn] for group in synthesise(ROOT, "inf2-8xlarge").of_type(LOG_GROUP)]
    assert len(groups) == 5
    assert all(group.retainOnDelete for group in groups)
    assert all(group.object["retentionInDays"] for group in groups)
    assert not adopted(registrations)


def test_groups_that_are_there_are_imported(registrations: dict[str, Any]) -> None:
    run(lambda: Cluster("cluster", CLUSTER | {"adopt_log_group": True}))
    assert adopted(registrations) == {CONTROL_PLANE}
    registrations.clear()
    run(
        lambda: CloudWatchObservability(
            "watch", {"cluster_name": "llm", "region": "us-west-2", "adopt_log_groups": True}
        )
    )
    kinds = ("performance", "application", "dataplane", "host")
    assert adopted(registrations) == {f"/aws/containerinsights/llm/{kind}" for kind in kinds}


def test_what_is_imported_has_a_name_that_is_known() -> None:
    def program() -> None:
        name = pulumi.Output.from_input("llm")
        CloudWatchObservability("watch", {"cluster_name": name, "region": "us-west-2", "adopt_log_groups": True})

    with pytest.raises(ProgramError, match="cluster_name is known only later. Give the name as a text"):
        run(program)


def test_a_stack_says_it_once_for_all_groups(registrations: dict[str, Any], tmp_path: Path) -> None:
    synthesise(project_with(tmp_path, values_of("inf2-8xlarge") | {"adoptLogGroups": True}), "test")
    assert len(adopted(registrations)) == 5
