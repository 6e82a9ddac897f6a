"""From what a cluster holds of a RayService to what a person has to know of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from neuronserve.status.cluster import Observed
from neuronserve.status.pods import Object, condition, containers, is_ready, previous_end

ROLE_LABEL = "app.kubernetes.io/component"
MESSAGE_LINES = 8
"""Of a traceback the end is told, where its cause stands."""
WAITS_FOR_HEAD = "wait-gcs-ready"
"""The container that KubeRay puts before each worker."""
OPERATOR = "kubectl get pods --all-namespaces --selector app.kubernetes.io/name=kuberay-operator"
UNSCHEDULED = ("FailedScheduling", "Nominated")
"""Reasons of events that matter as long as a pod has no node: of the scheduler, and of Karpenter."""


class State(StrEnum):
    """How far a service is."""

    READY = "ready"
    UPGRADING = "upgrading"
    """It answers, while a Ray cluster that is to take its place starts."""
    NOT_READY = "not ready"
    MISSING = "missing"


@dataclass(frozen=True)
class Obstacle:
    """One thing that keeps a service from being ready."""

    what: str
    """Such as ``worker pod llm-x7-worker-abc``."""
    why: tuple[str, ...]
    """What Kubernetes, Karpenter, KubeRay, Ray or the container's own log say of it, each with its source."""


@dataclass(frozen=True)
class ServiceStatus:
    """A service, and what keeps it."""

    namespace: str
    name: str
    state: State
    endpoints: int
    """Pods that requests go to, as KubeRay counts them."""
    obstacles: tuple[Obstacle, ...]


def service_status(seen: Observed) -> ServiceStatus:
    """Return what there is to say of a RayService."""
    service = seen.ray_service
    if service is None:
        return ServiceStatus(seen.namespace, seen.name, State.MISSING, 0, ())
    obstacles = [*_not_taken_up(service), *_said_of_service(seen), *_serve(service), *_pods(seen), *_node_claims(seen)]
    state = _state(service)
    if state is State.NOT_READY and not obstacles:
        obstacles = [*_conditions(service)]
    status = service.get("status") or {}
    return ServiceStatus(seen.namespace, seen.name, state, status.get("numServeEndpoints") or 0, tuple(obstacles))


def _state(service: Object) -> State:
    if condition(service, "Ready").get("status") != "True":
        return State.NOT_READY
    return State.UPGRADING if condition(service, "UpgradeInProgress").get("status") == "True" else State.READY


def _is_taken_up(service: Object) -> bool:
    seen = (service.get("status") or {}).get("observedGeneration") or 0
    return bool(seen >= service["metadata"].get("generation", 0))


def _not_taken_up(service: Object) -> Iterator[Obstacle]:
    if not _is_taken_up(service):
        yield Obstacle("KubeRay operator", (f"It has not taken up the last change. Does it run? {OPERATOR}",))


def _conditions(service: Object) -> Iterator[Obstacle]:
    """Yield what KubeRay says where nothing else says more."""
    said = condition(service, "Ready")
    if said.get("message"):
        yield Obstacle("RayService", (f"KubeRay: {said['message']} ({said['reason']})",))


def _said_of_service(seen: Observed) -> Iterator[Obstacle]:
    """Yield KubeRay's warnings: of what it may not make, of a quota, of a spec that it does not take."""
    kinds = ("RayService", "RayCluster")
    warnings = [
        event
        for event in seen.events
        if event["type"] == "Warning"
        and event["involvedObject"]["kind"] in kinds
        and _belongs(event["involvedObject"]["name"], seen.name)
    ]
    if warnings and _state(seen.ray_service or {}) is not State.READY:
        yield Obstacle("KubeRay operator", tuple(_sayings(warnings)))


def _belongs(object_name: str, service: str) -> bool:
    return object_name == service or object_name.startswith(f"{service}-")


def _serve(service: Object) -> Iterator[Obstacle]:
    """Yield what Ray Serve says of applications and deployments that do not run, in both Ray clusters."""
    status = service.get("status") or {}
    for cluster in ("activeServiceStatus", "pendingServiceStatus"):
        applications = (status.get(cluster) or {}).get("applicationStatuses") or {}
        for name, application in applications.items():
            said = [
                _end(part["message"])
                for part in (application, *(application.get("serveDeploymentStatuses") or {}).values())
                if part.get("message") and part.get("status") not in ("RUNNING", "HEALTHY")
            ]
            if said:
                yield Obstacle(f"Serve application {name}: {application.get('status')}", tuple(dict.fromkeys(said)))


