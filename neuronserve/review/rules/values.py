"""Reading the inputs of resources, in which anything may be missing or known to the cloud alone."""

import json
from collections.abc import Iterator
from typing import Any

from neuronserve.plan.aws_inputs import is_unknown


def mapping(value: Any) -> dict[str, Any]:
    """Return a value that is a mapping, also one that is JSON, and an empty one for anything else."""
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except ValueError:
            return {}
    return value if isinstance(value, dict) else {}


def items(value: Any) -> list[Any]:
    """Return the items of a list, and of anything else but nothing a list of it alone."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def texts(value: Any) -> set[str]:
    """Return the texts of a list, or of a text alone."""
    return {item for item in items(value) if isinstance(item, str)}


def is_true(value: Any) -> bool:
    """Tell whether a value is true, however it is written; what only the cloud knows may be."""
    return value is True or value == "true" or is_unknown(value)


def holders(value: Any, key: str) -> Iterator[dict[str, Any]]:
    """Yield each mapping in a structure that has a key."""
    if isinstance(value, dict):
        if key in value:
            yield value
        for item in value.values():
            yield from holders(item, key)
    elif isinstance(value, list):
        for item in value:
            yield from holders(item, key)
