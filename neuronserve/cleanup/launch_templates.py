"""Launch templates, which Karpenter deletes with their node class, unless it has gone before."""

from collections.abc import Iterator, Sequence

from neuronserve.cleanup.deadline import Deadline
from neuronserve.cleanup.kind import Kind, each, tagged, tags_of
from neuronserve.cleanup.leftover import Kept, Leftover
from neuronserve.cleanup.scope import Scope
from neuronserve.facts.cluster_tags import KARPENTER_CLUSTER, OWNED, owner_tag
from neuronserve.preflight.aws import Aws


def _find(aws: Aws, scope: Scope) -> Iterator[Leftover]:
    keys = {owner_tag(scope.cluster): OWNED, KARPENTER_CLUSTER: scope.cluster}
    found = tagged(aws, "ec2:DescribeLaunchTemplates", "LaunchTemplates", "LaunchTemplateId", keys)
    for name, one in found.items():
        if scope.has(tags := tags_of(one)):
            yield Leftover("launch template", name, one["LaunchTemplateName"], tags=tags)


def _remove(aws: Aws, leftovers: Sequence[Leftover], _: Deadline) -> Kept:
    return each(leftovers, lambda one: aws.call("ec2:DeleteLaunchTemplate", LaunchTemplateId=one.id))


LAUNCH_TEMPLATES = Kind("launch templates", _find, _remove)
