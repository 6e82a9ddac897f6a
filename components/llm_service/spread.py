"""How the workers of a service spread, so that no zone and no node takes them all along."""

from collections.abc import Mapping
from typing import Any

from neuronserve.facts import node_labels


def spread(labels: Mapping[str, str], *, over_nodes: bool) -> list[dict[str, Any]]:
    """Return the ``topologySpreadConstraints`` of pods with some labels.

    They are wishes: capacity may be in one zone only. Karpenter makes a node for each wish that no node grants, so
    ``over_nodes`` is not for pods that take part of an accelerator's node to share it.
    """
    keys = [node_labels.ZONE_NAME, *([node_labels.HOSTNAME] if over_nodes else [])]
    return [
        {
            "maxSkew": 1,
            "topologyKey": key,
            "whenUnsatisfiable": "ScheduleAnyway",
            "labelSelector": {"matchLabels": dict(labels)},
        }
        for key in keys
    ]
