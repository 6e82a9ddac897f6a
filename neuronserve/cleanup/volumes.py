"""Volumes: of PersistentVolumeClaims, and of nodes."""

from collections.abc import Iterator, Sequence

from neuronserve.cleanup.costs import of_volume
from neuronserve.cleanup.deadline import Deadline
from neuronserve.cleanup.kind import Kind, awaited, by_tag, each, tags_of
from neuronserve.cleanup.leftover import Kept, Leftover
from neuronserve.cleanup.scope import Scope
from neuronserve.facts import node_labels
from neuronserve.facts.cluster_tags import CLAIM_NAME, CLAIM_NAMESPACE, CSI_VOLUME, OWNED, owner_tag
from neuronserve.preflight.aws import Aws

OF_CONTROLLERS = (CSI_VOLUME, CLAIM_NAME, node_labels.NODE_POOL)
"""Tags of volumes that the EBS CSI driver or Karpenter made."""


def _find(aws: Aws, scope: Scope) -> Iterator[Leftover]:
    filters = by_tag(owner_tag(scope.cluster), OWNED)
    for volume in aws.pages("ec2:DescribeVolumes", "Volumes", Filters=filters):
        tags = tags_of(volume)
        if scope.has(tags):
            about = [f"{volume['Size']} GiB {volume['VolumeType']}", volume["State"]]
            if CLAIM_NAME in tags:
                about.append(f"of claim {tags.get(CLAIM_NAMESPACE, '')}/{tags[CLAIM_NAME]}")
            users = ", ".join(one["InstanceId"] for one in volume.get("Attachments", ()) if one.get("InstanceId"))
            yield Leftover(
                "volume",
                volume["VolumeId"],
                ", ".join(about),
                of_volume(volume),
                holds_data=True,
                is_held=f"it is attached to {users}" if users else None,
                tags=tags,
            )


def _find_of_controllers(aws: Aws, scope: Scope) -> Iterator[Leftover]:
    return (one for one in _find(aws, scope) if not one.tags.keys().isdisjoint(OF_CONTROLLERS))


def _remove(aws: Aws, leftovers: Sequence[Leftover], deadline: Deadline) -> Kept:
    kept = each(leftovers, lambda one: aws.call("ec2:DeleteVolume", VolumeId=one.id))
    return awaited(
        leftovers, kept, lambda ids: aws.wait("ec2:DescribeVolumes", "volume_deleted", deadline.left, VolumeIds=ids)
    )


VOLUMES = Kind("volumes", _find, _remove)
CONTROLLERS_VOLUMES = Kind("volumes of controllers", _find_of_controllers, _remove)
