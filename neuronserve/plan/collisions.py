"""Resources with names of their own in Pulumi that would be one and the same thing in a Kubernetes cluster.

Pulumi sees two resources; the second takes over the first one's object without a word, or Helm refuses it halfway.
"""

from collections.abc import Iterable
from typing import Any

from neuronserve.plan.annotations import SECRET
from neuronserve.plan.plan import Resource

RELEASE = "kubernetes:helm.sh/v3:Release"


def collisions(resources: Iterable[Resource]) -> list[str]:
    """Return which resources are one object or one Helm release of a cluster, by name and namespace, one message each.

    Versions of an API group are views of the same object. Names that are secret, or that Pulumi makes up, are taken
    for different ones; so are objects of different providers, which may be in different clusters.

    Args:
        resources: all of a plan, with those of their providers that are explicit.
    """
    resources = list(resources)
    namespaces = {resource.urn: resource.inputs.get("namespace") for resource in resources}
    by_identity: dict[tuple[str | None, tuple[str, str, str]], list[Resource]] = {}
    for resource in resources:
        if identity := _identity(resource, namespaces.get(resource.provider or "")):
            by_identity.setdefault((resource.provider, identity), []).append(resource)
    return [_message(*identity, same) for (_, identity), same in by_identity.items() if len(same) > 1]


def _identity(resource: Resource, default_namespace: str | None) -> tuple[str, str, str] | None:
    """Return kind with API group, namespace and name, or None if the name is not known."""
    metadata: Any
    if resource.type == RELEASE:
        kind, metadata = "Helm release", resource.inputs
    elif resource.is_kubernetes_object:
        group, _, _ = resource.inputs["apiVersion"].rpartition("/")
        kind, metadata = resource.inputs["kind"], resource.inputs.get("metadata")
        kind = f"{kind}.{group}" if group else kind  # as kubectl writes it
    else:
        return None
    if not isinstance(metadata, dict):
        return None
    name, namespace = str(metadata.get("name") or ""), str(metadata.get("namespace") or default_namespace or "")
    if not name or SECRET in name or SECRET in namespace:
        return None
    return kind, namespace, name


def _message(kind: str, namespace: str, name: str, same: list[Resource]) -> str:
    what = f"{kind} {name}" + (f" in namespace {namespace}" if namespace else "")
    *most, last = (resource.urn for resource in same)
    field = "name" if kind == "Helm release" else "metadata.name"
    way = f"a {field} of its own" + (", or another namespace" if namespace else "")
    return f"{', '.join(most)} and {last} are the same {what}. Give each {way}."
