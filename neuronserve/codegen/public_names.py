"""The names that ``neuronserve.components`` offers, each with the module that is loaded when it is asked for."""

import ast
from collections.abc import Iterator
from pathlib import Path

ELSEWHERE = {"Accelerator": "neuronserve.serving.settings"}
"""What components take as an argument and do not define."""

BASES = {"Component", "TypedDict", "StrEnum"}
"""Of components, arguments and enums: what a program that makes components has to name."""

TEXT = '''"""Pulumi components that serve LLMs on AWS Inferentia2 and Trainium, and their arguments.

Every public class is imported from here, ``from neuronserve.components import Network``, and loaded when it is first
asked for: a program that makes nothing but a Network does not load the SDKs for EKS and Kubernetes.

Generated from the folders by `make generate`.
"""

import importlib
from typing import TYPE_CHECKING

_MODULES = {{
{modules}
}}
"""What is public, and the module that defines it."""

__all__ = sorted(_MODULES)  # noqa: PLE0605 (type checkers read the imports below)

if TYPE_CHECKING:  # the same table, as type checkers and editors read it
{imports}
else:  # out of their sight, or they would take any name for one that exists

    def __getattr__(name: str) -> object:
        if name not in _MODULES:
            raise AttributeError(f"module {{__name__!r}} has no attribute {{name!r}}")
        value = getattr(importlib.import_module(_MODULES[name]), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({{*globals(), *_MODULES}})
'''


def components_module(folder: Path) -> str:
    """Return the text of the ``__init__.py`` of a folder of components."""
    modules = dict(sorted({**dict(_public_classes(folder)), **ELSEWHERE}.items()))
    imports = sorted((module, name) for name, module in modules.items())
    return TEXT.format(
        modules="\n".join(f'    "{name}": "{module}",' for name, module in modules.items()),
        imports="\n".join(f"    from {module} import {name} as {name}" for module, name in imports),
    )


def class_definitions(folder: Path) -> Iterator[tuple[Path, ast.ClassDef, set[str]]]:
    """Yield file, definition and names of the bases of each class below a folder; the files are read and not run."""
    for file in sorted(folder.glob("*/*.py")):
        for statement in ast.parse(file.read_text(encoding="utf-8")).body:
            if isinstance(statement, ast.ClassDef):
                yield file, statement, _base_names(statement)


def _public_classes(folder: Path) -> Iterator[tuple[str, str]]:
    """Yield name and module of the public classes below a folder."""
    for file, definition, bases in class_definitions(folder):
        if bases & BASES:
            yield definition.name, f"neuronserve.components.{file.parent.name}.{file.stem}"


def _base_names(definition: ast.ClassDef) -> set[str]:
    bases = (base.value if isinstance(base, ast.Subscript) else base for base in definition.bases)
    return {base.id for base in bases if isinstance(base, ast.Name)}
