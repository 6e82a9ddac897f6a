"""The base of all settings classes, and the marks that their fields can carry.

A settings class is the one source of its inputs: what each is called, its type, its default, and, as the docstring
below it, what it means. Arguments, configuration, schema and reference are generated from it.
"""

import types
import typing
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple, Self, TypeVar

from pydantic import BaseModel, ConfigDict, JsonValue, PrivateAttr, model_validator
from pydantic.alias_generators import to_camel
from pydantic.fields import FieldInfo

from neuronserve.settings.names import PYTHON_NAMES, SettingNames

_reads: ContextVar[set[tuple[int, str]] | None] = ContextVar("reads", default=None)


@dataclass(frozen=True)
class Required:
    """Marks a setting without a default.

    Args:
        meaning: what to set it to, for the message when it is missing.
        stand_in: a value with which the other settings can still be checked when this one is missing or wrong.
    """

    meaning: str
    stand_in: Any


@dataclass(frozen=True)
class Secret:
    """Marks a setting that has to be encrypted in a stack file, and is never shown.

    Args:
        unless: tells values that need no encryption, such as the path of a file.
    """

    unless: Callable[[str], bool] = lambda _: False


class Settings(BaseModel):
    """The base of all settings: frozen, by either name, unknown ones refused; None is the same as not set."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        arbitrary_types_allowed=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        protected_namespaces=(),
        use_attribute_docstrings=True,
        validate_by_name=True,
    )

    _as_written: SettingNames = PrivateAttr(PYTHON_NAMES)

    @model_validator(mode="before")
    @classmethod
    def _none_is_unset(cls, raw: Any) -> Any:
        if not isinstance(raw, dict):
            return raw
        known = cls.model_fields.keys() | {field.alias for field in cls.model_fields.values()}
        return {key: value for key, value in raw.items() if value is not None or key not in known}

    def __hash__(self) -> int:
        """Refuse: a default that can be hashed is one object for all who have it, and nobody could tell whose was read.

        Raises:
            TypeError: always; then pydantic copies it.
        """
        raise TypeError(f"{type(self).__name__} cannot be hashed")

    def completed(self, settings_type: "type[SettingsType]", **given: Any) -> "SettingsType":
        """Return these settings as those of another class, whose further fields the program gives.

        Nothing is read again. Fields that the other class does not have are left out.
        """
        known = settings_type.model_fields.keys()
        values = {name: value for name, value in {**dict(self), **given}.items() if name in known}
        construct: Any = settings_type.model_construct  # by name, where a type checker wants each of them
        completed: SettingsType = construct(known & (self.model_fields_set | given.keys()), **values)
        return completed

    @property
    def as_written(self) -> SettingNames:
        """How the user writes them, for a message about what turns out when they are used."""
        return self._as_written

    def written_as(self, names: SettingNames) -> Self:
        """Return these settings, written with other names."""
        written = self.model_copy()
        written._as_written = names
        return written

    def changed(self, **values: Any) -> Self:
        """Return these settings with other values, which are not read again."""
        return self.model_copy(update=values)

    if not typing.TYPE_CHECKING:  # to a type checker it would say that every attribute exists

        def __getattribute__(self, name: str) -> Any:
            """Return an attribute, and note that it was read."""
            if (reads := _reads.get()) is not None:
                reads.add((id(self), name))
            return super().__getattribute__(name)


SettingsType = TypeVar("SettingsType", bound=Settings)


@contextmanager
def recorded_reads() -> Iterator[set[tuple[int, str]]]:
    """Collect which attributes of which settings, by their ``id``, are read meanwhile."""
    reads: set[tuple[int, str]] = set()
    token = _reads.set(reads)
    try:
        yield reads
    finally:
        _reads.reset(token)


@contextmanager
def unrecorded_reads() -> Iterator[None]:
    """Read meanwhile what decides nothing but how a mistake that was found is mended."""
    token = _reads.set(None)
    try:
        yield
    finally:
        _reads.reset(token)


class Nested(NamedTuple):
    """What a setting holds that has settings of its own: one such object, or a map of them by a name."""

    settings_type: type[Settings]
    is_map: bool


def nested(field: FieldInfo | None) -> Nested | None:
    """Return what further settings a field holds, optional or not; None for any other field."""
    for member in _members(field):
        is_map = typing.get_origin(member) is dict
        held = typing.get_args(member)[1] if is_map else member
        if isinstance(held, type) and issubclass(held, Settings):
            return Nested(held, is_map)
    return None


@cache
def nested_fields(settings_type: type[Settings]) -> Mapping[str, Nested]:
    """Return the fields of a settings class that hold further settings."""
    found = ((name, nested(field)) for name, field in settings_type.model_fields.items())
    return {name: held for name, held in found if held}


def is_map(field: FieldInfo | None) -> bool:
    """Return whether a field holds entries by name, each a setting of its own; JSON is one setting."""
    return any(typing.get_origin(one) is dict and typing.get_args(one)[1] is not JsonValue for one in _members(field))


def _members(field: FieldInfo | None) -> tuple[Any, ...]:
    annotation = field.annotation if field else None
    is_union = typing.get_origin(annotation) in (types.UnionType, typing.Union)
    return typing.get_args(annotation) if is_union else (annotation,)


def mark(field: FieldInfo | None, kind: "type[MarkType]") -> "MarkType | None":
    """Return the mark of a kind, such as :class:`Secret`, that a field carries."""
    return next((item for item in field.metadata if isinstance(item, kind)), None) if field else None


MarkType = TypeVar("MarkType")
