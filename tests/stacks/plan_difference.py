"""What a readable plan has, has not, and has otherwise than another, property by property."""

import re
from typing import Any

from tests.stacks.readable_plan import Unfolded

Changes = dict[tuple[str, ...], dict[str, Any]]
"""By the path of a property, its ``old`` and ``new`` value; one that is missing there was or is not there.

Of a sorted list of texts, those that are ``removed`` and ``added``.
"""

IDENTITIES = ("name", "key", "Sid", "groupName", "deviceName", "mountPath", "resourceType")
"""By these an item of a list is the same as one of another list, wherever it stands."""

ABSENT = object()


def difference(base: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return the entries of another plan that are ``removed``, ``changed`` and ``added``."""
    changed = {name: nested(changes(base[name], body)) for name, body in other.items() if name in base}
    parts = {
        "removed": [name for name in base if name not in other],
        "changed": {name: body for name, body in changed.items() if body},
        "added": {name: _like(name, body, base) for name, body in other.items() if name not in base},
    }
    return {title: part for title, part in parts.items() if part}


def changes(old: Any, new: Any, path: tuple[str, ...] = ()) -> Changes:
    """Return what is different in a new value; nothing only if both are the same, types included."""
    if isinstance(old, Unfolded) and isinstance(new, Unfolded) and old.language == new.language:
        return changes(old.content, new.content, path)
    if isinstance(old, dict) and isinstance(new, dict):
        found: Changes = {}
        for key in {**old, **new}:
            found |= changes(old.get(key, ABSENT), new.get(key, ABSENT), (*path, _segment(key)))
        return found
    if isinstance(old, list) and isinstance(new, list):
        return _of_lists(old, new, path)
    if type(old) is type(new) and old == new:
        return {}
    return {path: {side: value for side, value in (("old", old), ("new", new)) if value is not ABSENT}}


def nested(found: Changes) -> dict[str, Any]:
    """Return changes below what their paths have in common."""
    inner: dict[str, Changes] = {}
    for (head, *rest), change in found.items():
        inner.setdefault(head, {})[tuple(rest)] = change
    result: dict[str, Any] = {}
    for head, below in inner.items():
        value = below[()] if () in below else nested(below)
        if () not in below and len(value) == 1:
            ((tail, value),) = value.items()
            head += tail if tail.startswith("[") else f".{tail}"  # noqa: PLW2901
        result[head] = value
    return result


def _of_lists(old: list[Any], new: list[Any], path: tuple[str, ...]) -> Changes:
    for identity in IDENTITIES:
        if _told_apart(old, identity) and _told_apart(new, identity) and _share(old, new, identity):
            return _by_identity(identity, old, new, path)
    if _is_sorted(old) and _is_sorted(new):
        sides = {"removed": sorted({*old} - {*new}), "added": sorted({*new} - {*old})}
        return {path: {side: items for side, items in sides.items() if items}} if old != new else {}
    if len(old) == len(new):
        found: Changes = {}
        for index, items in enumerate(zip(old, new, strict=True)):
            found |= changes(*items, (*path, f"[{index}]"))
        return found
    return {path: {"old": old, "new": new}}


def _by_identity(identity: str, old: list[Any], new: list[Any], path: tuple[str, ...]) -> Changes:
    before, after = ({item[identity]: item for item in items} for items in (old, new))
    found: Changes = {}
    for name in {**before, **after}:
        found |= changes(before.get(name, ABSENT), after.get(name, ABSENT), (*path, f"[{identity}={name}]"))
    expected = [*(name for name in before if name in after), *(name for name in after if name not in before)]
    return found if [*after] == expected else found | {(*path, "[order]"): {"old": [*before], "new": [*after]}}


def _told_apart(items: list[Any], identity: str) -> bool:
    values = [item.get(identity) if isinstance(item, dict) else None for item in items]
    return all(isinstance(value, str) for value in values) and len(set(values)) == len(values) > 0


def _share(old: list[Any], new: list[Any], identity: str) -> bool:
    return not {item[identity] for item in old}.isdisjoint(item[identity] for item in new)


def _is_sorted(items: list[Any]) -> bool:
    return len(items) > 0 and all(isinstance(item, str) for item in items) and sorted(set(items)) == items


def _segment(key: str) -> str:
    return key if re.fullmatch(r"[\w -]+", key) else f"({key})"


def _like(name: str, body: dict[str, Any], base: dict[str, Any]) -> dict[str, Any]:
    """Return an added resource as its difference from the most similar one of its kind, where that is far shorter.

    That one may be another component's; then it is also tried with this one's name in all its texts.
    """
    variants = []
    for other, similar in base.items():
        if isinstance(similar, dict) and _kind(other) == _kind(name):
            variants.append({"like": other, **nested(changes(similar, body))})
            there, here = _component(other), _component(name)
            as_here = _with_name(similar, there, here)
            variants.append({"like": other, "renamed": {there: here}, **nested(changes(as_here, body))})
    shortest = min(variants, key=_size, default=body)
    return shortest if 2 * _size(shortest) < _size(body) else body


def _with_name(value: Any, old: str, new: str) -> Any:
    if isinstance(value, dict):
        return {key.replace(old, new): _with_name(item, old, new) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_name(item, old, new) for item in value]
    if isinstance(value, Unfolded):
        return Unfolded(value.language, _with_name(value.content, old, new))
    return value.replace(old, new) if isinstance(value, str) else value


def _component(name: str) -> str:
    """Return the outermost component of a resource."""
    return name.partition("/")[0].rpartition(" ")[2]


def _kind(name: str) -> str:
    return name.rpartition(" ")[0].rpartition("/")[2]  # a resource's own name may hold slashes


def _size(value: Any) -> int:
    """Return about how many lines a value takes."""
    if isinstance(value, Unfolded):
        return 1 + _size(value.content)
    if isinstance(value, dict | list):
        return sum(1 + _size(item) for item in (value.values() if isinstance(value, dict) else value))
    return 0
