"""Outputs that a provider would compute and programs read: by type token, a function from inputs to outputs.

An input is echoed as the output of the same name. A declared output that is not an input becomes a reference, or a
structure of references; of a list, one item stands for all. Numbers, booleans and mappings of unknown keys have no such
stand-in and stay unset. Only what is more than that needs an entry.
"""

import typing
from collections import abc
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from neuronserve.plan.sdk import field_types, is_secret


@dataclass(frozen=True)
class InnerResource:
    """An output that is itself a resource, made inside a component that another process runs; no part of the plan."""

    type: str
    outputs: dict[str, Any]


Fake = Callable[[str, dict[str, Any]], dict[str, Any]]
"""From a resource's URN and inputs to outputs."""

FAKES: dict[str, Fake] = {
    # What the stash has kept so far is in a stack's state: to a plan every stack is new.
    "pulumi:index:Stash": lambda _urn, inputs: {"output": inputs["input"]},
}

Call = Callable[[dict[str, Any]], dict[str, Any]]
"""From the arguments of a provider's function to its result."""

CALLS: dict[str, Call] = {}
"""Functions of providers that a program may call, by token."""


def reference(urn: str, property_path: str) -> str:
    """Return what a plan says for a value that only the cloud knows."""
    return f"${{{urn}.{property_path}}}"


def kubernetes_object(urn: str, inputs: dict[str, Any]) -> dict[str, Any]:
    """Name an object of a kind without a class, such as a RayService, that leaves its name to Pulumi."""
    metadata = inputs.get("metadata") or {}
    return {"metadata": {"name": reference(urn, "metadata.name"), **metadata}}


def completed(urn: str, path: str, hint: Any, value: Any) -> Any:
    """Return an output with references in place of what only the cloud knows.

    Args:
        urn: the resource's.
        path: of the output in the resource, such as ``status``.
        hint: the output's declared type.
        value: what is known of it, or None. A structure of which a part is known gets the strings that it lacks.
    """
    fields = field_types(hint)
    if value is None:
        return _unknown(urn, path, hint, ())
    if fields is None or not isinstance(value, dict):
        return value
    if is_secret(value):
        return value | {"value": completed(urn, path, hint, value["value"])}
    missing = {name: reference(urn, f"{path}.{name}") for name, field in fields.items() if field is str}
    return missing | value


def _unknown(urn: str, path: str, hint: Any, outer: tuple[Any, ...]) -> Any:
    if hint is str:
        return reference(urn, path)
    if typing.get_origin(hint) in (list, abc.Sequence):
        item = _unknown(urn, f"{path}[0]", typing.get_args(hint)[0], outer)
        return None if item is None else [item]
    fields = field_types(hint)
    if fields is None or hint in outer:  # a type that holds itself would never end
        return None
    values = {name: _unknown(urn, f"{path}.{name}", field, (*outer, hint)) for name, field in fields.items()}
    return {name: value for name, value in values.items() if value is not None}
