"""No bucket is public."""

from collections.abc import Iterator
from typing import Any

from neuronserve.facts.policy_rules import RuleId
from neuronserve.plan.aws_inputs import policies
from neuronserve.plan.plan import Resource
from neuronserve.review.rules.rule import Rule
from neuronserve.review.rules.values import is_true, items, mapping

BLOCK = "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock"
LOCKS = ("blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets")
"""Each is on in a bucket that nobody has said anything about, since April 2023
(https://docs.aws.amazon.com/AmazonS3/latest/userguide/create-bucket-faq.html)."""


def _public(resource: Resource) -> Iterator[str]:
    inputs = resource.inputs
    if not resource.type.startswith("aws:s3/"):
        return
    if resource.type == BLOCK:
        for lock in LOCKS:
            if not is_true(inputs.get(lock)):
                yield f"{lock} is not true"
    if "public" in str(inputs.get("acl", "")):
        yield f"its acl is {inputs['acl']}"
    for document in policies(inputs).values():
        for number, statement in enumerate(items(document.get("Statement")), 1):
            if _is_for_everybody(mapping(statement)):
                yield f"its policy, statement {number}, allows everybody"


def _is_for_everybody(statement: dict[str, Any]) -> bool:
    principal = statement.get("Principal")
    anybody = principal == "*" or "*" in items(mapping(principal).get("AWS"))
    return statement.get("Effect") == "Allow" and anybody and "Condition" not in statement


RULE = Rule(
    RuleId.PUBLIC_BUCKET,
    title="No bucket is public.",
    reason="Logs, prompts and weights in it are everybody's, and so is the bill for reading them.",
    remedy="Leave the four public access blocks on, no public acl, no statement for everybody.",
    of_resource=_public,
)
