"""What is different in the inputs of a resource, property by property."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

ABSENT: Any = object()
"""In place of a value that is not set."""

IDENTITIES = ("name", "key", "Sid", "groupName", "deviceName", "mountPath", "resourceType")
"""By these an item of a list is the same as one of another list, wherever it stands."""


@dataclass(frozen=True)
class Change:
    """One property and its values; ``because`` is the URN of what makes another value of the same reference."""

    path: str
    old: Any
    new: Any
    because: str | None = None


def changes(old: Any, new: Any, path: str = "") -> Iterator[Change]:
    """Yield what is different in a new value; nothing only if both are the same, types included.

    A text that holds JSON is compared as what it says, as long as it says something else.
    """
    if isinstance(old, dict) and isinstance(new, dict):
        for key in sorted(old.keys() | new.keys()):
            yield from changes(old.get(key, ABSENT), new.get(key, ABSENT), below(path, key))
    elif isinstance(old, list) and isinstance(new, list):
        yield from _of_lists(old, new, path)
    elif type(old) is not type(new) or old != new:
        inner = list(changes(_parsed(old), _parsed(new), path)) if _is_json(old) and _is_json(new) else []
        yield from inner or [Change(path, old, new)]


def below(path: str, key: str) -> str:
    """Return the path of a part, as Pulumi writes it."""
    if not re.fullmatch(r"[\w-]+", key):
        return f"{path}[{json.dumps(key)}]"
    return f"{path}.{key}" if path else key


def contains(path: str, other: str) -> bool:
    """Tell whether a path is the other one, or leads there."""
    return other == path or other.startswith((f"{path}.", f"{path}["))


def value_at(value: Any, path: str) -> Any:
    """Return what stands at a path such as ``launchTemplate.id``; ABSENT for nothing."""
    for part in path.split("."):
        value = value.get(part, ABSENT) if isinstance(value, dict) else ABSENT
    return value


def _of_lists(old: list[Any], new: list[Any], path: str) -> Iterator[Change]:
    identity = next((key for key in IDENTITIES if _tells_apart(key, old) and _tells_apart(key, new)), None)
    if identity:
        before, after = ({item[identity]: item for item in items} for items in (old, new))
        for name in {**before, **after}:
            yield from changes(before.get(name, ABSENT), after.get(name, ABSENT), f"{path}[{identity}={name}]")
        kept = [[name for name in items if name in before and name in after] for items in (before, after)]
        if kept[0] != kept[1]:
            yield Change(path, list(before), list(after))
    elif len(old) == len(new):
        for index, (before, after) in enumerate(zip(old, new, strict=True)):
            yield from changes(before, after, f"{path}[{index}]")
    else:
        yield Change(path, old, new)


def _tells_apart(key: str, items: list[Any]) -> bool:
    values = [item.get(key) if isinstance(item, dict) else None for item in items]
    return all(isinstance(value, str) for value in values) and len(set(values)) == len(values) > 0


def _is_json(value: Any) -> bool:
    return isinstance(value, str) and value[:1] in ("{", "[") and isinstance(_parsed(value), dict | list)


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
