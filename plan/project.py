"""A Pulumi project and the configuration of one stack, read and checked as the Pulumi CLI does.

The rules are those of https://www.pulumi.com/docs/iac/concepts/projects/project-file/ and
https://www.pulumi.com/docs/iac/concepts/config/; one is stricter: a key of the project's own namespace that Pulumi.yaml
does not declare is an error, where the CLI would let a typo pass.
"""

import difflib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from neuronserve.plan.errors import ProjectError

UNDECIPHERED = "[undeciphered secret]"
"""Stands for an encrypted value of a stack file, which only the CLI can read."""


@dataclass(frozen=True)
class Project:
    """What Pulumi.yaml says."""

    name: str
    directory: Path
    main: Path
    stack_directory: Path
    config: dict[str, Any]

    @property
    def stacks(self) -> list[str]:
        """Names of the stacks that have a file."""
        return sorted(file.name[len("Pulumi.") : -len(".yaml")] for file in self.stack_directory.glob("Pulumi.*.yaml"))


@dataclass(frozen=True)
class StackConfig:
    """A stack's configuration as Pulumi hands it to the program: strings, structures as JSON, by ``namespace:key``.

    ``problems`` say, by key, what the CLI would refuse before it runs the program.
    """

    values: dict[str, str]
    secret_keys: list[str]
    problems: dict[str, str]


def find_project(start: Path) -> Path:
    """Return the nearest folder with a Pulumi.yaml, from ``start`` upwards.

    Raises:
        ProjectError: there is none.
    """
    for folder in (start.resolve(), *start.resolve().parents):
        if (folder / "Pulumi.yaml").is_file():
            return folder
    raise ProjectError([f"There is no Pulumi.yaml in {start.resolve()} or above it."])


def load_project(directory: Path) -> Project:
    """Read ``Pulumi.yaml``.

    Raises:
        ProjectError: it is missing, not YAML, or lacks a name.
    """
    document = _load_yaml(directory / "Pulumi.yaml")
    if not isinstance(document.get("name"), str):
        raise ProjectError([f"{directory / 'Pulumi.yaml'} has no name. Add one: name: my-project"])
    main = directory / document.get("main", ".")
    return Project(
        name=document["name"],
        directory=directory,
        main=main / "__main__.py" if main.is_dir() else main,
        stack_directory=directory / document.get("stackConfigDir", "."),
        config=document.get("config") or {},
    )


def load_stack_config(project: Project, stack: str) -> StackConfig:
    """Return the configuration of a stack, the defaults of Pulumi.yaml filled in.

    Raises:
        ProjectError: the stack has no file, or its file is not YAML.
    """
    file = project.stack_directory / f"Pulumi.{stack}.yaml"
    if not file.is_file():
        known = ", ".join(project.stacks) or "none"
        raise ProjectError([f"There is no stack {stack}: {file} does not exist. Stacks: {known}."])
    values = {_full_key(project, key): value for key, value in (_load_yaml(file).get("config") or {}).items()}
    declarations = {
        _full_key(project, key): declaration if isinstance(declaration, dict) else {"value": declaration}
        for key, declaration in project.config.items()
    }
    problems = _undeclared(project, declarations, values)
    for key, declaration in declarations.items():
        if problem := _wrong_declaration(project, key, declaration) or _wrong_value(key, declaration, values.get(key)):
            problems[key] = problem
        elif key in values:
            continue
        elif "default" in declaration or "value" in declaration:
            values[key] = declaration.get("value", declaration.get("default"))
        elif "type" in declaration:
            problems[key] = f"{key} is missing: stack {stack} has to set it."
    return StackConfig(
        values={key: _as_text(_deciphered(value)) for key, value in values.items()},
        secret_keys=[
            key for key, value in values.items() if _holds_secret(value) or declarations.get(key, {}).get("secret")
        ],
        problems=problems,
    )


