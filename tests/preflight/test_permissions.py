"""Permissions: the listed actions are enough, no other is called, and each that is missing keeps but its own check."""

import ast
import json
import re
from pathlib import Path
from typing import Any

import pytest

from neuronserve.plan.plan import Plan
from neuronserve.preflight.aws import ACTIONS, Aws
from neuronserve.preflight.finding import Verdict
from neuronserve.preflight.report import told
from tests.preflight.account import INF, Account, reservation, without
from tests.preflight.conftest import Look, with_node_class, with_pool, with_zones
from tests.project import ROOT
from tests.spoilt_plan import spoilt

CLUSTER = "eks:index:Cluster"
WHAT = {
    "ec2:DescribeAddresses": {"network quota"},
    "ec2:DescribeAvailabilityZones": {"offering", "network quota", "capacity reservation"},
    "ec2:DescribeCapacityReservations": {"capacity reservation"},
    "ec2:DescribeInstanceTypeOfferings": {"offering"},
    "ec2:DescribeInstances": {"vCPU quota"},
    "ec2:DescribeNatGateways": {"network quota"},
    "ec2:DescribeSubnets": {"offering"},
    "ec2:DescribeVpcs": {"network quota"},
    "ecr:DescribeImages": {"container image"},
    "eks:DescribeCluster": {"machine image"},
    "servicequotas:GetAWSDefaultServiceQuota": {"vCPU quota"},
    "servicequotas:GetServiceQuota": {"vCPU quota", "network quota"},
    "ssm:GetParameter": {"machine image"},
    "ssm:GetParametersByPath": {"machine image"},
}


@pytest.fixture
def demanding(plan: Plan, aws_account: Account) -> Plan:
    """A stack of which every check asks all that it can ask."""
    zones = aws_account.client("ec2").describe_availability_zones()["AvailabilityZones"]
    names = [next(one["ZoneName"] for one in zones if one["ZoneId"] == wanted) for wanted in ("usw2-az1", "usw2-az4")]
    aws_account.client("eks").create_cluster(
        name=plan.outputs["clusterName"],
        version="1.35",
        roleArn="arn:aws:iam::123456789012:role/x",
        resourcesVpcConfig={},
    )
    aws_account.remove_image("v20260903", "neuron")
    aws_account.default_quotas[INF] = aws_account.quotas.pop(INF)
    aws_account.reservations = [reservation("cr-1")]
    demanding = spoilt(with_zones(plan, *names), CLUSTER, lambda inputs: inputs.pop("version"))
    demanding = with_pool(demanding, "inferentia-inf2", capacity_type=["reserved", "on-demand"])
    demanding = with_node_class(demanding, "inferentia-inf2", capacityReservationSelectorTerms=[{"id": "cr-1"}])
    return with_node_class(demanding, "default", subnetSelectorTerms=[{"id": "subnet-0123456789abcdef0"}])


@pytest.mark.slow
def test_the_listed_actions_are_enough_and_no_other_is_called(
    demanding: Plan, aws_account: Account, look: Look, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: set[str] = set()
    method = Aws._method

    def noted(aws: Aws, action: str, region: str | None) -> Any:
        called.add(action)
        return method(aws, action, region)

    monkeypatch.setattr(Aws, "_method", noted)
    aws_account.allow_only([*ACTIONS])
    found = look(demanding)
    assert Verdict.UNCHECKED not in {finding.verdict for finding in found.findings}, told(found)
    assert called == {*ACTIONS}


@pytest.mark.slow
@pytest.mark.parametrize("action", WHAT)
def test_what_is_not_allowed_is_a_finding(demanding: Plan, aws_account: Account, look: Look, action: str) -> None:
    aws_account.allow_only(without(action))
    found = look(demanding)
    unchecked = [finding for finding in found.findings if finding.verdict is Verdict.UNCHECKED]
    assert {finding.have for finding in unchecked} == {f"could not be checked: needs action {action}"}, told(found)
    assert {finding.subject for finding in unchecked} == WHAT[action]
    assert not found.is_clear


def test_another_action_cannot_be_called() -> None:
    with pytest.raises(LookupError, match="ec2:TerminateInstances is not one of the actions"):
        Aws("us-west-2", None).call("ec2:TerminateInstances")


def test_all_actions_read() -> None:
    assert all(re.fullmatch(r"[a-z0-9]+:(Describe|Get)\w+", action) for action in ACTIONS)
    assert {*WHAT, "sts:GetCallerIdentity"} == {*ACTIONS}


def test_the_documented_policy_allows_them() -> None:
    (block,) = re.findall(r"```json\n(.*?)```", (ROOT / "docs" / "preflight.md").read_text(), re.DOTALL)
    (statement,) = json.loads(block)["Statement"]
    assert statement["Action"] == [action for action in ACTIONS if not action.startswith("sts:")]


def test_one_module_alone_imports_boto3() -> None:
    def imports(file: Path) -> set[str]:
        nodes = [*ast.walk(ast.parse(file.read_text()))]
        named = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
        return {*named, *(node.module or "" for node in nodes if isinstance(node, ast.ImportFrom))}

    files = [file for folder in ("neuronserve", "components", "serving") for file in (ROOT / folder).rglob("*.py")]
    assert {file.name for file in files if any(name.startswith("boto") for name in imports(file))} == {"aws.py"}
