"""Reading raw settings, from a program or from a stack file: plain typed values, or messages."""

import copy
import difflib
import json
from collections.abc import Awaitable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Generic

import pulumi
from pydantic import ValidationError
from pydantic.alias_generators import to_snake
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails

from neuronserve.settings.base import Required, Secret, Settings, SettingsType, is_map, mark, nested
from neuronserve.settings.names import MapKey, Path, SettingNames

NEEDED_AT_ONCE = ", and what is made depends on its value, so it has to be known when the program runs. "
PLAIN_IN_PYTHON = (
    "Set it to a plain value, such as one from pulumi.Config. Of another stack "
    "`(await reference.get_output_details(name)).value` is one, where `reference` is a pulumi.StackReference, in an "
    "async function that the program gives to pulumi.run; what get_output and require_output return is an Output."
)
PLAIN_IN_OTHER_LANGUAGES = "Set it to a plain value, such as one from the stack's configuration that is no secret."


@dataclass(frozen=True)
class Reading(Generic[SettingsType]):
    """What came of reading raw settings: values, what is wrong, and which values are therefore stand-ins."""

    settings: SettingsType
    problems: list[str]
    unusable: frozenset[Path]
    """Paths of settings whose value in ``settings`` is a default or stand-in: the given one is wrong."""


def read(settings_type: type[SettingsType], raw: Mapping[str, Any], names: SettingNames) -> Reading[SettingsType]:
    """Read raw settings, nested mappings with the given names. Problems are collected, never raised."""
    values = _mutable(raw)
    problems: list[str] = []
    unusable: set[Path] = set()
    while True:
        try:
            settings = settings_type.model_validate(values, by_alias=names.camel_case, by_name=not names.camel_case)
            return Reading(settings, problems, frozenset(unusable))
        except ValidationError as validation_error:
            errors = [(_path(settings_type, error["loc"]), error) for error in validation_error.errors()]
        if all(path in unusable for path, _ in errors):  # a stand-in is refused: a mistake here
            raise AssertionError(errors)
        # A setting that was misspelt is not what the user meant it to be, whatever its default.
        meant = {
            suggestion
            for path, error in errors
            if error["type"] == "extra_forbidden" and (suggestion := _suggestion(settings_type, path))
        }
        for path, error in errors:
            below_wrong = any(path[: len(wrong)] == wrong for wrong in unusable)
            if not below_wrong and not (error["type"] == "missing" and path in meant):
                problems.append(_problem(settings_type, path, error, names))
        for path, _ in errors:
            unusable.add(path)
            _replace(values, path, _stand_in(settings_type, path), names)
        unusable |= {path for path in meant if not _is_set(values, path, names)}


def _field(settings_type: type[Settings], path: Path) -> FieldInfo | None:
    """Return the field at a path, None if there is none, as for an entry of a map."""
    current: type[Settings] | None = settings_type
    field = None
    for part in path:
        if isinstance(part, MapKey):
            field = None
            continue
        field = current.model_fields.get(part) if current else None
        held = nested(field)
        current = held.settings_type if held else None
    return field


def _stand_in(settings_type: type[Settings], path: Path) -> Any:
    """Return what takes the place of a wrong value, None for nothing.

    An entry of a map stays, with nothing in it, so that rules which read it are known to have done so.
    """
    if isinstance(path[-1], MapKey):
        return {} if nested(_field(settings_type, path[:-1])) else None
    required = mark(_field(settings_type, path), Required)
    return copy.deepcopy(required.stand_in) if required else None


def _mutable(raw: Any) -> Any:
    return {str(key): _mutable(value) for key, value in raw.items()} if isinstance(raw, Mapping) else raw


def _path(settings_type: type[Settings], location: Iterable[str | int]) -> Path:
    """Return the path of a validation error, no deeper than the settings' own fields.

    A key that is unknown stays as it was written.
    """
    path: list[str] = []
    current: type[Settings] | None = settings_type
    in_map = False
    for part in map(str, location):
        if in_map:
            path.append(MapKey(part))
            in_map = False
            continue
        if current is None:
            break
        aliases = {part, *(name for name, field in current.model_fields.items() if field.alias == part)}
        known = sorted(aliases & current.model_fields.keys())
        path.append(known[0] if known else part)
        field = current.model_fields[known[0]] if known else None
        held, in_map = nested(field), is_map(field)
        current = held.settings_type if held else None
    return tuple(path)


def _suggestion(settings_type: type[Settings], path: Path) -> Path | None:
    """Return the path of the setting that an unknown one was probably meant to be."""
    close = difflib.get_close_matches(to_snake(path[-1]), _siblings(settings_type, path), n=1)
    return (*path[:-1], close[0]) if close else None


def _siblings(settings_type: type[Settings], path: Path) -> list[str]:
    current = settings_type
    for part in path[:-1]:
        if not isinstance(part, MapKey) and (held := nested(current.model_fields[part])):
            current = held.settings_type
    return list(current.model_fields)


def _problem(settings_type: type[Settings], path: Path, error: ErrorDetails, names: SettingNames) -> str:
    if error["type"] == "extra_forbidden":
        if suggestion := _suggestion(settings_type, path):
            return f"{names.unknown(path)} is unknown. Did you mean {names(suggestion)}?"
        known = sorted(names((*path[:-1], key)) for key in _siblings(settings_type, path))
        return f"{names.unknown(path)} is unknown. Remove it, or use one of {', '.join(known)}."
    field = _field(settings_type, path)
    if error["type"] == "missing":
        required = mark(field, Required)
        assert required is not None, path  # noqa: S101 (a test looks at every class of settings)
        return f"{names(path)} is not set. Set it to {required.meaning}."
    given = error["input"]
    if isinstance(given, pulumi.Output | Awaitable):
        what = "Output" if isinstance(given, pulumi.Output) else "awaitable"
        remedy = PLAIN_IN_OTHER_LANGUAGES if names.camel_case else PLAIN_IN_PYTHON
        return f"{names(path)} is an {what}{NEEDED_AT_ONCE}{remedy}"
    match error["type"]:
        case "value_error":
            requirement = str(error["ctx"]["error"])
        case "model_type" | "dict_type":
            requirement = "it should be an object"
        case "list_type":
            requirement = "it should be a list"
        case "bool_parsing" | "bool_type":
            requirement = "it should be true or false"
        case _:
            requirement = error["msg"].replace("Input should be", "it should be")
    verb = "holds" if isinstance(error["loc"][-1], int) else "is"  # an item of a list
    return f"{names(path)} {verb} {'set' if mark(field, Secret) else shown(given)}; {requirement}."


def shown(value: object) -> str:
    """Return a value as a message shows it: plain ones as JSON, others by their kind."""
    match value:
        case str() | int() | float() | bool():
            return json.dumps(value, default=str)
        case Mapping():
            return "an object"
        case list() | tuple() | set():
            return "a list"
        case None:
            return "null"
        case _:
            return f"of type {type(value).__name__}"


def _replace(values: dict[str, Any], path: Path, stand_in: Any, names: SettingNames) -> None:
    """Take the setting at a path out of raw values; put its stand-in there if it has one."""
    for parent in path[:-1]:
        values = values[names.key(parent)]
    values.pop(str(path[-1]), None)
    key = names.key(path[-1])
    values.pop(key, None)
    if stand_in is not None:
        values[key] = stand_in


def _is_set(values: Any, path: Path, names: SettingNames) -> bool:
    for part in path:
        key = names.key(part)
        if not isinstance(values, dict) or values.get(key) is None:
            return False
        values = values[key]
    return True