def _end(message: str) -> str:
    return "\n".join(message.strip().splitlines()[-MESSAGE_LINES:])


def _pods(seen: Observed) -> Iterator[Obstacle]:
    for pod in seen.pods:
        if is_ready(pod) or "deletionTimestamp" in pod["metadata"]:
            continue
        metadata = pod["metadata"]
        role = metadata.get("labels", {}).get(ROLE_LABEL, "")
        why = _of_unscheduled(pod, seen) if _is_unscheduled(pod) else _of_scheduled(pod, seen)
        yield Obstacle(f"{role} pod {metadata['name']}: {pod['status'].get('phase')}".strip(), tuple(why))


def _is_unscheduled(pod: Object) -> bool:
    return condition(pod, "PodScheduled").get("status") != "True"


def _of_unscheduled(pod: Object, seen: Observed) -> Iterator[str]:
    events = [event for event in _events_of(pod, seen) if event["reason"] in UNSCHEDULED]
    if events:
        yield from _sayings(events)
    elif message := condition(pod, "PodScheduled").get("message"):
        yield f"{pod['spec'].get('schedulerName', 'scheduler')}: {message}"
    else:
        scheduler = pod["spec"].get("schedulerName", "default-scheduler")
        yield f"No scheduler has looked at it. Its schedulerName is {scheduler}: is that installed, and does it run?"


def _of_scheduled(pod: Object, seen: Observed) -> Iterator[str]:
    for container in containers(pod):
        if container["ready"]:
            continue
        said = [*_of_container(container)]
        if log := seen.logs.get((pod["metadata"]["name"], container["name"])):
            said.append("its log ends with\n" + log)
        if said:
            yield f"container {container['name']}: " + "; ".join(said)
        if container["name"] == WAITS_FOR_HEAD:
            yield "It waits for the head to be ready."
            return
    warnings = [e for e in _events_of(pod, seen) if e["type"] == "Warning" and e["reason"] not in UNSCHEDULED]
    yield from _sayings(warnings)


def _of_container(container: Object) -> Iterator[str]:
    waiting = container["state"].get("waiting")
    if waiting and waiting.get("reason") != "PodInitializing":
        yield ": ".join(filter(None, (waiting.get("reason"), waiting.get("message"))))
    for ended in (container["state"].get("terminated"), previous_end(container)):
        if ended and ended.get("reason") != "Completed":
            yield f"ended with {ended.get('reason')}, exit code {ended['exitCode']}"
    if "running" in container["state"]:
        yield "runs, and its probe has not succeeded"


def _node_claims(seen: Observed) -> Iterator[Obstacle]:
    """Yield Karpenter's nodes that do not come, where a pod waits for one."""
    if not any(_is_unscheduled(pod) for pod in seen.pods):
        return
    for claim in seen.node_claims:
        said = [
            f"karpenter: {one['message']} ({one['reason']})"
            for one in (condition(claim, type_) for type_ in ("Launched", "Registered", "Initialized"))
            if one and one["status"] != "True"
        ]
        if said:
            pool = claim["metadata"].get("labels", {}).get("karpenter.sh/nodepool", "")
            yield Obstacle(f"node claim {claim['metadata']['name']} of pool {pool}", (said[0],))


def _events_of(pod: Object, seen: Observed) -> list[Object]:
    return [event for event in seen.events if event["involvedObject"].get("uid") == pod["metadata"]["uid"]]


def _sayings(events: list[Object]) -> Iterator[str]:
    """Yield the last word of each source on each matter."""
    last = {(_source(event), event["reason"]): event for event in sorted(events, key=_moment)}
    for (source, reason), event in last.items():
        yield f"{source}: {event['message'].strip()} ({reason})"


def _source(event: Object) -> str:
    return str(event.get("reportingComponent") or event.get("source", {}).get("component") or "Kubernetes")


def _moment(event: Object) -> str:
    series = event.get("series") or {}
    return str(series.get("lastObservedTime") or event.get("lastTimestamp") or event.get("eventTime") or "")
