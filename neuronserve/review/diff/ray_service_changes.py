"""What a change of a RayService does to the engines in it: the one source of the words in docs/changes.md too."""

from dataclasses import dataclass
from typing import Any

import yaml

WORKER_NUMBERS = ("replicas", "minReplicas", "maxReplicas")
"""Fields of a worker group that KubeRay and Ray's autoscaler change in place."""

NO_UPGRADE = "None"
"""The ``upgradeStrategy`` for which KubeRay leaves the pods of a RayService alone."""


@dataclass(frozen=True)
class Touched:
    """What a change touches."""

    engine: bool
    """What engines are started with."""
    pods: bool
    """Their definition, whatever the number of workers."""
    configuration: bool
    """What replicas take over while they run."""


def touched(before: dict[str, Any], after: dict[str, Any]) -> Touched:
    """Return what is different between two specs of a RayService.

    Deployments of an application that takes no ``args`` are taken over as they are.
    """
    old, new = (_applications(spec) for spec in (before, after))
    return Touched(
        engine=[_engine(one) for one in old] != [_engine(one) for one in new],
        pods=_pods(before.get("rayClusterConfig", {})) != _pods(after.get("rayClusterConfig", {})),
        configuration=[one.get("deployments") for one in old] != [one.get("deployments") for one in new],
    )


def upgrades_beside(spec: dict[str, Any]) -> bool:
    """Tell whether KubeRay starts a second Ray cluster for other pods, which takes over when it answers."""
    return bool((spec.get("upgradeStrategy") or {}).get("type") != NO_UPGRADE)


def taken(change: Touched, beside: bool) -> str:
    """Return how a change is taken up, in a sentence; in bold what nobody takes over meanwhile.

    Args:
        change: what is touched.
        beside: whether a second Ray cluster starts for other pods.
    """
    if change.engine and beside:
        return "A new engine answers first."
    if change.pods:
        return "New pods answer first." if beside else "**Nothing until the service is made anew.**"
    if change.engine:
        return "**A new engine, in place of the old one.**"
    return "Taken over without a restart." if change.configuration else "Nothing restarts."


def stops_engines(change: Touched, beside: bool) -> bool:
    """Tell whether engines stop before others are there to take over."""
    return change.engine and not change.pods and not beside


def concerns_pods(path: str) -> bool:
    """Tell the fields of a RayService for which KubeRay makes other pods: all of a cluster but numbers of workers."""
    return path.startswith("spec.rayClusterConfig") and path.rpartition(".")[2] not in WORKER_NUMBERS


def _applications(spec: dict[str, Any]) -> list[dict[str, Any]]:
    try:
        document = yaml.safe_load(spec.get("serveConfigV2", ""))
    except yaml.YAMLError:
        return []
    applications = document.get("applications") if isinstance(document, dict) else None
    return [one for one in applications or [] if isinstance(one, dict)]


def _engine(application: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in application.items() if key != "deployments"}


def _pods(cluster: dict[str, Any]) -> dict[str, Any]:
    groups = cluster.get("workerGroupSpecs", [])
    return cluster | {
        "workerGroupSpecs": [{key: group[key] for key in group if key not in WORKER_NUMBERS} for group in groups]
    }
