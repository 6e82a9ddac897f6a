"""What sets the system nodes apart: the nodes that run Karpenter, DNS and the operators."""

from collections.abc import Mapping
from typing import Any

from neuronserve.facts import node_labels

SYSTEM_NODE_LABELS = {"neuronserve.io/nodes": "system"}
"""Labels of the system nodes."""

OPERATOR_REPLICAS = 2
"""Of each operator and controller, where there are as many nodes for them; one works at a time."""

SYSTEM_TAINT = {"key": "CriticalAddonsOnly", "value": "true", "effect": "NO_SCHEDULE"}
"""Keeps everything else, such as Ray heads, on nodes that Karpenter makes. Most system charts tolerate it anyway."""

SYSTEM_TOLERATIONS: list[dict[str, str]] = [{"key": "CriticalAddonsOnly", "operator": "Exists"}]
"""Tolerations of what belongs on the system nodes."""


def on_system_nodes() -> dict[str, Any]:
    """Return what a pod, or a chart's values, need for a place on the system nodes."""
    return {"nodeSelector": dict(SYSTEM_NODE_LABELS), "tolerations": [dict(item) for item in SYSTEM_TOLERATIONS]}


def apart(labels: Mapping[str, str]) -> dict[str, Any]:
    """Return the affinity of replicas with some labels, which had better be on different nodes, in different zones."""
    terms = [
        {
            "weight": 100,
            "podAffinityTerm": {"labelSelector": {"matchLabels": dict(labels)}, "topologyKey": key},
        }
        for key in (node_labels.HOSTNAME, node_labels.ZONE_NAME)
    ]
    return {"podAntiAffinity": {"preferredDuringSchedulingIgnoredDuringExecution": terms}}
