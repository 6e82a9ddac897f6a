"""The options of a resource that decide what a change of it does."""

from collections.abc import Mapping
from typing import Any


def resource_options(urn: str, request: Any, inputs: dict[str, Any], owners: Mapping[str, str]) -> dict[str, Any]:
    """Return the options with which a program registers a resource, by Pulumi's names; none that is not set.

    ``aliases`` are URNs that the resource had before; ``ignoreChanges`` and ``replaceOnChanges`` paths of inputs;
    ``propertyDependencies`` are, by input, those that its value comes from and does not refer to.

    Args:
        urn: the resource's.
        request: its registration.
        inputs: of the resource, as in the plan.
        owners: remote components, by the URN of a resource inside.
    """
    dependencies = {
        name: sorted({owners.get(one, one) for one in found.urns} - {urn})
        for name, found in sorted(request.propertyDependencies.items())
    }
    hidden = {
        name: [one for one in urns if f"${{{one}." not in str(inputs.get(name))] for name, urns in dependencies.items()
    }
    options = {
        "aliases": [*request.aliasURNs, *(_alias(urn, request, alias) for alias in request.aliases)],
        "deleteBeforeReplace": request.deleteBeforeReplace,
        "ignoreChanges": list(request.ignoreChanges),
        "propertyDependencies": {name: urns for name, urns in hidden.items() if urns},
        "replaceOnChanges": list(request.replaceOnChanges),
        "retainOnDelete": request.retainOnDelete,
    }
    return {name: value for name, value in options.items() if value}


def _alias(urn: str, request: Any, alias: Any) -> str:
    """Return the URN for which an alias stands: what it leaves out is as in the resource."""
    if alias.WhichOneof("alias") == "urn":
        return str(alias.urn)
    spec = alias.spec
    parent = "" if spec.noParent else spec.parentUrn or request.parent
    head, project, *_ = urn.split("::")
    prefix, _, stack = head.rpartition(":")
    outer = parent.split("::")[2] if parent else ""
    kind = spec.type or request.type
    qualified = f"{outer}${kind}" if outer and outer != "pulumi:pulumi:Stack" else kind
    return f"{prefix}:{spec.stack or stack}::{spec.project or project}::{qualified}::{spec.name or request.name}"
