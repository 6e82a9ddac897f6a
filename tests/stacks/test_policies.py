"""Every IAM policy of every stack, as the linter sees it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from neuronserve.plan.plan import Plan
from neuronserve.plan.project import load_project
from tests.iam_lint import findings, policies_of, unexplained

ROOT = Path(__file__).resolve().parents[2]
STACKS = load_project(ROOT).stacks


@pytest.mark.parametrize("stack", STACKS)
def test_the_linter_finds_nothing_unexplained(plan_of: Callable[[str], Plan], stack: str) -> None:
    found = {
        (name, *finding)
        for name, document, kind in policies_of(plan_of(stack))
        if kind == "identity"
        for finding in unexplained(document)
    }
    assert not found


@pytest.mark.parametrize("stack", [stack for stack in STACKS if stack != "local"])
def test_roles_are_trusted_to_services_of_aws_alone(plan_of: Callable[[str], Plan], stack: str) -> None:
    trusts = [document for _, document, kind in policies_of(plan_of(stack)) if kind == "trust"]
    assert trusts
    for trust in trusts:
        for statement in trust["Statement"]:
            assert set(statement["Action"]) <= {"sts:AssumeRole", "sts:TagSession"}
            (service,) = statement["Principal"].values()
            assert service.endswith(".amazonaws.com")


@pytest.mark.parametrize(
    ("statement", "issue"),
    [
        ({"Action": ["s3:GetObject"], "Resource": ["*"]}, "RESOURCE_STAR"),
        ({"Action": ["s3:GetObjekt"], "Resource": ["*"]}, "UNKNOWN_ACTION"),
        ({"Action": ["s3:GetObject"], "Resource": ["arn:aws:sqs:us-west-2:111122223333:queue"]}, "RESOURCE_MISMATCH"),
    ],
)
def test_the_linter_finds_planted_mistakes(statement: dict[str, list[str]], issue: str) -> None:
    """A check of the check."""
    policy = {"Version": "2012-10-17", "Statement": [{"Sid": "A", "Effect": "Allow", **statement}]}
    assert issue in {found for found, _ in findings(policy)}
