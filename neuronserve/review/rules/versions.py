"""What runs tomorrow is what was reviewed today."""

import re
from collections.abc import Iterator
from typing import Any

from neuronserve.facts.policy_rules import RuleId
from neuronserve.plan.aws_inputs import is_unknown
from neuronserve.plan.plan import Resource
from neuronserve.review.rules.rule import Rule
from neuronserve.review.rules.values import holders, items, mapping

EXACT = re.compile(r"v?\d+\.\d+\.\d+([-+].+)?")
"""A version of a chart that is no range (https://helm.sh/docs/chart_best_practices/dependencies/#versions)."""


def _floating(resource: Resource) -> Iterator[str]:
    inputs = resource.inputs
    match resource.type:
        case "kubernetes:helm.sh/v3:Release" | "kubernetes:helm.sh/v4:Chart":
            version = inputs.get("version")
            if not is_unknown(version) and not EXACT.fullmatch(str(version)):
                yield f"the version of its chart is {version or 'not set'}"
        case "aws:eks/addon:Addon":
            if not inputs.get("addonVersion"):
                yield "addonVersion is not set"
        case "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass":
            for term in items(mapping(inputs.get("spec")).get("amiSelectorTerms")):
                alias = str(mapping(term).get("alias"))
                if alias.endswith("@latest"):
                    yield f"its nodes' image is {alias}, so they change with each image that AWS publishes"
        case _ if resource.is_kubernetes_object:
            for image in sorted(set(_images(inputs))):
                yield f"its image {image} has no version"


def _images(inputs: Any) -> Iterator[str]:
    """Yield the images of containers of which a registry may give another one tomorrow."""
    for name in ("containers", "initContainers"):
        for pod in holders(inputs, name):
            for container in items(pod[name]):
                image = str(mapping(container).get("image", ""))
                _, _, tag = image.rpartition("/")[2].partition(":")
                if image and "@sha256:" not in image and tag in {"", "latest"} and not is_unknown(image):
                    yield image


RULE = Rule(
    RuleId.UNPINNED,
    title="Images, charts and add-ons have a version.",
    reason="A pod that starts again runs something that nobody has tried, and no plan shows it.",
    remedy="Give a tag other than latest, or a digest; an exact version of a chart, an add-on, a node's image.",
    of_resource=_floating,
)
