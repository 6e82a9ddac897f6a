"""What kind of value a setting takes, read off its annotation."""

import types
import typing
from dataclasses import dataclass, replace
from enum import Enum
from typing import Any

import pulumi
from pydantic import JsonValue
from pydantic.fields import FieldInfo

from neuronserve.settings.base import Required, Secret, Settings, mark
from neuronserve.settings.types import OrOne


@dataclass(frozen=True)
class Kind:
    """A kind of value: a plain type, an enum, settings, JSON, or a list or map of another kind.

    ``of`` is ``str``, ``int``, ``float``, ``bool``, an enum, a settings class, ``list``, ``dict``, or ``Any`` for a
    JSON object.
    """

    of: Any
    items: "Kind | None" = None
    may_be_output: bool = False
    may_be_one: bool = False
    """Whether a list's only item may be written by itself; in stack files, as other languages have no such type."""

    @property
    def settings_type(self) -> type[Settings] | None:
        """The class of the settings that it is, or that it is a map of."""
        held = self.items if self.of is dict and self.items else self
        return held.of if isinstance(held.of, type) and issubclass(held.of, Settings) else None


def kind_of(annotation: Any) -> Kind:
    """Return the kind of an annotation.

    Raises:
        TypeError: settings cannot have such an annotation.
    """
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return kind_of(arguments[0])
    if origin in (typing.Union, types.UnionType):
        plain = [one for one in arguments if one is not type(None) and typing.get_origin(one) is not pulumi.Output]
        if len(plain) != 1:
            raise TypeError(f"{annotation} is more than one kind of value")
        kind = kind_of(plain[0])
        output = any(typing.get_origin(one) is pulumi.Output for one in arguments)
        return Kind(kind.of, kind.items, output or kind.may_be_output)
    if origin is dict:
        return Kind(Any) if arguments[1] is JsonValue else Kind(dict, kind_of(arguments[1]))
    if origin is list:
        return Kind(list, kind_of(arguments[0]))
    if annotation in (str, int, float, bool) or (
        isinstance(annotation, type) and issubclass(annotation, Enum | Settings)
    ):
        return Kind(annotation)
    raise TypeError(f"{annotation} is not a kind of value that settings have")


@dataclass(frozen=True)
class Setting:
    """One field of a settings class, with all that is generated from it."""

    name: str
    alias: str
    kind: Kind
    meaning: str
    is_required: bool
    is_secret: bool
    default: Any
    """Its default as JSON; None for none, and for what the meaning tells."""


def settings_of(settings_type: type[Settings]) -> list[Setting]:
    """Return the fields of a settings class.

    Raises:
        TypeError: a field has no docstring.
    """
    return [_setting(settings_type, name, field) for name, field in settings_type.model_fields.items()]


def _setting(settings_type: type[Settings], name: str, field: FieldInfo) -> Setting:
    if not field.description:
        raise TypeError(f"{settings_type.__name__}.{name} has no docstring that says what it means")
    return Setting(
        name=name,
        alias=str(field.alias),
        kind=replace(kind_of(field.annotation), may_be_one=mark(field, OrOne) is not None),
        meaning=" ".join(field.description.split()),
        is_required=mark(field, Required) is not None,
        is_secret=mark(field, Secret) is not None,
        default=_default(field),
    )


def _default(field: FieldInfo) -> Any:
    value = None if field.is_required() else field.get_default(call_default_factory=True)
    if isinstance(value, Settings) or value in ({}, []):
        return None
    return [str(item) for item in value] if isinstance(value, list) else value


def shown(value: Any) -> str:
    """Return a default as people write it in YAML."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"[{', '.join(value)}]" if isinstance(value, list) else str(value)


def explained(setting: Setting) -> str:
    """Return what a setting means, and its default."""
    if setting.default is None:
        return setting.meaning
    return f"{setting.meaning.removesuffix('.')}. Default: {shown(setting.default)}."
