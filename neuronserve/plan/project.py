"""A Pulumi project and the configuration of one stack, read and checked as the Pulumi CLI does.

The rules are those of https://www.pulumi.com/docs/iac/concepts/projects/project-file/ and
https://www.pulumi.com/docs/iac/concepts/config/; one is stricter: a key of the project's own namespace that Pulumi.yaml
does not declare is an error, where the CLI would let a typo pass.
"""

import difflib
import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from neuronserve.plan.errors import ProjectError
from neuronserve.plan.esc import imported
from neuronserve.plan.yaml_files import Loader, load_yaml

UNDECIPHERED = "[undeciphered secret]"
"""Stands for an encrypted value of a stack file, which only the CLI can read."""

TOP_LEVEL = {"config", "environment", "encryptedkey", "encryptionsalt", "secretsprovider"}
"""What a stack file may hold: https://www.pulumi.com/docs/iac/concepts/config/#stack-settings-file-reference"""
KNOWN = ", ".join(sorted(TOP_LEVEL))

STACK_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")
"""https://www.pulumi.com/docs/iac/concepts/stacks/"""


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

    ``problems`` say, by key, what the CLI would refuse before it runs the program; ``note`` what is not known.
    """

    values: dict[str, str]
    secret_keys: list[str]
    problems: dict[str, str]
    note: str | None = None


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
        ProjectError: it is missing, not YAML, or lacks a name; or the program is missing.
    """
    file = directory / "Pulumi.yaml"
    document = load_yaml(file)
    if not isinstance(document.get("name"), str):
        raise ProjectError([f"{file} has no name. Add one: name: my-project"])
    problems = [
        f"{file}: {key} is not text."
        for key in ("main", "stackConfigDir")
        if not isinstance(document.get(key, ""), str)
    ]
    if problems:
        raise ProjectError(problems)
    main = directory / document.get("main", ".")
    main = main / "__main__.py" if main.is_dir() else main
    if not main.is_file():
        raise ProjectError([f"There is no program: {main} does not exist. {file} may name another one: main: <path>"])
    return Project(
        name=document["name"],
        directory=directory,
        main=main,
        stack_directory=directory / document.get("stackConfigDir", "."),
        config=_config(file, document),
    )


def load_stack_config(project: Project, stack: str, environment: Path | None = None) -> StackConfig:
    """Return the configuration of a stack, the defaults of Pulumi.yaml filled in.

    Args:
        project: the project.
        stack: the stack's name.
        environment: a file in place of the environments of Pulumi ESC that the stack imports.

    Raises:
        ProjectError: the stack has no file, or what cannot be read stands in it.
    """
    if not STACK_NAME.fullmatch(stack):
        raise ProjectError(
            [f"There is no stack {stack[:110]!r}: a name has at most 100 letters, digits, '-', '_' and '.'."]
        )
    file = project.stack_directory / f"Pulumi.{stack}.yaml"
    if not file.is_file():
        known = ", ".join(project.stacks) or "none"
        raise ProjectError([f"There is no stack {stack}: {file} does not exist. Stacks: {known}."])
    document = load_yaml(file, _StackLoader)
    _check_top_level(file, document)
    environments = imported(file, document, environment)
    written = environments.values | _config(file, document)
    values = {_full_key(project, key): value for key, value in written.items()}
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
        elif key.startswith(f"{project.name}:"):
            problems[key] = f"{key} is missing: stack {stack} has to set it."
    return StackConfig(
        values={key: _as_text(_deciphered(value)) for key, value in values.items()},
        secret_keys=[
            key for key, value in values.items() if _holds_secret(value) or declarations.get(key, {}).get("secret")
        ],
        problems=problems,
        note=environments.note,
    )


def encrypted_settings(project: Project, stack: str) -> dict[str, str]:
    """Return the encrypted values of a stack file, by setting: another text is another value, or one encrypted anew.

    Raises:
        ProjectError: the file cannot be read.
    """
    file = project.stack_directory / f"Pulumi.{stack}.yaml"
    written = _config(file, load_yaml(file, _StackLoader))
    return dict(pair for key, value in written.items() for pair in _encrypted(value, _full_key(project, key)))


def _encrypted(value: Any, key: str) -> Iterator[tuple[str, str]]:
    if _is_secure(value):
        yield key, str(value["secure"])
    elif isinstance(value, dict | list):
        for name, item in value.items() if isinstance(value, dict) else enumerate(value):
            yield from _encrypted(item, f"{key}.{name}" if isinstance(value, dict) else f"{key}[{name}]")