def _full_key(project: Project, key: str) -> str:
    return key if ":" in key else f"{project.name}:{key}"


def _undeclared(project: Project, declarations: dict[str, Any], values: dict[str, Any]) -> dict[str, str]:
    problems = {}
    for key in values:
        if key.startswith(f"{project.name}:") and key not in declarations:
            near = difflib.get_close_matches(key, declarations, n=1)
            hint = f"Did you mean {near[0]}?" if near else f"Pulumi.yaml declares: {', '.join(sorted(declarations))}."
            problems[key] = f"{key} is not a setting of this project. {hint}"
    return problems


def _wrong_declaration(project: Project, key: str, declaration: dict[str, Any]) -> str | None:
    kind = declaration.get("type")
    if "default" in declaration and "value" in declaration:
        return f"Pulumi.yaml gives {key} both a default and a value. Keep one of them."
    if not key.startswith(f"{project.name}:") and declaration.keys() & {"type", "default"}:
        return f"Pulumi.yaml may give {key}, a key of another namespace, only a value."
    if kind == "array" and "items" not in declaration:
        return f"Pulumi.yaml declares {key} as an array without items. Add items: {{type: string}}."
    if kind is not None and kind not in TYPES:
        return f"Pulumi.yaml declares {key} as {kind}, which is none of {', '.join(TYPES)}."
    if "default" in declaration and not _is_of(declaration, declaration["default"]):
        return f"Pulumi.yaml gives {key} a default that is not of its type {kind}."
    return None


def _wrong_value(key: str, declaration: dict[str, Any], value: Any) -> str | None:
    if value is None or _is_secure(value):
        return None
    if declaration.get("secret"):
        return f"{key} is a secret in plain text. Set it with: pulumi config set --secret {key} …"
    if not _is_of(declaration, value):
        items = f" of {declaration['items']['type']}" if declaration["type"] == "array" else ""
        return f"{key} is {json.dumps(value, default=str)}, which is not of type {declaration['type']}{items}."
    return None


def _is_integer(value: Any) -> bool:
    try:  # `pulumi config set` writes numbers as strings
        return not isinstance(value, bool | float) and int(value) is not None
    except (TypeError, ValueError):
        return False


TYPES: dict[str, Callable[[Any], bool]] = {
    "string": lambda value: isinstance(value, str),
    "integer": _is_integer,
    "boolean": lambda value: isinstance(value, bool) or value in ("true", "false"),
    "array": lambda value: isinstance(value, list),
    "object": lambda value: isinstance(value, dict),
}


def _is_of(declaration: dict[str, Any], value: Any) -> bool:
    if "type" not in declaration or _is_secure(value):
        return True
    if not TYPES[declaration["type"]](value):
        return False
    if declaration["type"] == "array" and isinstance(declaration.get("items"), dict):
        return all(_is_of(declaration["items"], item) for item in value)
    return True


def _is_secure(value: Any) -> bool:
    return isinstance(value, dict) and value.keys() == {"secure"}


def _holds_secret(value: Any) -> bool:
    if isinstance(value, dict):
        return _is_secure(value) or any(_holds_secret(item) for item in value.values())
    return isinstance(value, list) and any(_holds_secret(item) for item in value)


def _deciphered(value: Any) -> Any:
    if _is_secure(value):
        return UNDECIPHERED
    if isinstance(value, dict):
        return {key: _deciphered(item) for key, item in value.items()}
    return [_deciphered(item) for item in value] if isinstance(value, list) else value


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _load_yaml(file: Path) -> dict[str, Any]:
    try:
        document = yaml.safe_load(file.read_text())
    except FileNotFoundError:
        raise ProjectError([f"{file} does not exist."]) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ProjectError([f"{file}, line {line}: this is not YAML: {error.problem}."]) from None
    if not isinstance(document or {}, dict):
        raise ProjectError([f"{file} is not a mapping of keys to values."])
    return document or {}
