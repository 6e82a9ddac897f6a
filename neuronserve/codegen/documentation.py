"""What components and enumerations say of themselves: the docstrings of their classes, and those below attributes."""

import ast
import inspect
import textwrap
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from neuronserve.codegen.public_names import class_definitions

OUTPUT = "pulumi.Output["
"""How the annotation of an attribute begins that is an Output."""

SECTION = "\nRaises:"
"""Where a component's docstring goes on about Python."""


class Output(NamedTuple):
    """An attribute of a component: its name, the Python type that it has once it is known, and what it is.

    ``may_be_none`` is for the attribute itself: there is nothing that could be waited for.
    """

    name: str
    kind: str
    meaning: str
    may_be_none: bool

    @property
    def is_secret(self) -> bool:
        """Whether it is encrypted in the state."""
        return "a secret" in self.meaning


class ComponentDocumentation(NamedTuple):
    """What a component is, and what it gives."""

    meaning: str
    outputs: list[Output]


def documented_components(folder: Path) -> dict[str, ComponentDocumentation]:
    """Return the documentation of every component below a folder, by its class."""
    return {
        definition.name: ComponentDocumentation(_meaning(definition), list(_outputs(definition)))
        for _, definition, bases in class_definitions(folder)
        if "Component" in bases
    }


def member_meanings(enum: type[Enum]) -> dict[str, str]:
    """Return what the members of an enumeration mean, by their names; of those that say so."""
    (definition,) = ast.parse(textwrap.dedent(inspect.getsource(enum))).body
    assert isinstance(definition, ast.ClassDef)  # noqa: S101 (an enumeration is a class)
    return {
        ast.unparse(attribute.targets[0]): meaning
        for attribute, meaning in _attributes(definition)
        if isinstance(attribute, ast.Assign)
    }


def _meaning(definition: ast.ClassDef) -> str:
    text, _, _ = (ast.get_docstring(definition) or "").partition(SECTION)
    return text.replace("``", "`").strip()


def _outputs(definition: ast.ClassDef) -> Iterator[Output]:
    for attribute, meaning in _attributes(definition):
        if isinstance(attribute, ast.AnnAssign):
            kind = ast.unparse(attribute.annotation)
            if kind.startswith(OUTPUT):
                known, _, more = kind.removeprefix(OUTPUT).rpartition("]")
                yield Output(ast.unparse(attribute.target), known, meaning, may_be_none=bool(more))


def _attributes(definition: ast.ClassDef) -> Iterator[tuple[ast.stmt, str]]:
    """Yield the attributes of a class that have a docstring, with it."""
    for attribute, below in zip(definition.body, definition.body[1:], strict=False):
        if isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
            yield attribute, " ".join(str(below.value.value).split())