def _check_top_level(file: Path, document: dict[str, Any]) -> None:
    problems = []
    for key in document.keys() - TOP_LEVEL:
        hint = _hint(key, TOP_LEVEL, otherwise=f"Settings belong below config; known are {KNOWN}.")
        problems.append(f"{file}: {key} is unknown. {hint}")
    if problems:
        raise ProjectError(sorted(problems))


def _full_key(project: Project, key: str) -> str:
    return key if ":" in key else f"{project.name}:{key}"


def _hint(key: str, known: Iterable[str], otherwise: str) -> str:
    near = difflib.get_close_matches(key, known, n=1)
    return f"Did you mean {near[0]}?" if near else otherwise


def _undeclared(project: Project, declarations: dict[str, Any], values: dict[str, Any]) -> dict[str, str]:
    """Return what is said of keys that a project does not declare, by key; one that declares none takes any."""
    problems = {}
    for key in values if declarations else ():
        if key.startswith(f"{project.name}:") and key not in declarations:
            hint = _hint(key, declarations, otherwise=f"Pulumi.yaml declares: {', '.join(sorted(declarations))}.")
            problems[key] = f"{key} is not a setting of this project. {hint}"
    return problems


def _wrong_declaration(project: Project, key: str, declaration: dict[str, Any]) -> str | None:
    if "default" in declaration and "value" in declaration:
        return f"Pulumi.yaml gives {key} both a default and a value. Keep one of them."
    if not key.startswith(f"{project.name}:") and declaration.keys() & {"type", "default"}:
        return f"Pulumi.yaml may give {key}, a key of another namespace, only a value."
    if problem := _wrong_type(key, declaration):
        return problem
    if "default" in declaration and not _is_of(declaration, declaration["default"]):
        return f"Pulumi.yaml gives {key} a default that is not of its type {declaration['type']}."
    if declaration.get("secret") and "type" in declaration and declaration.keys() & {"default", "value"}:
        return f"Pulumi.yaml gives {key}, a secret, a value in plain text, which Pulumi refuses. Leave it out."
    return None


def _wrong_type(key: str, declaration: dict[str, Any]) -> str | None:
    kind = declaration.get("type")
    if kind == "array":
        items = declaration.get("items")
        if not isinstance(items, dict) or "type" not in items:
            return f"Pulumi.yaml declares {key} as an array without items. Add items: {{type: string}}."
        return _wrong_type(key, items)
    if kind is not None and kind not in TYPES:
        return f"Pulumi.yaml declares {key} as {kind}, which is not one of {', '.join(TYPES)}."
    return None


def _wrong_value(key: str, declaration: dict[str, Any], value: Any) -> str | None:
    if value is None or _is_secure(value):
        return None
    if declaration.get("secret"):
        return f"{key} is a secret in plain text. Set it with: pulumi config set --secret {key} …"
    if not _is_of(declaration, value):
        items = f" of {declaration['items']['type']}" if declaration["type"] == "array" else ""
        return f"{key} is {_as_json(value)}, which is not of type {declaration['type']}{items}."
    return None


def _is_integer(value: Any) -> bool:
    if isinstance(value, str):  # settings are texts, whatever they mean
        return re.fullmatch(r"[+-]?[0-9]+", value) is not None
    return isinstance(value, int) and not isinstance(value, bool)


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
    return value if isinstance(value, str) else _as_json(value)


def _as_json(value: Any) -> str:
    return json.dumps(value)


def _config(file: Path, document: dict[str, Any]) -> dict[str, Any]:
    config = document.get("config") or {}
    if not isinstance(config, dict):
        raise ProjectError([f"{file}: config is not a mapping of settings to values."])
    return config


class _StackLoader(Loader):
    """Leaves a setting as it is written, as Pulumi does: 1.10 stays 1.10, and yes is not a boolean."""

    def get_single_node(self) -> yaml.Node | None:
        """Return the document, the settings of its config as texts."""
        document = super().get_single_node()
        for _, config in _pairs(document, "config"):
            for _, setting in _pairs(config):
                if isinstance(setting, yaml.ScalarNode):
                    setting.value = "" if setting.tag == "tag:yaml.org,2002:null" else setting.value
                    setting.tag = "tag:yaml.org,2002:str"
        return document


def _pairs(node: Any, name: str | None = None) -> list[tuple[yaml.Node, yaml.Node]]:
    pairs = node.value if isinstance(node, yaml.MappingNode) else []
    return [(key, value) for key, value in pairs if name in (None, key.value)]
