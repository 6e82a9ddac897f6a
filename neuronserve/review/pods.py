"""The pods of a plan's RayServices: their specs, how many there are at most, and what they ask for."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from neuronserve.facts.quantities import quantity
from neuronserve.plan.plan import Plan
from neuronserve.review.diff.ray_service_changes import upgrades_beside
from neuronserve.review.services import services


@dataclass(frozen=True)
class Pods:
    """Pods of one kind: their spec, and how many there are at most."""

    service: str
    name: str
    spec: dict[str, Any]
    most: int


def ray_pods(plan: Plan) -> list[Pods]:
    """Return the pods of all RayServices: the head, and each group of workers."""
    found = []
    for name, service in services(plan).items():
        spec = service.inputs["spec"]
        cluster = spec["rayClusterConfig"]
        found.append(Pods(name, f"{name} head", cluster["headGroupSpec"]["template"]["spec"], 1))
        found += [
            Pods(name, f"{name} worker {group['groupName']}", group["template"]["spec"], most)
            for group in cluster["workerGroupSpecs"]
            if (most := most_workers(spec, group))
        ]
    return found


def most_workers(spec: dict[str, Any], group: dict[str, Any]) -> int:
    """Return how many workers of a group the replicas of a RayService take at most.

    One that upgrades side by side may have one more, for minutes, for a replica that moves: like the second set of pods
    in an upgrade it is counted nowhere.
    """
    moves = bool(spec["rayClusterConfig"].get("enableInTreeAutoscaling")) and upgrades_beside(spec)
    return int(group["maxReplicas"]) - moves


def requests(pod: dict[str, Any]) -> dict[str, float]:
    """Return what all containers of a pod ask for together."""
    total: dict[str, float] = {}
    for container in pod["containers"]:
        resources = container.get("resources", {})
        for resource, amount in {**resources.get("limits", {}), **resources.get("requests", {})}.items():
            total[resource] = total.get(resource, 0) + quantity(amount)
    return total


def tolerates(pod: dict[str, Any], taint: dict[str, Any]) -> bool:
    """Tell whether a pod may run on nodes with a taint."""
    return any(_matches(toleration, taint) for toleration in pod.get("tolerations", []))


def required_labels(pod: dict[str, Any]) -> Iterator[tuple[str, list[str]]]:
    """Yield each label that a pod's node has to have, and its possible values."""
    for key, value in pod.get("nodeSelector", {}).items():
        yield key, [value]
    required = pod.get("affinity", {}).get("nodeAffinity", {}).get("requiredDuringSchedulingIgnoredDuringExecution", {})
    for term in required.get("nodeSelectorTerms", [])[:1]:
        for expression in term.get("matchExpressions", []):
            if expression["operator"] == "In":
                yield expression["key"], expression["values"]


def _matches(toleration: dict[str, Any], taint: dict[str, Any]) -> bool:
    if toleration.get("effect") not in (None, taint["effect"]):
        return False
    if toleration.get("operator", "Equal") == "Exists":
        return toleration.get("key") in (None, taint["key"])
    return (toleration.get("key"), toleration.get("value", "")) == (taint["key"], taint.get("value", ""))
