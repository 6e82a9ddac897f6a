"""The settings of a stack file, flat: each with the path that people write, and what it means in their words."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from neuronserve.codegen.kinds import Kind, Setting, explained, settings_of
from neuronserve.settings.base import Settings

SNAKE_CASE = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b")


class StackKey(NamedTuple):
    """One setting of a stack file."""

    path: str
    """Such as ``services.<name>.model.maxNumSeqs``."""
    setting: Setting
    meaning: str
    """With its default, and other settings in the names that they have in a stack file."""


def stack_keys(settings_type: type[Settings], prefix: str = "") -> Iterator[StackKey]:
    """Yield each setting below a prefix, those that hold others before what they hold."""
    for setting in settings_of(settings_type):
        path = f"{prefix}{setting.alias}"
        yield StackKey(path, setting, camel_case(explained(setting)))
        if held := setting.kind.settings_type:
            yield from stack_keys(held, f"{path}.<name>." if setting.kind.of is dict else f"{path}.")


def camel_case(text: str) -> str:
    """Return a text with the names of settings as stack files write them."""
    return SNAKE_CASE.sub(lambda match: re.sub(r"_([a-z0-9])", lambda part: part[1].upper(), match[0]), text)


def kind_in_words(kind: Kind) -> str:
    """Return a kind as a reader of YAML knows it."""
    names = {str: "text", int: "whole number", float: "number", bool: "true or false"}
    if kind.of is list and kind.items:
        return f"list of {kind_in_words(kind.items)}"
    if kind.of is dict and kind.items:
        return f"map of {kind_in_words(kind.items)}" if kind.settings_type is None else "map of objects"
    if kind.settings_type is not None or kind.of not in names:
        choices = getattr(kind.of, "__members__", None)
        return " or ".join(member.value for member in choices.values()) if choices else "object"
    return names[kind.of]
