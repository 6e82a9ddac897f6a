"""What ``parliament`` says of the IAM policies of a plan."""

import json
from typing import Any

from parliament import analyze_policy_string

from neuronserve.plan.aws_inputs import REFERENCE, policies
from neuronserve.plan.plan import Plan

RESOURCE_POLICIES = ("aws:sqs/queuePolicy:QueuePolicy", "aws:kms/key:Key")


def policies_of(plan: Plan) -> list[tuple[str, dict[str, Any], str]]:
    """Return each policy of a plan: whose it is, the document, and what kind of policy it is."""
    found = []
    for resource in plan.resources:
        for name, document in policies(resource.inputs).items():
            kind = "trust" if name == "assumeRolePolicy" else "identity"
            kind = "resource" if resource.type in RESOURCE_POLICIES else kind
            found.append((f"{resource.name}.{name}", document, kind))
    return found


def findings(document: dict[str, Any]) -> set[tuple[str, str]]:
    """Return the linter's findings: the issue, and what of the policy it is about."""
    text = REFERENCE.sub("known-later", _arns(json.dumps(document)))
    return {
        (finding.issue, _subject(finding))
        for finding in analyze_policy_string(text, ignore_private_auditors=True).findings
    }


def _arns(text: str) -> str:
    """Return a policy with an ARN for each reference that stands for one."""
    return REFERENCE.sub(
        lambda match: "arn:aws:sqs:us-west-2:000000000000:known-later" if match[0].endswith("arn}") else match[0], text
    )


def _subject(finding: Any) -> str:
    actions = finding.location.get("actions") or finding.location.get("action")
    if isinstance(actions, list):
        return ", ".join(sorted(actions))
    return str(actions or finding.detail)
