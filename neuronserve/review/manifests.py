"""The Kubernetes objects of a plan, as ``kubectl apply`` takes them, and writing them to a folder with the plan."""

import heapq
import json
import re
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


OWN_FILES = {
    "plan.json": re.compile(""),
    "manifests": re.compile(r"[0-9]{2,}-.*\.yaml"),
    "serve_configs": re.compile(r".*\.yaml"),
}
"""What a plan writes, and the names of the files in each folder."""


def manifests(plan: Plan) -> list[tuple[str, dict[str, Any]]]:
    """Return file name and object of every Kubernetes object, in an order in which they can be applied.

    As in the plan, ``[secret]`` and references stand for what is not known here; they have to be filled in before the
    object can be applied. That goes also for the name of an object that leaves it to Pulumi.
    """
    objects = [
        (f"{resource.inputs['kind']}-{_name(resource)}".lower(), manifest(resource))
        for resource in apply_order(plan)
        if resource.is_kubernetes_object
    ]
    width = max(2, len(str(len(objects))))
    return [(f"{index:0{width}}-{file_name(name)}", inputs) for index, (name, inputs) in enumerate(objects)]


def manifest(resource: Resource) -> dict[str, Any]:
    """Return a Kubernetes object as people write it, with the name that Pulumi would give it."""
    return _head_first(_readable(_named(resource)))


def write(plan: Plan, directory: Path) -> None:
    """Write ``plan.json``, ``manifests/*.yaml`` and ``serve_configs/*.yaml``, replacing those of an earlier plan.

    All are written beside the directory first, so that an error leaves what was there.

    Raises:
        PlanError: the directory cannot be written, or holds things of these names that no earlier plan made.
    """
    try:
        directory.mkdir(parents=True, exist_ok=True)
        if foreign := _foreign(directory):
            raise PlanError(
                f"The plan is not written to {directory}: {foreign} is there, which no earlier plan made, and it would "
                "be replaced. Name another folder, or remove it."
            )
        with tempfile.TemporaryDirectory(dir=directory, prefix=".unfinished-") as folder:
            new, old = Path(folder, "new"), Path(folder, "old")
            _write_new(plan, new)
            old.mkdir()
            for name in OWN_FILES:
                if (directory / name).exists():
                    (directory / name).rename(old / name)
                if (new / name).exists():
                    (new / name).rename(directory / name)
    except OSError as error:
        raise PlanError(f"The plan cannot be written to {directory}: {error.strerror}.") from None


def _write_new(plan: Plan, folder: Path) -> None:
    configs = serve_configs(plan)
    (folder / "manifests").mkdir(parents=True)
    (folder / "plan.json").write_text(plan.to_json())
    for name, document in manifests(plan):
        (folder / "manifests" / name).write_text(to_yaml(document))
    if configs:
        (folder / "serve_configs").mkdir()
    for name, config in configs.items():
        (folder / "serve_configs" / file_name(name)).write_text(config)


def _foreign(directory: Path) -> str | None:
    """Return what is in the way in a folder and was not made by an earlier plan, None for nothing."""
    there = [name for name in OWN_FILES if (directory / name).is_symlink() or (directory / name).exists()]
    if there and not _is_plan(directory / "plan.json"):
        return there[0]
    for name in there:
        if (directory / name).is_symlink():
            return name
        for file in (directory / name).glob("*"):
            if not OWN_FILES[name].fullmatch(file.name):
                return f"{name}/{file.name}"
    return None


def _is_plan(file: Path) -> bool:
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(document, dict) and document.keys() == {"project", "stack", "resources", "outputs"}


def to_yaml(document: Any) -> str:
    """Return a document as YAML, texts of several lines as blocks."""
    return yaml.dump(document, Dumper=_Dumper, sort_keys=False, width=120, allow_unicode=True)


class _Dumper(yaml.SafeDumper):
    pass


def _text(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|" if "\n" in text else None)


_Dumper.add_representer(str, _text)


def file_name(name: str) -> str:
    """Return the name of the file of something that is called so."""
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


def apply_order(plan: Plan) -> list[Resource]:
    """Return all resources, each after those that it needs."""
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
