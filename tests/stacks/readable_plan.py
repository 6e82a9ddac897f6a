"""The normal form of a plan: all that it says, once, for people to read."""

import json
from collections import Counter
from dataclasses import dataclass
from typing import Any

import yaml

from neuronserve.plan.plan import Plan, Resource
from tests.stacks.short_names import ShortNames, kind_of, usual_type

OBJECT_HEAD = ("apiVersion", "kind", "metadata")
"""What people write first of a Kubernetes object."""


@dataclass(frozen=True)
class Unfolded:
    """What a text in JSON or YAML says."""

    language: str
    content: Any


def readable(plan: Plan) -> dict[str, Any]:
    """Return project, outputs and resources of a plan, these by short names.

    Of a resource's dependencies those are left out to which its inputs refer, and the resources of a whole component
    are one item. Type, provider, and so on are there where they are not what one takes them for.
    """
    names = ShortNames(plan)
    members = _members(plan)
    providers = _only_providers(plan)
    by_urn = {resource.urn: resource for resource in plan.resources}
    entries: dict[str, Any] = {"project": plan.project, "outputs": _unfold(plan.outputs, names)}
    for resource in sorted(plan.resources, key=names.order):
        kind, package = kind_of(resource.type), resource.type.partition(":")[0]
        parent = by_urn.get(resource.parent or "")
        component = resource.remote or package == plan.project
        facts = [
            ("type", resource.type, usual_type(kind, resource, plan.project)),
            ("parent", resource.parent, resource.parent if parent else names.stack_urn),
            ("custom", resource.custom, not component),
            ("remote", resource.remote, False),
            ("provider", resource.provider, providers.get(package)),
            ("protect", resource.protect, bool(parent and parent.protect)),
        ]
        body: dict[str, Any] = {key: value for key, value, usual in facts if value != usual}
        body |= {key: names[body[key]] for key in ("parent", "provider") if body.get(key)}
        if resource.inputs:
            body["inputs"] = _unfold(_head_first(resource.inputs), names)
        entries[names[resource.urn]] = body | _dependencies(resource, names, members)
    return entries


def _head_first(inputs: dict[str, Any]) -> dict[str, Any]:
    return {key: inputs[key] for key in OBJECT_HEAD if key in inputs} | inputs


def _members(plan: Plan) -> dict[str, set[str]]:
    """Return the resources in each component that has several, at any depth; outer components come first."""
    parents = {resource.urn: resource.parent for resource in plan.resources}
    members: dict[str, set[str]] = {}
    depth: Counter[str] = Counter()
    for resource in plan.resources:
        urn = parents[resource.urn]
        while urn in parents:
            depth[resource.urn] += 1
            if resource.custom or resource.remote:
                members.setdefault(urn, set()).add(resource.urn)
            urn = parents[urn]
    return {urn: members[urn] for urn in sorted(members, key=lambda urn: (depth[urn], urn)) if len(members[urn]) > 1}


def _only_providers(plan: Plan) -> dict[str, str]:
    """Return the provider of each package that has one and no second in the plan: nobody wonders which it is."""
    providers = [resource for resource in plan.resources if resource.type.startswith("pulumi:providers:")]
    count = Counter(provider.type for provider in providers)
    return {provider.type.split(":")[2]: provider.urn for provider in providers if count[provider.type] == 1}


def _dependencies(resource: Resource, names: ShortNames, members: dict[str, set[str]]) -> dict[str, list[str]]:
    dependencies, referred = set(resource.dependencies), names.references(resource.inputs)
    rest = dependencies - referred
    whole = []
    for component, inner in members.items():
        if inner <= dependencies and inner & rest:
            whole.append(f"all of {names[component]}")
            rest -= inner
    lists = {
        "dependencies": [*sorted(whole), *sorted(names[urn] for urn in rest)],
        "no dependencies": sorted(names[urn] for urn in referred - dependencies),
    }
    return {key: items for key, items in lists.items() if items}


def _unfold(value: Any, names: ShortNames, key: str = "") -> Any:
    if isinstance(value, dict):
        return {names.in_text(key): _unfold(item, names, key) for key, item in value.items()}
    if isinstance(value, list):
        return [_unfold(item, names) for item in value]
    if not isinstance(value, str):
        return value
    language, content = _parsed(key, value)
    return Unfolded(language, _unfold(content, names)) if language else names.in_text(value)


def _parsed(key: str, text: str) -> tuple[str, Any]:
    """Return the language of a text that holds a structure, and the structure; no language of any other text.

    Nothing is hidden by it: a text that says one thing twice, or that YAML would not give back, stays as it is.
    """
    try:
        if key == "serveConfigV2":
            content = yaml.safe_load(text)
            return ("yaml", content) if yaml.safe_dump(content, sort_keys=False) == text else ("", None)
        return ("json", json.loads(text, object_pairs_hook=_once)) if text[:1] in ("{", "[") else ("", None)
    except (ValueError, yaml.YAMLError):
        return "", None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise ValueError
    return dict(pairs)
