"""Objects of a cluster as they were made, whoever made them: without what differs from one making to the next."""

from collections.abc import Iterable
from typing import Any

from tests.kubernetes_api import KubernetesApi

Object = dict[str, Any]
OF_THE_SERVER = {"uid", "resourceVersion", "creationTimestamp", "managedFields", "generation", "annotations"}
ADDRESSES = {"clusterIP", "clusterIPs"}


def made_objects(api: KubernetesApi, manifests: Iterable[Object]) -> dict[str, Object]:
    """Return what a cluster has of the objects that manifests describe, by kind, namespace and name."""
    found = {_name(one): api.current(one) for one in manifests}
    return {name: _as_made(one.to_dict()) for name, one in found.items() if one is not None}


def _name(one: Object) -> str:
    metadata = one["metadata"]
    return " ".join([one["kind"], *filter(None, [metadata.get("namespace"), metadata["name"]])])


def _as_made(one: Object) -> Object:
    metadata = {key: value for key, value in one["metadata"].items() if key not in OF_THE_SERVER}
    annotations = one["metadata"].get("annotations") or {}
    metadata["annotations"] = {key: value for key, value in annotations.items() if not key.startswith("pulumi.com/")}
    spec = one.get("spec")
    if one["kind"] == "Service":
        spec = {key: value for key, value in spec.items() if key not in ADDRESSES}
    return {key: value for key, value in one.items() if key != "status"} | {"metadata": metadata, "spec": spec}
