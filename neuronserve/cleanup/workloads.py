"""What in the cluster keeps machines, load balancers and volumes: services, node pools, claims."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

from neuronserve.cleanup.deadline import Deadline
from neuronserve.cleanup.leftover import Kept, Leftover
from neuronserve.cleanup.objects import (
    CLAIM,
    INGRESS,
    NODE_CLAIM,
    NODE_POOL,
    RAY_CLUSTER,
    RAY_JOB,
    RAY_SERVICE,
    SERVICE,
    VOLUME,
    Object,
    ObjectKind,
    Objects,
)
from neuronserve.cleanup.scope import Scope
from neuronserve.cleanup.step import Step
from neuronserve.facts import node_labels

CONTROLLERS_FINALIZER = "ingress.k8s.aws"
"""Part of the finalizers by which the Load Balancer Controller keeps an Ingress until its load balancer is gone: its
own or its group's (``pkg/ingress/finalizer.go`` of https://github.com/kubernetes-sigs/aws-load-balancer-controller)."""

Found = list[tuple[ObjectKind, Object]]


def services(objects: Objects, scope: Scope) -> Step:
    """Return the step of what serves, and of what has a load balancer."""

    def of_kinds() -> Iterator[tuple[ObjectKind, Object]]:
        for kind in (RAY_SERVICE, RAY_JOB, RAY_CLUSTER):
            yield from ((kind, one) for one in objects.of(kind) if not one["metadata"].get("ownerReferences"))
        yield from ((INGRESS, one) for one in objects.of(INGRESS) if _has_load_balancer(one))
        yield from ((SERVICE, one) for one in objects.of(SERVICE) if one["spec"].get("type") == "LoadBalancer")

    return _step("services and their load balancers", objects, lambda: [*_of_stack(of_kinds(), scope)])


def nodes(objects: Objects, scope: Scope) -> Step:
    """Return the step of Karpenter's nodes: with their pools, or it would make others."""

    def pools_and_claims() -> Iterator[tuple[ObjectKind, Object]]:
        for one in objects.of(NODE_POOL):
            if scope.has_object(None, one["metadata"]["name"]):
                yield NODE_POOL, one
        for one in objects.of(NODE_CLAIM):
            if scope.has_object(None, one["metadata"].get("labels", {}).get(node_labels.NODE_POOL)):
                yield NODE_CLAIM, one

    return _step("node pools and node claims", objects, lambda: [*pools_and_claims()])


def claims(objects: Objects, scope: Scope) -> Step:
    """Return the step of claims of volumes, of which the driver deletes those that their class does not keep."""

    def of_stack() -> Found:
        return [*_of_stack(((CLAIM, one) for one in objects.of(CLAIM)), scope)]

    return _step("claims of volumes", objects, of_stack, awaited=partial(_volumes_of, objects))


def retained(objects: Objects) -> set[str]:
    """Return the ids of volumes in AWS that somebody wants to keep, whatever becomes of their claims."""
    kept = (one["spec"] for one in objects.of(VOLUME) if one["spec"].get("persistentVolumeReclaimPolicy") == "Retain")
    return {spec["csi"]["volumeHandle"] for spec in kept if "csi" in spec}


def _of_stack(found: Iterable[tuple[ObjectKind, Object]], scope: Scope) -> Iterator[tuple[ObjectKind, Object]]:
    return ((kind, one) for kind, one in found if scope.has_object(one["metadata"]["namespace"], None))


def _has_load_balancer(ingress: Object) -> bool:
    addresses = ingress.get("status", {}).get("loadBalancer", {}).get("ingress")
    return bool(addresses) or any(CONTROLLERS_FINALIZER in one for one in ingress["metadata"].get("finalizers", ()))


def _volumes_of(objects: Objects, deleted: Found) -> Found:
    """Return the volumes that go with claims."""
    uids = {one["metadata"]["uid"] for _, one in deleted}
    return [
        (VOLUME, one)
        for one in objects.of(VOLUME)
        if one["spec"].get("claimRef", {}).get("uid") in uids
        and one["spec"].get("persistentVolumeReclaimPolicy") == "Delete"
    ]


def _step(
    name: str,
    objects: Objects,
    find: Callable[[], Found],
    awaited: Callable[[Found], Found] = lambda _: [],
) -> Step:
    def remove(leftovers: Sequence[Leftover], deadline: Deadline, left: Callable[[int], None]) -> Kept:
        wanted = {one.key for one in leftovers}
        going = [(kind, one) for kind, one in find() if _leftover(kind, one).key in wanted]
        further = awaited(going)
        for kind, one in going:
            objects.delete(kind, one)
        expected: dict[ObjectKind, list[Object]] = {}
        for kind, one in (*going, *further):
            expected.setdefault(kind, []).append(one)
        there = objects.await_end(expected, deadline, left)
        return {_leftover(kind, one).key: _held_by(one) for kind, one in there}

    return Step(name, lambda: [_leftover(kind, one) for kind, one in find()], remove)


def _leftover(kind: ObjectKind, one: Object) -> Leftover:
    metadata = one["metadata"]
    name = "/".join(filter(None, (metadata.get("namespace"), metadata["name"])))
    about = [f"node pool {pool}" for pool in [metadata.get("labels", {}).get(node_labels.NODE_POOL)] if pool]
    about += [str(one["status"]["providerID"]).rpartition("/")[2]] if one.get("status", {}).get("providerID") else []
    return Leftover(kind.name, name, ", ".join(about))


def _held_by(one: Object) -> str:
    finalizers = one["metadata"].get("finalizers", [])
    late = "it has not gone in time"
    return f"{late}, and waits for {', '.join(finalizers)}" if finalizers else late
