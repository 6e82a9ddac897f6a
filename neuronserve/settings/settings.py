"""How settings are read: raw values, from a program or from a stack file, become plain typed values, or messages.

Both ways in use it: a component's arguments, written in snake_case, and a stack file, in camelCase. A component
describes its settings in a class derived from :class:`Settings`.
"""

import copy
import dataclasses
import difflib
import json
import types
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

import pulumi
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, ValidationError
from pydantic.alias_generators import to_camel, to_snake
from pydantic.fields import FieldInfo
from pydantic_core import ErrorDetails


@dataclass(frozen=True)
class SettingNames:
    """How a user writes settings: turns a path, such as ``model.max_num_seqs``, into what the user wrote."""

    prefix: str = ""
    camel_case: bool = False

    def __call__(self, path: str) -> str:
        """Return the name of the setting at a path in snake_case."""
        return self.prefix + (".".join(map(to_camel, path.split("."))) if self.camel_case else path)

    def unknown(self, path: str) -> str:
        """Return the name of a setting that does not exist: its last part stays as it was written."""
        parent, _, key = path.rpartition(".")
        return f"{self(parent)}.{key}" if parent else f"{self.prefix}{key}"

    def below(self, path: str) -> "SettingNames":
        """Return the names of the settings below a path."""
        return dataclasses.replace(self, prefix=f"{self(path)}.")


PYTHON_NAMES = SettingNames()
"""The names of a component's arguments."""


class InvalidSettingsError(pulumi.RunError, ValueError):
    """Settings cannot be deployed; the message lists everything that is wrong with them.

    As a ``pulumi.RunError`` it ends a Pulumi program with its message and without a traceback.
    """

    def __init__(self, subject: str, problems: list[str]) -> None:
        self.problems = problems
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        numbered = (f"  {number}. {problem}" for number, problem in enumerate(problems, start=1))
        super().__init__("\n".join([f"{subject} cannot be deployed: {count}.", *numbered]))


def _whole(value: object) -> object:
    # Pulumi hands a packaged component whole numbers as floats (https://github.com/pulumi/pulumi/pull/21944).
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError("it should be a whole number")


def _number(value: object) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise ValueError("it should be a number")


def _text_or_later(value: object) -> object:
    if isinstance(value, str):
        if not value:
            raise ValueError("it should not be empty")
        return value
    if isinstance(value, pulumi.Output):
        return value
    raise ValueError("it should be text")


def _whole_numbers_restored(value: Any) -> Any:
    """Return JSON with every float that is whole as an int."""
    match value:
        case float() if value.is_integer():
            return int(value)
        case Mapping():
            return {key: _whole_numbers_restored(item) for key, item in value.items()}
        case list() | tuple():
            return [_whole_numbers_restored(item) for item in value]
        case _:
            return value


WholeNumber = Annotated[int, BeforeValidator(_whole)]
Number = Annotated[float, BeforeValidator(_number), Field(gt=0)]
Text = Annotated[str, Field(min_length=1)]
TextOrOutput = Annotated[Any, AfterValidator(_text_or_later)]
"""A string, or a Pulumi output that becomes one."""
ValueOrOutput = Any
"""A value that control flow does not depend on, or a Pulumi output that becomes one; the provider checks it."""
Json = Annotated[dict[str, JsonValue], BeforeValidator(_whole_numbers_restored)]


@dataclass(frozen=True)
class Required:
    """Marks a setting without a default.

    Args:
        meaning: what to set it to, for the message when it is missing.
        stand_in: a value with which the other settings can still be checked when this one is missing or wrong.
    """

    meaning: str
    stand_in: Any


class Secret:
    """Marks a setting that has to be encrypted in a stack file, and is never shown."""


