"""Nothing grows, and costs, without end."""

from collections.abc import Iterator

from neuronserve.facts.policy_rules import RuleId
from neuronserve.plan.plan import Resource
from neuronserve.review.rules.rule import Rule
from neuronserve.review.rules.values import holders, mapping


def _endless(resource: Resource) -> Iterator[str]:
    spec = mapping(resource.inputs.get("spec"))
    match resource.type:
        case "kubernetes:karpenter.sh/v1:NodePool":
            if not mapping(spec.get("limits")):
                yield "spec.limits is not set, so Karpenter makes as many nodes as pods ask for"
        case "kubernetes:ray.io/v1:RayService" | "kubernetes:ray.io/v1:RayCluster" | "kubernetes:ray.io/v1:RayJob":
            for group in holders(spec, "groupName"):
                if not group.get("maxReplicas"):
                    yield f"workers {group['groupName']} have no maxReplicas"
        case "aws:eks/nodeGroup:NodeGroup":
            if not mapping(resource.inputs.get("scalingConfig")).get("maxSize"):
                yield "scalingConfig.maxSize is not set"


RULE = Rule(
    RuleId.NO_LIMIT,
    title="Node pools and workers have a limit.",
    reason="A load, or a mistake in a replica's number, is answered with instances until the quota ends it.",
    remedy="Set limits of a NodePool, maxReplicas of workers, maxSize of a node group.",
    of_resource=_endless,
)
