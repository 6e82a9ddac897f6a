"""The Kubernetes objects of a plan, as ``kubectl apply`` takes them, and writing them to a folder with the plan."""

import heapq
import re
import shutil
import tempfile
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Any

import yaml

from neuronserve.plan.annotations import SECRET
from neuronserve.plan.errors import PlanError
from neuronserve.plan.fakes import reference
from neuronserve.plan.plan import Plan, Resource
from neuronserve.review.services import serve_configs

KIND_ORDER = (
    "Namespace",
    "CustomResourceDefinition",
    "PriorityClass",
    "ServiceAccount",
    "Secret",
    "ConfigMap",
    "ClusterRole",
    "ClusterRoleBinding",
    "Role",
    "RoleBinding",
    "PersistentVolumeClaim",
    "Service",
)
"""Order among objects that do not depend on each other; kinds that are not named come last."""


FORMERLY = "serve_config.yaml"
"""What an earlier version wrote for the one service of a plan."""


def manifests(plan: Plan) -> list[tuple[str, dict[str, Any]]]:
    """Return file name and object of every Kubernetes object, in an order in which they can be applied.

    As in the plan, ``[secret]`` and references stand for what is not known here; they have to be filled in before the
    object can be applied. That goes also for the name of an object that leaves it to Pulumi.
    """
    objects = [
        (f"{resource.inputs['kind']}-{_name(resource)}".lower(), _head_first(_readable(_named(resource))))
        for resource in _apply_order(plan)
        if resource.is_kubernetes_object
    ]
    width = max(2, len(str(len(objects))))
    return [(f"{index:0{width}}-{_file_name(name)}", inputs) for index, (name, inputs) in enumerate(objects)]


def write(plan: Plan, directory: Path) -> None:
    """Write ``plan.json``, ``manifests/*.yaml`` and ``serve_configs/*.yaml``, replacing those of an earlier plan.

    All are written beside the directory first, so that an error leaves what was there.

    Raises:
        PlanError: the directory cannot be written.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=directory, prefix=".unfinished-") as folder:
            new = Path(folder)
            (new / "plan.json").write_text(plan.to_json())
            (new / "manifests").mkdir()
            for name, manifest in manifests(plan):
                (new / "manifests" / name).write_text(to_yaml(manifest))
            configs = serve_configs(plan)
            if configs:
                (new / "serve_configs").mkdir()
            for name, config in configs.items():
                (new / "serve_configs" / _file_name(name)).write_text(config)
            for name in ("plan.json", "manifests", "serve_configs", FORMERLY):
                _remove(directory / name)
                if (new / name).exists():
                    (new / name).rename(directory / name)
    except OSError as error:
        raise PlanError(f"The plan cannot be written to {directory}: {error.strerror}.") from None


def to_yaml(document: Any) -> str:
    """Return a document as YAML, texts of several lines as blocks."""
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=120, allow_unicode=True)


class _Dumper(yaml.SafeDumper):
    pass


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def _file_name(name: str) -> str:
    return re.sub(r"[^a-z0-9.-]+", "-", name) + ".yaml"


def _readable(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return a Secret with its place-holders as text: in ``data`` an API server takes nothing but base64."""
    data = manifest.get("data")
    if manifest["kind"] != "Secret" or not isinstance(data, dict):
        return manifest
    hidden = {key: value for key, value in data.items() if value == SECRET}
    if not hidden:
        return manifest
    changed = {"data": {key: value for key, value in data.items() if key not in hidden}}
    changed["stringData"] = hidden | manifest.get("stringData", {})  # as in an API server, stringData wins
    return {key: value for key, value in (manifest | changed).items() if key != "data" or value}


def _head_first(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return an object in the order in which people write it."""
    return {key: manifest[key] for key in ("apiVersion", "kind", "metadata") if key in manifest} | manifest


def _named(resource: Resource) -> dict[str, Any]:
    metadata = resource.inputs.get("metadata") or {}
    if "name" in metadata:
        return resource.inputs
    return resource.inputs | {"metadata": {"name": reference(resource.urn, "metadata.name")} | metadata}


def _name(resource: Resource) -> str:
    return str((resource.inputs.get("metadata") or {}).get("name") or resource.name)


def _apply_order(plan: Plan) -> list[Resource]:
    by_urn = {resource.urn: resource for resource in plan.resources}
    graph = {
        resource.urn: [urn for urn in (*resource.dependencies, resource.parent, resource.provider) if urn in by_urn]
        for resource in plan.resources
    }
    sorter = TopologicalSorter(graph)
    sorter.prepare()
    ready: list[tuple[int, str]] = []
    order: list[Resource] = []
    while sorter.is_active():
        for urn in sorter.get_ready():
            heapq.heappush(ready, (_rank(by_urn[urn]), urn))
        _, urn = heapq.heappop(ready)
        order.append(by_urn[urn])
        sorter.done(urn)
    return order


def _rank(resource: Resource) -> int:
    """Return a resource's place among those that could come next; anything else is only in their way."""
    kind = resource.inputs.get("kind")
    if not resource.is_kubernetes_object:
        return -1
    return KIND_ORDER.index(kind) if kind in KIND_ORDER else len(KIND_ORDER)


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
