"""mypy reads of the providers' SDKs what this program uses: what it did not read would pass as Any."""

import ast
import importlib
import inspect
import re
import tomllib
from pathlib import Path
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SOURCES = [ROOT / "__main__.py", *(f for name in ("components", "neuronserve") for f in (ROOT / name).rglob("*.py"))]
SDKS = {"pulumi_aws", "pulumi_kubernetes"}


def modules_read() -> set[str]:
    """Return what pyproject.toml tells mypy to read, with ``.*`` for a package with all below it."""
    overrides = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["mypy"]["overrides"]
    return {name for override in overrides if override["follow_imports"] == "normal" for name in override["module"]}


def modules_used(source: str) -> set[str]:
    """Return the modules of the SDKs that define what a module's text uses."""
    nodes = list(ast.walk(ast.parse(source)))
    froms = {str(node.module).partition(".")[0] for node in nodes if isinstance(node, ast.ImportFrom)}
    assert not froms & SDKS, "import the SDK, under a short name: what is used of it is found by that"
    names = [alias for node in nodes if isinstance(node, ast.Import) for alias in node.names if alias.name in SDKS]
    sdks = {alias.asname or alias.name: alias.name for alias in names}
    texts = [ast.unparse(node) for node in nodes if isinstance(node, ast.Attribute)]
    dotted = [text.split(".") for text in texts if re.fullmatch(r"[\w.]+", text)]
    return {*sdks.values(), *(defined_in(sdks[first], parts) for first, *parts in dotted if first in sdks)}


def defined_in(sdk: str, parts: list[str]) -> str:
    here: Any = importlib.import_module(sdk)
    for part in parts:
        here = getattr(here, part)
        if not isinstance(here, ModuleType):
            return inspect.getmodule(here).__name__
    return here.__name__


def covers(pattern: str, module: str) -> bool:
    return module == pattern or (pattern.endswith(".*") and f"{module}.".startswith(pattern.removesuffix("*")))


def test_what_is_used_of_the_sdks_is_read_and_nothing_else() -> None:
    used = set().union(*(modules_used(file.read_text()) for file in SOURCES))
    unread = {module for module in used if not any(covers(pattern, module) for pattern in modules_read())}
    assert not unread, "add them to mypy's overrides in pyproject.toml"
    unused = {pattern for pattern in modules_read() if not any(covers(pattern, module) for module in used)}
    assert not unused, "remove them from mypy's overrides in pyproject.toml"


def test_a_use_is_found_with_the_module_that_defines_it() -> None:
    source = 'import pulumi_aws as aws\naws.s3.Bucket("b", tags={"aws.ec2": 1})\naws.get_region_output()'
    assert modules_used(source) == {"pulumi_aws", "pulumi_aws.s3", "pulumi_aws.s3.bucket", "pulumi_aws.get_region"}
    assert covers("pulumi_aws.s3.*", "pulumi_aws.s3")
    assert not covers("pulumi_aws.s3.*", "pulumi_aws.s3control")
    assert not covers("pulumi_aws", "pulumi_aws.s3")
