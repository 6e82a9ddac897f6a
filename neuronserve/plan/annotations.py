"""What a provider's SDK says of its resources' properties: used to find mistakes that the mock engine lets pass."""

import difflib
import inspect
import typing
from collections import abc
from collections.abc import Iterator
from enum import Enum
from types import NoneType, UnionType
from typing import Any

import pulumi

from neuronserve.plan.sdk import argument_names, argument_types, is_arguments_class

SECRET = "[secret]"  # noqa: S105 (what stands in its place)


_classes: dict[str, type] = {}


def resource_class(token: str) -> type | None:
    """Return the SDK's class of a resource type, if a program has imported it."""
    if token not in _classes:
        pending: list[type] = [pulumi.CustomResource, pulumi.ComponentResource]
        while pending:
            subclasses: list[type] = pending.pop().__subclasses__()
            pending += subclasses
            for cls in subclasses:
                if known := getattr(cls, "pulumi_type", None):
                    _classes.setdefault(known, cls)
    return _classes.get(token)


def check_inputs(token: str, inputs: dict[str, Any]) -> list[str]:
    """Return what is wrong with a resource's inputs: unknown names, missing ones, values of another type.

    Args:
        token: the resource's type.
        inputs: as registered, by the provider's names; references and secrets are taken for any type.
    """
    # A provider's inputs travel as JSON texts, whatever their type.
    cls = None if token.startswith("pulumi:providers:") else resource_class(token)
    arguments = _arguments_class(cls) if cls else None
    return list(_check(inputs, arguments, "")) if arguments else []


def _arguments_class(cls: type) -> type | None:
    """Return the class of a resource's arguments, which the SDK's generator puts beside it."""
    module = inspect.getmodule(cls)
    for name in (f"{cls.__name__}InitArgs", f"{cls.__name__}Args"):
        candidate: type | None = getattr(module, name, None)
        if is_arguments_class(candidate):
            return candidate
    return None


def _check(value: Any, hint: Any, path: str) -> Iterator[str]:
    alternatives = _alternatives(hint)
    if value is None or not alternatives or _stands_for_any(value):
        return
    results = [list(_check_one(value, alternative, path)) for alternative in alternatives]
    # Of several possible types the nearest one explains best what is wrong.
    yield from min(results, key=len)


def _check_one(value: Any, hint: Any, path: str) -> Iterator[str]:
    origin = typing.get_origin(hint) or hint
    if is_arguments_class(origin):
        yield from _check_object(value, origin, path)
    elif origin in (abc.Sequence, list):
        if not isinstance(value, list):
            yield f"{path} is {_shown(value)}, which is not a list"
            return
        for index, item in enumerate(value):
            yield from _check(item, typing.get_args(hint)[0], f"{path}[{index}]")
    elif origin in (abc.Mapping, dict):
        if not isinstance(value, dict):
            yield f"{path} is {_shown(value)}, which is not a mapping"
            return
        for key, item in value.items():
            yield from _check(item, typing.get_args(hint)[1] if typing.get_args(hint) else Any, f"{path}.{key}")
    elif isinstance(origin, type) and not _is_scalar(value, origin):
        yield f"{path} is {_shown(value)}, which is not of type {_plain_name(origin)}"


def _check_object(value: Any, cls: type, path: str) -> Iterator[str]:
    if not isinstance(value, dict):
        yield f"{path} is {_shown(value)}, which is not a mapping"
        return
    types = argument_types(cls)
    prefix = f"{path}." if path else ""
    for name, item in value.items():
        if name in types:
            yield from _check(item, types[name], f"{prefix}{name}")
        elif not name.startswith("__"):
            near = difflib.get_close_matches(name, types, n=1)
            yield f"{prefix}{name} does not exist" + (f"; did you mean {near[0]}?" if near else "")
    provider_names = argument_names(cls)
    for parameter in inspect.signature(cls).parameters.values():
        name = provider_names.get(parameter.name, parameter.name)
        if parameter.default is parameter.empty and name not in value:
            yield f"{prefix}{name} is missing"


def _alternatives(hint: Any) -> list[Any]:
    """Return the types that a value may have, without what only matters to Python callers."""
    if hint is Any:
        return []
    if typing.get_origin(hint) not in (typing.Union, UnionType):
        return [hint]
    members: list[Any] = []
    for member in typing.get_args(hint):
        origin = typing.get_origin(member)
        if member is Any:
            return []
        if member is NoneType or origin in (abc.Awaitable, pulumi.Output) or typing.is_typeddict(member):
            continue
        members += _alternatives(member) if origin in (typing.Union, UnionType) else [member]
    return members


def _stands_for_any(value: Any) -> bool:
    return isinstance(value, str) and (value == SECRET or "${urn:" in value)


def _is_scalar(value: Any, cls: type) -> bool:
    if issubclass(cls, Enum):
        return any(value == member.value for member in cls)
    if cls is bool:
        return isinstance(value, bool)
    if cls in (int, float):
        whole = cls is float or float(value).is_integer() if isinstance(value, int | float) else False
        return not isinstance(value, bool) and whole
    return isinstance(value, str) if cls is str else True


def _plain_name(cls: type) -> str:
    names = {str: "string", bool: "boolean", int: "integer", float: "number"}
    if issubclass(cls, Enum):
        return " | ".join(str(member.value) for member in cls)
    return names.get(cls, cls.__name__)


def _shown(value: Any) -> str:
    return type(value).__name__ if isinstance(value, dict | list) else repr(value)
