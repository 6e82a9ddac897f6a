"""The outputs of components: the annotated attributes of their classes, each with its docstring."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from neuronserve.codegen.public_names import class_definitions

OUTPUT = "pulumi.Output["
"""How the annotation of an attribute begins that is an Output."""


class Output(NamedTuple):
    """An attribute of a component: its name, the Python type that it has once it is known, and what it is.

    ``may_be_none`` is for the attribute itself: there is nothing that could be waited for.
    """

    name: str
    kind: str
    meaning: str
    may_be_none: bool


def outputs_by_component(folder: Path) -> dict[str, list[Output]]:
    """Return the outputs of every component below a folder, by its class."""
    return {
        definition.name: list(_outputs(definition))
        for _, definition, bases in class_definitions(folder)
        if "Component" in bases
    }


def _outputs(definition: ast.ClassDef) -> Iterator[Output]:
    for attribute, below in zip(definition.body, definition.body[1:], strict=False):
        if (
            isinstance(attribute, ast.AnnAssign)
            and isinstance(below, ast.Expr)
            and isinstance(below.value, ast.Constant)
        ):
            kind = ast.unparse(attribute.annotation)
            if kind.startswith(OUTPUT):
                known, _, more = kind.removeprefix(OUTPUT).rpartition("]")
                meaning = " ".join(str(below.value.value).split())
                yield Output(ast.unparse(attribute.target), known, meaning, may_be_none=bool(more))
