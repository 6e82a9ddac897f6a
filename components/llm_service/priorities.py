"""Which pods of a namespace go before others when there is not room for all: heads, then workers, then batch jobs.

Workers have no class, and so the cluster's ordinary priority, by default 0. Of those that wait for a place a head is
first, since all its workers wait for it; but it takes nobody's place, as a node for it is a matter of a minute where
nodes are made, and elsewhere the place may be a neighbour's. Batch jobs give way to whoever needs their place.

https://kubernetes.io/docs/concepts/scheduling-eviction/pod-priority-preemption/
"""

from collections.abc import Mapping
from typing import Any

import pulumi

HEAD, BATCH = "ray-head", "batch"

PRIORITIES: Mapping[str, dict[str, Any]] = {
    HEAD: {
        "value": 1000,
        "preemption_policy": "Never",
        "description": "Ray heads: placed before workers, and the last to go when a node runs out of memory.",
    },
    BATCH: {
        "value": -1000,
        "preemption_policy": "Never",
        "description": "Jobs that give way to whatever serves requests.",
    },
}
"""What a PriorityClass (``scheduling.k8s.io/v1``) has, by what it is for. Kubernetes lets no value change."""


def priority_class_name(namespace: pulumi.Input[str], purpose: str) -> pulumi.Input[str]:
    """Return the name of a namespace's PriorityClass, which is an object of the cluster, as other stacks' are."""
    if isinstance(namespace, str):
        return f"{namespace}-{purpose}"
    return pulumi.Output.format("{}-{}", namespace, purpose)
