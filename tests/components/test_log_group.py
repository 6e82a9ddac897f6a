"""Logs are never deleted with what wrote them, and what stays can be taken over."""

from pathlib import Path
from typing import Any

import grpc
import pulumi
import pytest

from neuronserve.components import CloudWatchObservability, Cluster
from neuronserve.plan.errors import ProgramError
from neuronserve.plan.fakes import CALLS
from neuronserve.plan.program import run, synthesise
from tests.project import ROOT, project_with, values_of

LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"
CONTROL_PLANE = "/aws/eks/llm/cluster"
INSIGHTS = {f"/aws/containerinsights/llm/{kind}" for kind in ("performance", "application", "dataplane", "host")}
CLUSTER: dict[str, Any] = {
    "cluster_name": "llm",
    "vpc_id": "vpc-0",
    "subnet_ids": ["subnet-0"],
    "node_subnet_ids": ["subnet-0"],
}
OBSERVABILITY: dict[str, Any] = {"cluster_name": "llm", "region": "us-west-2"}


def there(monkeypatch: pytest.MonkeyPatch, *names: str) -> None:
    """Let AWS have these log groups."""

    def found(arguments: dict[str, Any]) -> dict[str, Any]:
        prefix = arguments["logGroupNamePrefix"]
        return {"id": prefix, "logGroupNames": [name for name in names if name.startswith(prefix)]}

    monkeypatch.setitem(CALLS, "aws:cloudwatch/getLogGroups:getLogGroups", found)


def adopted(registrations: dict[str, Any]) -> set[str]:
    return {request.importId for request in registrations.values() if request.importId}


def test_every_log_group_of_a_stack_outlives_it(registrations: dict[str, Any]) -> None:
    groups = [registrations[group.urn] for group in synthesise(ROOT, "inf2-8xlarge").of_type(LOG_GROUP)]
    assert len(groups) == 5
    assert all(group.retainOnDelete for group in groups)
    assert all(group.object["retentionInDays"] for group in groups)
    assert not adopted(registrations)


def test_groups_that_are_there_are_imported(registrations: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    host = "/aws/containerinsights/llm/host"
    there(monkeypatch, CONTROL_PLANE, CONTROL_PLANE + "-of-another", host)
    run(lambda: Cluster("cluster", CLUSTER | {"adopt_log_group": True}))
    assert adopted(registrations) == {CONTROL_PLANE}
    registrations.clear()
    run(lambda: CloudWatchObservability("watch", OBSERVABILITY | {"adopt_log_groups": True}))
    assert adopted(registrations) == {host}


def test_nothing_is_taken_over_unasked(registrations: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    there(monkeypatch, CONTROL_PLANE, *INSIGHTS)
    run(lambda: Cluster("cluster", CLUSTER))
    run(lambda: CloudWatchObservability("watch", OBSERVABILITY))
    assert not adopted(registrations)


def test_who_may_not_look_makes_the_groups(registrations: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> None:
    class RefusedError(grpc.RpcError):
        """As the engine hands on what a provider says."""

        def code(self) -> grpc.StatusCode:
            return grpc.StatusCode.UNKNOWN

        def details(self) -> str:
            return "AccessDeniedException: not authorized to perform: logs:DescribeLogGroups"

    def refuse(_: dict[str, Any]) -> dict[str, Any]:
        raise RefusedError

    monkeypatch.setitem(CALLS, "aws:cloudwatch/getLogGroups:getLogGroups", refuse)
    run(lambda: Cluster("cluster", CLUSTER | {"adopt_log_group": True}))
    assert any(request.type == LOG_GROUP for request in registrations.values())
    assert not adopted(registrations)


def test_what_is_imported_has_a_name_that_is_known() -> None:
    def program() -> None:
        name = pulumi.Output.from_input("llm")
        CloudWatchObservability("watch", OBSERVABILITY | {"cluster_name": name, "adopt_log_groups": True})

    with pytest.raises(ProgramError, match="cluster_name is known only later. Give the name as a text"):
        run(program)


@pytest.mark.parametrize(
    ("values", "taken"),
    [
        ({}, True),
        # A cluster that is there may have groups of somebody who keeps logs for longer.
        ({"cluster": {"existing": {"name": "llm"}}, "addOns": {"cloudWatch": True}}, False),
        (
            {
                "cluster": {"existing": {"name": "llm"}},
                "addOns": {"cloudWatch": True},
                "adoptLogGroups": True,
            },
            True,
        ),
    ],
)
def test_a_stack_takes_over_those_of_its_own_cluster(
    registrations: dict[str, Any],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    values: dict[str, Any],
    *,
    taken: bool,
) -> None:
    shipped = values_of("inf2-8xlarge")
    own = "existing" not in values.get("cluster", {})
    there(monkeypatch, CONTROL_PLANE, *INSIGHTS)
    named = {"cluster": {"clusterName": "llm"}} if own else {"network": None, "nodePools": None}
    wanted = {key: value for key, value in (shipped | named | values).items() if value is not None}
    synthesise(project_with(tmp_path, wanted), "test")
    assert adopted(registrations) == ({*INSIGHTS, *([CONTROL_PLANE] if own else [])} if taken else set())
