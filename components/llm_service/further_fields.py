"""What a user gives pods besides what the service gives them."""

from collections.abc import Sequence
from typing import Any

import pulumi

from neuronserve.components.llm_service.settings import PodSettings


def add_further_fields(
    template: dict[str, Any], pod: PodSettings, image_pull_secrets: Sequence[pulumi.Input[str]]
) -> None:
    """Add a user's fields to a pod template, whose first container is Ray's.

    Of ours they take the place of variables alone: those that may not be set are refused before.
    """
    metadata, spec = template["metadata"], template["spec"]
    container = spec["containers"][0]
    own = [variable for variable in container["env"] if variable["name"] not in pod.env]
    container["env"] = [*own, *({"name": name, "value": value} for name, value in pod.env.items())]
    metadata["labels"] |= pod.labels
    further: tuple[tuple[dict[str, Any], str, Any], ...] = (
        (container, "envFrom", [*pod.env_from]),
        (metadata, "annotations", metadata.get("annotations", {}) | pod.annotations),
        (spec, "nodeSelector", spec.get("nodeSelector", {}) | pod.node_selector),
        (spec, "tolerations", [*spec.get("tolerations", []), *pod.tolerations]),
        (spec, "imagePullSecrets", [{"name": name} for name in image_pull_secrets]),
        (spec, "priorityClassName", pod.priority_class_name),
    )
    for holder, name, value in further:
        if value:
            holder[name] = value
