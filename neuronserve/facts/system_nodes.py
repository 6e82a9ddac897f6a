"""What sets the system nodes apart: the nodes that run Karpenter, DNS and the operators."""

from typing import Any

SYSTEM_NODE_LABELS = {"neuronserve.io/nodes": "system"}
"""Labels of the system nodes."""

SYSTEM_TAINT = {"key": "CriticalAddonsOnly", "value": "true", "effect": "NO_SCHEDULE"}
"""Keeps everything else, such as Ray heads, on nodes that Karpenter makes. Most system charts tolerate it anyway."""

SYSTEM_TOLERATIONS: list[dict[str, str]] = [{"key": "CriticalAddonsOnly", "operator": "Exists"}]
"""Tolerations of what belongs on the system nodes."""


def on_system_nodes() -> dict[str, Any]:
    """Return what a pod, or a chart's values, need for a place on the system nodes."""
    return {"nodeSelector": dict(SYSTEM_NODE_LABELS), "tolerations": [dict(item) for item in SYSTEM_TOLERATIONS]}
