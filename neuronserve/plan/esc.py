"""Values that a stack takes from Pulumi ESC, which no offline plan can ask.

A stack file imports environments by ``environment:``, a list of their names or an environment in itself; what they hold
under ``pulumiConfig`` is configuration, where the stack file does not set the same key
(https://www.pulumi.com/docs/esc/integrations/infrastructure/pulumi-iac/). A file of values can stand in for them.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from neuronserve.plan.errors import ProjectError
from neuronserve.plan.yaml_files import load_yaml

FUNCTION = "fn::"


@dataclass(frozen=True)
class Environments:
    """What a stack imports."""

    values: dict[str, Any] = field(default_factory=dict)
    """Configuration that is known; what is secret, as a stack file writes it."""
    unknown: tuple[str, ...] = ()
    """Environments, and places in the stack's own, whose values only ESC knows."""

    @property
    def note(self) -> str | None:
        """What a person has to know of a plan without these values; None if nothing is unknown."""
        if not self.unknown:
            return None
        return (
            f"The stack takes values from Pulumi ESC ({', '.join(self.unknown)}), which are not known offline. Name a "
            "file that holds them with --environment, such as what `pulumi env open <name>` prints."
        )


def imported(file: Path, document: dict[str, Any], stand_in: Path | None) -> Environments:
    """Return what a stack file imports.

    Args:
        file: the stack file, for messages.
        document: what is in it.
        stand_in: a file in place of the environments.

    Raises:
        ProjectError: ``environment`` has another form, or the stand-in cannot be used.
    """
    given = document.get("environment")
    if given is None:
        if stand_in is not None:
            raise ProjectError(
                [f"{file} has no environment, whose values {stand_in} could hold. Leave --environment out."]
            )
        return Environments()
    inline = {"imports": given} if isinstance(given, list) else given
    if not isinstance(inline, dict) or not isinstance(inline.get("imports", []), list):
        raise ProjectError([f"{file}: environment is not a list of names, and no mapping with imports and values."])
    names = tuple(_name(one) for one in inline.get("imports", []))
    known, computed = _literals(_configuration(inline))
    if stand_in is None:
        return Environments(known, (*names, *(f"{place} in {file.name}" for place in computed)))
    held, problems = _literals(_configuration(load_yaml(stand_in)))
    if problems:
        raise ProjectError([f"{stand_in}: {place} is computed by ESC. Write its value." for place in problems])
    return Environments(held | known)


def _name(imported: Any) -> str:
    """Return an environment's name: an import may be a mapping from it to options."""
    return str(next(iter(imported), "")) if isinstance(imported, dict) else str(imported)


def _configuration(document: dict[str, Any]) -> dict[str, Any]:
    """Return ``pulumiConfig`` of an environment's definition, or of what it comes to."""
    values = document.get("values", document)
    configuration = values.get("pulumiConfig", {}) if isinstance(values, dict) else {}
    return configuration if isinstance(configuration, dict) else {}


def _literals(configuration: dict[str, Any]) -> tuple[dict[str, Any], list[str]]:
    """Return the settings whose values stand there, and the names of the others."""
    computed = [key for key, value in configuration.items() if any(_computed(value))]
    return {key: _as_stack_file(value) for key, value in configuration.items() if key not in computed}, computed


def _computed(value: Any) -> Iterator[bool]:
    match value:
        case {"fn::secret": _, **others} if not others:
            return
        case dict():
            yield any(key.startswith(FUNCTION) for key in value)
            for item in value.values():
                yield from _computed(item)
        case list():
            for item in value:
                yield from _computed(item)
        case str():
            yield "${" in value


def _as_stack_file(value: Any) -> Any:
    """Return a value with its secrets as a stack file writes them."""
    match value:
        case {"fn::secret": content}:
            return {"secure": str(content)}
        case dict():
            return {key: _as_stack_file(item) for key, item in value.items()}
        case list():
            return [_as_stack_file(item) for item in value]
        case _:
            return value
