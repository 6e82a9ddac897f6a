"""Outputs that a provider would compute and programs read: by type token, a function from inputs to outputs.

An input is echoed as the output of the same name, and a declared output of type string that is neither becomes a
reference; so only what is more than that needs an entry.
"""

from collections.abc import Callable
from typing import Any

Fake = Callable[[str, dict[str, Any]], dict[str, Any]]
"""From a resource's URN and inputs to outputs."""

FAKES: dict[str, Fake] = {}

CALLS: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""Functions of providers that a program may call, by token."""


def reference(urn: str, property_path: str) -> str:
    """Return what a plan says for a value that only the cloud knows."""
    return f"${{{urn}.{property_path}}}"


def kubernetes_object(urn: str, inputs: dict[str, Any]) -> dict[str, Any]:
    """Name an object that leaves its name to Pulumi."""
    metadata = inputs.get("metadata") or {}
    return {"metadata": {"name": reference(urn, "metadata.name"), **metadata}}
