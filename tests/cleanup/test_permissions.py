"""Permissions: looking needs what reads alone, the listed actions are enough, and each that is missing is told."""

import json
import re
from typing import Any

import pytest

from neuronserve.cleanup import drain as draining
from neuronserve.cleanup import sweep
from neuronserve.cleanup.actions import DELETES, READS
from neuronserve.cleanup.scope import Scope
from neuronserve.preflight.aws import Aws, iam_action
from neuronserve.preflight.refusals import AwsError
from tests.cleanup.conftest import CLUSTER, TAGS, Place, Quiet
from tests.cleanup.planted import Garden
from tests.preflight.account import REGION, Account
from tests.project import ROOT

NAMES = {
    "ec2:DescribeInstances": {"instances"},
    "ec2:DescribeLaunchTemplates": {"launch templates"},
    "ec2:DescribeNetworkInterfaces": {"network interfaces"},
    "ec2:DescribeSecurityGroups": {"security groups"},
    "ec2:DescribeVolumes": {"volumes"},
    "elasticloadbalancing:DescribeLoadBalancers": {"load balancers"},
    "elasticloadbalancing:DescribeTags": {"load balancers", "target groups"},
    "elasticloadbalancing:DescribeTargetGroups": {"target groups"},
    "logs:DescribeLogGroups": {"log groups"},
    "logs:ListTagsForResource": {"log groups"},
}


def with_only(account: Account, monkeypatch: pytest.MonkeyPatch, *actions: str) -> Aws:
    """Return the account by a user who may do these actions alone."""
    account.allow_only([*actions])
    for name, value in account.environment.items():
        monkeypatch.setenv(name, value)
    return Aws(REGION, None, (*READS, *DELETES))


@pytest.mark.slow
def test_looking_takes_what_reads_alone_and_without_the_rest_nothing_goes(
    place: Place, scope: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = place.garden.there()
    aws = with_only(place.account, monkeypatch, *READS)
    found = sweep.look(aws, scope)
    assert not found.unknown
    assert {one.id for one in found.left} == place.mine.all
    assert all(step.find() for step in draining.steps(aws, scope, None))

    outcome = [*sweep.remove(aws, scope, found.left, 0.1, Quiet())]
    said = {why for *_, kept in outcome for why in kept.values()}
    # Groups are not asked to go while their rules stay.
    assert said == {f"needs action {one}" for one in DELETES} - {
        "needs action ec2:DeleteSecurityGroup",
        "needs action ec2:RevokeSecurityGroupEgress",
    }
    place.account.allow_all()
    assert place.garden.there() == before


@pytest.mark.slow
def test_the_listed_actions_are_enough_and_no_other_is_called(
    place: Place, scope: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    called: set[str] = set()
    method = Aws._method

    def noted(aws: Aws, action: str, region: str | None) -> Any:
        called.add(iam_action(action))
        return method(aws, action, region)

    monkeypatch.setattr(Aws, "_method", noted)
    group = place.mine.groups[0]
    rule = {"IpProtocol": "tcp", "FromPort": 1, "ToPort": 1, "UserIdGroupPairs": [{"GroupId": group}]}
    place.garden.ec2.authorize_security_group_egress(GroupId=group, IpPermissions=[rule])
    aws = with_only(place.account, monkeypatch, *READS, *DELETES)
    outcome = [*sweep.remove(aws, scope, sweep.look(aws, scope).left, 60, Quiet())]
    assert [kept for *_, kept in outcome if kept] == []
    assert called == {*READS, *DELETES}


@pytest.mark.slow
@pytest.mark.parametrize("action", NAMES)
def test_what_may_not_be_looked_for_is_told(
    aws_account: Account, scope: Scope, monkeypatch: pytest.MonkeyPatch, action: str
) -> None:
    garden = Garden(aws_account)
    owned = {"elbv2.k8s.aws/cluster": CLUSTER}
    garden.log_group(f"/aws/eks/{CLUSTER}/cluster", TAGS)
    garden.load_balancer(owned)
    garden.target_group(owned)
    aws = with_only(aws_account, monkeypatch, *(one for one in READS if one != action))
    found = sweep.look(aws, scope)
    assert {said.partition(":")[0] for said in found.unknown} == NAMES[action]
    assert all(f"needs action {action}" in said for said in found.unknown)
    assert found.left


@pytest.mark.slow
def test_without_permission_to_ask_for_the_cluster_nothing_is_said(
    aws_account: Account, scope: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    aws = with_only(aws_account, monkeypatch, *(one for one in READS if one != "eks:DescribeCluster"))
    with pytest.raises(AwsError, match="needs action eks:DescribeCluster"):
        sweep.look(aws, scope)


def test_another_action_cannot_be_called() -> None:
    with pytest.raises(LookupError, match="ec2:TerminateInstances is not one of the actions"):
        Aws("us-west-2", None, READS).call("ec2:TerminateInstances")
    assert all(re.fullmatch(r"[a-z0-9]+:(Describe|Get|List)\w+", action) for action in READS)
    assert {*NAMES, "eks:DescribeCluster", "sts:GetCallerIdentity"} == {*READS}
    assert not {*READS} & {*DELETES}


def test_the_documented_policy_allows_them() -> None:
    (block,) = re.findall(r"```json\n(.*?)```", (ROOT / "docs" / "clean-end.md").read_text(), re.DOTALL)
    reading, deleting = json.loads(block)["Statement"]
    assert reading["Action"] == [action for action in READS if not action.startswith("sts:")]
    assert deleting["Action"] == [*DELETES]
