"""The arguments of components: TypedDicts, each by itself, so that an editor shows all that it holds.

An enumeration is beside its values, which people write.
"""

import json
import textwrap
from collections.abc import Iterable, Iterator
from enum import Enum

from neuronserve.codegen.kinds import Kind, Setting, explained, settings_of
from neuronserve.settings.base import Settings

WIDTH = 120


def args_module(folder: str, settings_types: Iterable[type[Settings]], elsewhere: dict[type[Settings], str]) -> str:
    """Return the text of a folder's ``args.py``.

    Args:
        folder: such as ``components/network``.
        settings_types: the settings of its components; those that they hold come with them.
        elsewhere: modules of the arguments of settings that belong to another folder.
    """
    classes: list[type[Settings]] = []
    imports: dict[str, set[str]] = {}
    for settings_type in settings_types:
        _collect(settings_type, classes, imports, elsewhere)
    body = "\n\n\n".join(_typed_dict(settings_type) for settings_type in classes)
    enums = _enums(classes)
    uses = {
        "Any": "Any" in body,
        "Literal": bool(enums),
        "NotRequired": "NotRequired[" in body,
        "TypedDict": True,
    }
    typing_names = ", ".join(name for name, used in uses.items() if used)
    lines = [
        f'"""The arguments of the components in ``{folder}``.',
        "",
        "Generated from the settings classes by `make generate`: a change belongs there.",
        '"""',
        "",
        f"from typing import {typing_names}",
        "",
    ]
    if "pulumi." in body:
        lines += ["import pulumi", ""]
    lines += [f"from {module} import {', '.join(sorted(names))}" for module, names in sorted(imports.items())]
    if enums:
        lines += ["", *map(_or_value, enums)]
    return "\n".join(lines).rstrip() + f"\n\n\n{body}\n"


def args_name(settings_type: type[Settings]) -> str:
    """Return the name of the arguments of settings: ``NetworkSettings`` has ``NetworkArgs``."""
    return settings_type.__name__.removesuffix("Settings") + "Args"


def _collect(
    settings_type: type[Settings],
    classes: list[type[Settings]],
    imports: dict[str, set[str]],
    elsewhere: dict[type[Settings], str],
) -> None:
    if settings_type in classes:
        return
    if settings_type in elsewhere:
        imports.setdefault(elsewhere[settings_type], set()).add(args_name(settings_type))
        return
    for setting in settings_of(settings_type):
        for kind in _all_kinds(setting.kind):
            if isinstance(kind.of, type) and issubclass(kind.of, Settings):
                _collect(kind.of, classes, imports, elsewhere)
    for enum in _enums([settings_type]):
        imports.setdefault(enum.__module__, set()).add(enum.__name__)
    classes.append(settings_type)


def _all_kinds(kind: Kind) -> Iterator[Kind]:
    yield kind
    if kind.items:
        yield from _all_kinds(kind.items)


def _typed_dict(settings_type: type[Settings]) -> str:
    doc = " ".join((settings_type.__doc__ or "").split())
    lines = [f"class {args_name(settings_type)}(TypedDict):", *_docstring(doc)]
    settings = settings_of(settings_type)
    if settings:
        lines.append("")
    for setting in settings:
        lines += [f"    {setting.name}: {_field(setting)}", *_docstring(explained(setting))]
    return "\n".join(lines)


def _field(setting: Setting) -> str:
    python = _python(setting.kind)
    return python if setting.is_required else f"NotRequired[{python} | None]"


def _python(kind: Kind) -> str:
    match kind.of:
        case type() if kind.of is list:
            text = f"list[{_python(_items(kind))}]"
        case type() if kind.of is dict:
            text = f"dict[str, {_python(_items(kind))}]"
        case type() if issubclass(kind.of, Settings):
            text = args_name(kind.of)
        case type() if issubclass(kind.of, Enum):
            text = _alias(kind.of)
        case type():
            text = kind.of.__name__
        case _:
            text = "dict[str, Any]"
    return f"pulumi.Input[{text}]" if kind.may_be_output else text


def _alias(enum: type[Enum]) -> str:
    return f"_{enum.__name__}"


def _enums(classes: Iterable[type[Settings]]) -> list[type[Enum]]:
    """Return the enumerations of which settings are one, or hold some, by name."""
    settings = (setting for settings_type in classes for setting in settings_of(settings_type))
    kinds = {kind.of for setting in settings for kind in _all_kinds(setting.kind)}
    found = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Enum)]
    return sorted(found, key=lambda enum: enum.__name__)


def _or_value(enum: type[Enum]) -> str:
    """Return the definition of what people write for an enumeration: it, or one of its values."""
    values = f"Literal[{', '.join(json.dumps(member.value) for member in enum)}]"
    line = f"{_alias(enum)} = {enum.__name__} | {values}"
    return line if len(line) <= WIDTH else f"{_alias(enum)} = (\n    {enum.__name__}\n    | {values}\n)"


def _items(kind: Kind) -> Kind:
    assert kind.items is not None  # noqa: S101 (a list or map has some)
    return kind.items


def _docstring(text: str) -> list[str]:
    return [f"    {line}" for line in textwrap.wrap(f'"""{text}"""', WIDTH - 4, break_long_words=False)]
