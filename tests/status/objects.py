"""Objects as a cluster holds them of a service that is not ready, as small as they can be."""

from typing import Any

from neuronserve.status.cluster import Observed

Object = dict[str, Any]


def conditions(**statuses: str | tuple[str, str, str]) -> list[Object]:
    """Return conditions: a status, or status, reason and message, by type."""
    found = []
    for type_, said in statuses.items():
        status, reason, message = said if isinstance(said, tuple) else (said, "", "")
        found.append({"type": type_, "status": status, "reason": reason, "message": message})
    return found


def ray_service(*, generation: int = 1, seen: int | None = 1, **status: Any) -> Object:
    if seen is not None:
        status["observedGeneration"] = seen
    return {"metadata": {"name": "llm", "generation": generation}, "status": status}


def pod(
    name: str, role: str = "worker", phase: str = "Pending", containers: list[Object] | None = None, **statuses: Any
) -> Object:
    return {
        "metadata": {"name": name, "uid": f"uid of {name}", "labels": {"app.kubernetes.io/component": role}},
        "spec": {"schedulerName": "my-scheduler"},
        "status": {"phase": phase, "conditions": conditions(**statuses), "containerStatuses": containers or []},
    }


def container(name: str = "ray-worker", *, last: Object | None = None, **state: Object) -> Object:
    last_state = {"terminated": last} if last else {}
    return {"name": name, "ready": False, "state": state, "lastState": last_state}


def event(of: Object, source: str, reason: str, message: str, *, kind: str = "Pod", at: str = "1") -> Object:
    return {
        "type": "Normal" if reason == "Nominated" else "Warning",
        "reason": reason,
        "message": message,
        "lastTimestamp": f"2026-01-01T00:00:0{at}Z",
        "source": {"component": source},
        "involvedObject": {"kind": kind, "name": of["metadata"]["name"], "uid": of["metadata"].get("uid")},
    }


def observed(service: Object | None, *pods: Object, **more: Any) -> Observed:
    return Observed("vllm", "llm", service, list(pods), **more)
