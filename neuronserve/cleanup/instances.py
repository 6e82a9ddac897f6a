"""Instances: of Karpenter, or of whoever else made them for the cluster."""

from collections.abc import Iterator, Sequence

from neuronserve.cleanup.costs import of_instance
from neuronserve.cleanup.deadline import Deadline
from neuronserve.cleanup.kind import Kind, awaited, by_tag, each, tags_of
from neuronserve.cleanup.leftover import Kept, Leftover
from neuronserve.cleanup.scope import Scope
from neuronserve.facts import node_labels
from neuronserve.facts.cluster_tags import OWNED, owner_tag
from neuronserve.preflight.aws import Aws

THERE = [
    {"Name": "instance-state-name", "Values": ["pending", "running", "shutting-down", "stopping", "stopped"]},
]


def _find(aws: Aws, scope: Scope) -> Iterator[Leftover]:
    filters = [*by_tag(owner_tag(scope.cluster), OWNED), *THERE]
    for reservation in aws.pages("ec2:DescribeInstances", "Reservations", Filters=filters):
        for instance in reservation["Instances"]:
            tags, state = tags_of(instance), instance["State"]["Name"]
            if scope.has(tags):
                pool = tags.get(node_labels.NODE_POOL)
                yield Leftover(
                    "instance",
                    instance["InstanceId"],
                    ", ".join([instance["InstanceType"], state, *([f"node pool {pool}"] if pool else [])]),
                    of_instance(instance["InstanceType"], state),
                    tags=tags,
                )


def _find_nodes(aws: Aws, scope: Scope) -> Iterator[Leftover]:
    """Yield Karpenter's alone: those of node groups go with these."""
    return (one for one in _find(aws, scope) if node_labels.NODE_POOL in one.tags)


def _remove(aws: Aws, leftovers: Sequence[Leftover], deadline: Deadline) -> Kept:
    kept = each(leftovers, lambda one: aws.call("ec2:TerminateInstances", InstanceIds=[one.id]))
    return awaited(
        leftovers,
        kept,
        lambda ids: aws.wait("ec2:DescribeInstances", "instance_terminated", deadline.left, InstanceIds=ids),
    )


INSTANCES = Kind("instances", _find, _remove)
NODES = Kind("Karpenter's instances", _find_nodes, _remove)