class Settings(BaseModel):
    """The base of all settings: frozen, by either name, unknown ones refused."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        arbitrary_types_allowed=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        protected_namespaces=(),
        validate_by_name=True,
    )


SettingsType = TypeVar("SettingsType", bound=Settings)


@dataclass(frozen=True)
class Reading(Generic[SettingsType]):
    """What came of reading raw settings: values, what is wrong, and which values are therefore stand-ins."""

    settings: SettingsType
    problems: list[str]
    unusable: frozenset[str]
    """Paths of settings whose value in ``settings`` is a default or stand-in: the given one is wrong."""


def read(settings_type: type[SettingsType], raw: Mapping[str, Any], names: SettingNames) -> Reading[SettingsType]:
    """Read raw settings, nested mappings with the given names. Problems are collected, never raised."""
    values = _mutable(raw)
    problems: list[str] = []
    unusable: set[str] = set()
    while True:
        try:
            settings = settings_type.model_validate(values, by_alias=names.camel_case, by_name=not names.camel_case)
            return Reading(settings, problems, frozenset(unusable))
        except ValidationError as validation_error:
            errors = [(_path(settings_type, error["loc"]), error) for error in validation_error.errors()]
        if all(path in unusable for path, _ in errors):  # a stand-in is refused: a mistake here
            raise AssertionError(errors)
        misspelt = {
            suggestion
            for path, error in errors
            if error["type"] == "extra_forbidden" and (suggestion := _suggestion(settings_type, path))
        }
        for path, error in errors:
            below_wrong = any(path == wrong or path.startswith(f"{wrong}.") for wrong in unusable)
            if not below_wrong and not (error["type"] == "missing" and path in misspelt):
                problems.append(_problem(settings_type, path, error, names))
        for path, _ in errors:
            unusable.add(path)
            _replace(values, path, _required(_field(settings_type, path)), camel_case=names.camel_case)


def nested_settings(field: FieldInfo | None) -> type[BaseModel] | None:
    """Return the class of a setting that holds further settings, optional or not; None for any other."""
    annotation = field.annotation if field else None
    members = typing.get_args(annotation) if typing.get_origin(annotation) in (types.UnionType, typing.Union) else ()
    for member in members or (annotation,):
        if isinstance(member, type) and issubclass(member, BaseModel):
            return member
    return None


def is_secret(field: FieldInfo | None) -> bool:
    """Return whether a setting is marked as :class:`Secret`."""
    return field is not None and any(isinstance(item, Secret) for item in field.metadata)


def _field(settings_type: type[BaseModel] | None, path: str) -> FieldInfo | None:
    """Return the field at a path in snake_case, None if there is none."""
    field = None
    for part in path.split("."):
        field = settings_type.model_fields.get(part) if settings_type else None
        settings_type = nested_settings(field)
    return field


def _required(field: FieldInfo | None) -> Required | None:
    return next((item for item in field.metadata if isinstance(item, Required)), None) if field else None


def _mutable(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _mutable(value) if isinstance(value, Mapping) else value for key, value in raw.items()}


def _path(settings_type: type[BaseModel], location: tuple[str | int, ...]) -> str:
    """Return the path of a validation error in snake_case, no deeper than the settings' own fields.

    A key that is unknown stays as it was written.
    """
    path: list[str] = []
    current: type[BaseModel] | None = settings_type
    for part in map(str, location):
        if current is None:
            break
        names = {part, *(name for name, field in current.model_fields.items() if field.alias == part)}
        known = sorted(names & current.model_fields.keys())
        path.append(known[0] if known else part)
        current = nested_settings(current.model_fields[known[0]]) if known else None
    return ".".join(path)


def _suggestion(settings_type: type[BaseModel], path: str) -> str | None:
    """Return the path of the setting that an unknown one was probably meant to be."""
    parent, _, key = path.rpartition(".")
    known = _siblings(settings_type, path)
    close = difflib.get_close_matches(to_snake(key), known, n=1)
    return f"{parent}.{close[0]}".lstrip(".") if close else None


def _siblings(settings_type: type[BaseModel], path: str) -> list[str]:
    parent = path.rpartition(".")[0]
    owner = nested_settings(_field(settings_type, parent)) if parent else settings_type
    assert owner is not None  # noqa: S101 (only a model refuses keys)
    return list(owner.model_fields)


def _problem(settings_type: type[BaseModel], path: str, error: ErrorDetails, names: SettingNames) -> str:
    if error["type"] == "extra_forbidden":
        if suggestion := _suggestion(settings_type, path):
            return f"{names.unknown(path)} is unknown. Did you mean {names(suggestion)}?"
        parent = path.rpartition(".")[0]
        known = sorted(names(f"{parent}.{key}".lstrip(".")) for key in _siblings(settings_type, path))
        return f"{names.unknown(path)} is unknown. Remove it, or use one of {', '.join(known)}."
    field = _field(settings_type, path)
    if error["type"] == "missing":
        required = _required(field)
        assert required is not None, path  # noqa: S101 (a test looks at every class of settings)
        return f"{names(path)} is not set. Set it to {required.meaning}."
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
    return f"{names(path)} is {'set' if is_secret(field) else _shown(error['input'])}; {requirement}."


def _shown(value: object) -> str:
    return (
        json.dumps(value, default=str) if isinstance(value, str | int | float | bool) else f"a {type(value).__name__}"
    )


def _replace(values: dict[str, Any], path: str, required: Required | None, *, camel_case: bool) -> None:
    """Take the setting at a path out of raw values; put its stand-in there if it is required."""
    *parents, name = path.split(".")
    for parent in parents:
        values = values[to_camel(parent) if camel_case else parent]
    values.pop(name, None)
    key = to_camel(name) if camel_case else name
    values.pop(key, None)
    if required:
        values[key] = copy.deepcopy(required.stand_in)
