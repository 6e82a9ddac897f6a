"""Everything in AWS says whose it is."""

from collections.abc import Iterator
from typing import Any

from neuronserve.facts.policy_rules import RuleId
from neuronserve.plan.aws_inputs import is_unknown
from neuronserve.plan.plan import Resource
from neuronserve.review.rules.rule import Rule
from neuronserve.review.rules.values import items, mapping

COPIED = ("instance", "volume")
"""What a launch template makes and AWS tags by nothing else."""


def _untagged(resource: Resource) -> Iterator[str]:
    inputs = resource.inputs
    match resource.type:
        case "pulumi:providers:aws":
            if not is_unknown(inputs.get("defaultTags")) and not mapping(
                mapping(inputs.get("defaultTags")).get("tags")
            ):
                yield "it has no defaultTags, so what it makes has none but its own"
        case "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass":
            if not mapping(mapping(inputs.get("spec")).get("tags")):
                yield "spec.tags is not set, so instances and disks have Karpenter's alone"
        case "aws:ec2/launchTemplate:LaunchTemplate":
            tagged = [mapping(one).get("resourceType") for one in items(inputs.get("tagSpecifications")) if _tags(one)]
            for kind in COPIED:
                if kind not in tagged:
                    yield f"tagSpecifications has no tags of {kind}s"


def _tags(specification: Any) -> dict[str, Any]:
    return mapping(mapping(specification).get("tags"))


RULE = Rule(
    RuleId.UNTAGGED,
    title="What AWS makes carries tags, what a controller makes too.",
    reason="Bills, clean-up and policies go by tags: without them nobody knows whose an instance is.",
    remedy="Set the provider's defaultTags, the EC2NodeClass' tags, the launch template's tagSpecifications.",
    of_resource=_untagged,
)
