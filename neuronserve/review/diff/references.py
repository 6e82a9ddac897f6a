"""References of a plan, ``${<urn>.<output>}``: where they stand, and how a person reads them."""

import re
from collections.abc import Container, Iterator
from dataclasses import dataclass
from typing import Any

from neuronserve.review.diff.properties import below

REFERENCE = re.compile(r"\$\{(urn:[^}]*)\}")


@dataclass(frozen=True)
class Reference:
    """A place in a resource's inputs where an output of another one stands."""

    path: str
    value: str
    """The whole text there."""
    urn: str
    output: str


def references(value: Any, known: Container[str], path: str = "") -> Iterator[Reference]:
    """Yield the references to known resources in an input, at any depth."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from references(item, known, below(path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from references(item, known, f"{path}[{index}]")
    elif isinstance(value, str) and "${urn:" in value:
        for match in REFERENCE.finditer(value):
            urn, output = split(match[1], known)
            if urn:
                yield Reference(path, value, urn, output)


def shortened(value: Any) -> Any:
    """Return a value with its references as ``${Subnet network-private-a.id}``."""
    if isinstance(value, dict):
        return {shortened(key): shortened(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shortened(item) for item in value]
    return REFERENCE.sub(_short, value) if isinstance(value, str) else value


def renamed(value: Any, names: dict[str, str]) -> Any:
    """Return a value whose references say other URNs for some."""
    if isinstance(value, dict):
        return {key: renamed(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [renamed(item, names) for item in value]
    if not isinstance(value, str) or "${urn:" not in value:
        return value
    return REFERENCE.sub(lambda match: _with_urn(match[1], names), value)


def split(text: str, known: Container[str]) -> tuple[str, str]:
    """Return URN and output; a resource's name may hold dots."""
    urn, output = text, ""
    while urn not in known:
        urn, dot, last = urn.rpartition(".")
        if not dot:
            return "", ""
        output = f"{last}.{output}" if output else last
    return urn, output


def _with_urn(text: str, names: dict[str, str]) -> str:
    urn, output = split(text, names)
    return f"${{{names[urn]}.{output}}}" if urn else f"${{{text}}}"


def _short(match: re.Match[str]) -> str:
    *_, qualified, rest = match[1].split("::")
    return f"${{{qualified.rpartition(':')[2]} {rest}}}"
