"""What somebody has to see before anything else in a review: replacements, deletions, and what opens to the world."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from neuronserve.review.diff.resources import Action, ResourceDiff
from neuronserve.review.load_balancers import INGRESS, is_open_to_the_world
from neuronserve.review.services import RAY_SERVICE
from neuronserve.review.tree import kind_of, name_of

PRECIOUS: dict[str, str] = {
    "aws:ec2/vpc:Vpc": "all that has an address in it is made anew, and EKS moves no cluster to another VPC: "
    "`pulumi up` fails there",
    "eks:index:Cluster": "all that runs in it ends, and is made anew",
    "aws:eks/cluster:Cluster": "all that runs in it ends, and is made anew",
    "aws:kms/key:Key": "what was encrypted with it can no longer be read once it is gone",
    "aws:ebs/volume:Volume": "what it holds is lost",
    "aws:efs/fileSystem:FileSystem": "what it holds is lost",
    "aws:s3/bucket:Bucket": "what it holds is lost, or stops the deletion",
    "aws:s3/bucketV2:BucketV2": "what it holds is lost, or stops the deletion",
    "kubernetes:core/v1:PersistentVolume": "what it holds may be lost",
    "kubernetes:core/v1:PersistentVolumeClaim": "what it holds may be lost",
    RAY_SERVICE: "it takes traffic",
}
"""What has to be seen when it is replaced or deleted, and why."""

OPEN = "anybody on the internet may send it requests"
PROTECTED = "it is protected, so `pulumi up` refuses"
GOES = (Action.REPLACED, Action.DELETED)


@dataclass(frozen=True)
class Alarm:
    """One of them: the resource, what becomes of it, and what that means."""

    kind: str
    name: str
    action: Action
    why: str


def alarms(diffs: Sequence[ResourceDiff]) -> list[Alarm]:
    """Return what comes first in a review."""
    return [*_precious(diffs), *_protected(diffs), *_opened(diffs)]


def _precious(diffs: Sequence[ResourceDiff]) -> Iterator[Alarm]:
    for token, why in PRECIOUS.items():
        for diff in diffs:
            if diff.resource.type == token and diff.action in GOES and not diff.stays:
                yield Alarm(kind_of(diff.resource), name_of(diff.resource), diff.action, why)


def _protected(diffs: Sequence[ResourceDiff]) -> Iterator[Alarm]:
    for diff in diffs:
        if diff.old and diff.old.protect and diff.action in GOES:
            yield Alarm(kind_of(diff.resource), name_of(diff.resource), diff.action, PROTECTED)


def _opened(diffs: Sequence[ResourceDiff]) -> Iterator[Alarm]:
    for diff in diffs:
        was_open = diff.old is not None and is_open_to_the_world(diff.old)
        if diff.resource.type == INGRESS and diff.new and is_open_to_the_world(diff.new) and not was_open:
            yield Alarm(kind_of(diff.resource), name_of(diff.resource), diff.action, OPEN)
