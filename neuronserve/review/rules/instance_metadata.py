"""Nobody but a node itself gets the credentials of its role."""

from collections.abc import Iterator
from typing import Any

from neuronserve.facts.policy_rules import RuleId
from neuronserve.plan.aws_inputs import is_unknown
from neuronserve.plan.plan import Resource
from neuronserve.review.rules.rule import Rule
from neuronserve.review.rules.values import mapping

KARPENTERS = {"httpTokens": "required", "httpPutResponseHopLimit": 1}
"""Defaults of an EC2NodeClass (https://karpenter.sh/docs/concepts/nodeclasses/#specmetadataoptions)."""


def _open(resource: Resource) -> Iterator[str]:
    match resource.type:
        case "aws:ec2/launchTemplate:LaunchTemplate" | "aws:ec2/instance:Instance":
            yield from _options(mapping(resource.inputs.get("metadataOptions")))
        case "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass":
            spec = mapping(resource.inputs.get("spec"))
            yield from _options(KARPENTERS | mapping(spec.get("metadataOptions")))


def _options(options: dict[str, Any]) -> Iterator[str]:
    tokens, hops = options.get("httpTokens"), options.get("httpPutResponseHopLimit")
    if options.get("httpEndpoint") == "disabled":
        return
    if tokens != "required" and not is_unknown(tokens):
        yield f"httpTokens is {tokens or 'not set'}, so its metadata is handed out without a token (IMDSv1)"
    if not is_unknown(hops) and str(hops) != "1":
        yield f"httpPutResponseHopLimit is {hops or 'not set'}, so pods reach its metadata too"


RULE = Rule(
    RuleId.INSTANCE_METADATA,
    title="Instances hand out metadata by IMDSv2 alone, and to nobody behind a second hop.",
    reason="A pod, or a request that a server can be talked into, gets the credentials of the node's role.",
    remedy="Set httpTokens to required and httpPutResponseHopLimit to 1.",
    of_resource=_open,
)
