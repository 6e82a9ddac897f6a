"""What can be read off a pod of Kubernetes' API."""

from collections.abc import Iterator
from typing import Any

Object = dict[str, Any]
"""An object, or a part of one, as Kubernetes' API has it."""


def condition(thing: Object, type_: str) -> Object:
    """Return a condition of an object's status; an empty one if it says nothing of it."""
    conditions = thing.get("status", {}).get("conditions") or []
    return next((one for one in conditions if one["type"] == type_), {})


def is_ready(pod: Object) -> bool:
    """Tell whether requests may go to a pod, or it has done its work."""
    return pod["status"].get("phase") == "Succeeded" or condition(pod, "Ready").get("status") == "True"


def is_running(pod: Object) -> bool:
    """Tell whether a pod has started and is not to go."""
    return pod["status"].get("phase") == "Running" and "deletionTimestamp" not in pod["metadata"]


def containers(pod: Object) -> Iterator[Object]:
    """Yield the statuses of a pod's containers, those first that have to run first; none while it has no node."""
    for key in ("initContainerStatuses", "containerStatuses"):
        yield from pod["status"].get(key) or []


def is_started(container: Object) -> bool:
    """Tell whether a container runs, or has run."""
    return "waiting" not in container["state"] or previous_end(container) is not None


def previous_end(container: Object) -> Object | None:
    """Return how a container that was started again ended before; None if it has not."""
    ended: Object | None = container.get("lastState", {}).get("terminated")
    return ended
