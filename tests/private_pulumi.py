"""What a module uses of Pulumi's SDKs that is not in their public API."""

import ast
import importlib
from types import ModuleType
from typing import Any

import pulumi

DOCUMENTED = {"pulumi.provider", "pulumi.log", *(f"pulumi.log.{level}" for level in ("debug", "info", "warn", "error"))}
"""Public, but in nobody's ``__all__``."""


def private_uses(source: str) -> set[str]:
    """Return the dotted names, such as ``pulumi.runtime.rpc.serialize_properties``, that a module's text uses.

    Public is what a module of the SDK names in its ``__all__``; in the providers' SDKs, all without an underscore.
    """
    tree = ast.parse(source)
    imported: dict[str, str] = {}
    used: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                used.add(alias.name)
                imported[alias.asname or alias.name.partition(".")[0]] = (
                    alias.name if alias.asname else alias.name.partition(".")[0]
                )
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            for alias in node.names:
                used.add(f"{node.module}.{alias.name}")
                imported[alias.asname or alias.name] = f"{node.module}.{alias.name}"
    used |= {name for node in ast.walk(tree) if (name := _dotted(node, imported))}
    used = {name for name in used if name.split(".")[0].startswith("pulumi") and is_private(name)}
    return {name for name in used if not any(longer.startswith(f"{name}.") for longer in used)}


def is_private(name: str) -> bool:
    """Tell whether any part of a dotted name is not public."""
    package, *parts = name.split(".")
    if package != "pulumi":
        return any(part.startswith("_") for part in parts)
    here: Any = pulumi
    for part in parts:
        if part.startswith("_"):
            return True
        if isinstance(here, ModuleType) and f"{here.__name__}.{part}" not in DOCUMENTED and part not in _named(here):
            return True
        here = getattr(here, part, None)
    return False


def _named(module: ModuleType) -> list[str]:
    return getattr(module, "__all__", [])


def resolve(name: str) -> Any:
    """Return what a dotted name stands for.

    Raises:
        AttributeError, ModuleNotFoundError: it is not there.
    """
    here: Any = pulumi
    for part in name.split(".")[1:]:
        is_loaded = not isinstance(here, ModuleType) or hasattr(here, part)
        here = getattr(here, part) if is_loaded else importlib.import_module(f"{here.__name__}.{part}")
    return here


def _dotted(node: ast.AST, imported: dict[str, str]) -> str | None:
    parts: list[str] = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    if not isinstance(node, ast.Name) or node.id not in imported or not parts:
        return None
    return ".".join([imported[node.id], *reversed(parts)])
