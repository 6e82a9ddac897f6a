"""What ``parliament`` says of the IAM policies of a plan."""

import json
import re
from typing import Any

from parliament import analyze_policy_string

from neuronserve.plan.aws_inputs import REFERENCE, policies
from neuronserve.plan.plan import Plan

RESOURCE_POLICIES = ("aws:sqs/queuePolicy:QueuePolicy", "aws:kms/key:Key", "aws:s3/bucketPolicy:BucketPolicy")


def policies_of(plan: Plan) -> list[tuple[str, dict[str, Any], str]]:
    """Return each policy of a plan: whose it is, the document, and what kind of policy it is."""
    found = []
    for resource in plan.resources:
        for name, document in policies(resource.inputs).items():
            kind = "trust" if name == "assumeRolePolicy" else "identity"
            kind = "resource" if resource.type in RESOURCE_POLICIES else kind
            found.append((f"{resource.name}.{name}", document, kind))
    return found


EXPLAINED = {
    ("RESOURCE_MISMATCH", "ec2:RunInstances"): "one call touches several kinds of resources, with a statement for each",
    ("RESOURCE_MISMATCH", "ec2:CreateFleet, ec2:RunInstances"): "likewise; Karpenter's project splits them so",
    ("RESOURCE_MISMATCH", "ssm:GetParameter"): "AWS's public parameters have no account in their ARN",
}
"""Findings that stay, by issue and what of the policy they are about, with the reason."""

ARNS = {
    "aws:s3/bucket:Bucket": "arn:aws:s3:::known-later",
    "aws:iam/role:Role": "arn:aws:iam::000000000000:role/known-later",
    "aws:sqs/queue:Queue": "arn:aws:sqs:us-west-2:000000000000:known-later",
    "aws:cloudwatch/logGroup:LogGroup": "arn:aws:logs:us-west-2:000000000000:log-group:known-later",
}
"""What stands for the ARN of a resource that is not there yet, by its type."""


def unexplained(document: dict[str, Any]) -> set[tuple[str, str]]:
    """Return the linter's findings that nobody has given a reason for: the issue, and what it is about."""
    return {finding for finding in findings(document) if finding not in EXPLAINED}


def findings(document: dict[str, Any]) -> set[tuple[str, str]]:
    """Return the linter's findings: the issue, and what of the policy it is about."""
    text = REFERENCE.sub(_stand_in, json.dumps(document))
    return {
        (finding.issue, _subject(finding))
        for finding in analyze_policy_string(text, ignore_private_auditors=True).findings
    }


def _stand_in(reference: re.Match[str]) -> str:
    if not reference[0].endswith(".arn}"):
        return "known-later"
    return next((arn for token, arn in ARNS.items() if f"{token}::" in reference[0]), "known-later")


def _subject(finding: Any) -> str:
    about = finding.location.get("actions") or finding.location.get("action") or finding.detail
    if isinstance(about, list):
        return ", ".join(sorted({item["action"] if isinstance(item, dict) else item for item in about}))
    return str(about)
