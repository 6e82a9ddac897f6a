"""Laying a user's own fields over those of a component: the way out where a component has no setting."""

from collections.abc import Mapping
from functools import partial
from typing import Any

import pulumi

MERGE_KEYS = ("name", "groupName")
"""What tells the items of a list apart, as in containers, volumes and RayCluster worker groups."""


def merged(values: Any, further: Any) -> Any:
    """Return a chart's values with further ones over them, as Helm merges them: mappings by key, the rest replaced."""
    return _laid_over(values, further, lists_by_name=False)


def overlaid(fields: Any, further: Any) -> Any:
    """Return an object's fields with further ones over them: mappings by key, lists of named things by name.

    It is what ``kubectl apply`` does with built-in kinds, done for all: what has the same ``name`` (or ``groupName``)
    is merged, what has another is added; other lists are replaced.
    """
    return _laid_over(fields, further, lists_by_name=True)


def _laid_over(fields: Any, further: Any, *, lists_by_name: bool) -> Any:
    over = partial(_laid_over, lists_by_name=lists_by_name)
    if isinstance(further, pulumi.Output):
        return pulumi.Output.all(fields, further).apply(lambda known: over(*known))
    if isinstance(fields, Mapping) and isinstance(further, Mapping):
        return {**fields, **{key: over(fields.get(key), value) for key, value in further.items()}}
    if lists_by_name and isinstance(fields, list) and isinstance(further, list):
        for key in MERGE_KEYS:
            if fields and further and all(_is_named(item, key) for item in (*fields, *further)):
                named = {item[key]: item for item in fields}
                return list((named | {item[key]: over(named.get(item[key]), item) for item in further}).values())
    return further


def _is_named(item: Any, key: str) -> bool:
    return isinstance(item, Mapping) and isinstance(item.get(key), str)
