"""Values that are known only while Pulumi runs: settings hand them on, and rules have no say of them until then."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, overload

import pulumi

from neuronserve.settings.base import Settings

T = TypeVar("T")
U = TypeVar("U")


class NotKnownYetError(Exception):
    """A rule needs a value that is known only while Pulumi runs; it is asked again then."""


@overload
def known(value: list[T | pulumi.Output[T]] | pulumi.Output[list[T | pulumi.Output[T]]]) -> list[T]: ...


@overload
def known(value: dict[str, T | pulumi.Output[T]]) -> dict[str, T]: ...


@overload
def known(value: T | pulumi.Output[T]) -> T: ...


def known(value: Any) -> Any:
    """Return a value that a rule needs to have.

    Raises:
        NotKnownYetError: it is an Output, or holds one.
    """
    if isinstance(value, pulumi.Output) or _holds_outputs(value):
        raise NotKnownYetError
    return value


def when_known(make: Callable[..., U], *values: Any) -> pulumi.Input[U]:
    """Return what a function makes of values: at once if all are known, as an Output if one is not, or holds one.

    Args:
        make: takes the values, without any Output in them.
        values: plain ones, Outputs, mappings and sequences with Outputs in them, or settings.
    """
    if not any(isinstance(value, pulumi.Output) or _holds_outputs(value) for value in values):
        return make(*values)
    return pulumi.Output.all(*map(_output, values)).apply(lambda them: make(*them))


def _output(value: Any) -> pulumi.Output[Any]:
    if isinstance(value, Settings):
        fields = {name: _output(field) for name, field in value}
        return pulumi.Output.all(**fields).apply(lambda them: value.changed(**them))
    if isinstance(value, Mapping) and any(isinstance(item, Settings) for item in value.values()):
        return pulumi.Output.all(**{name: _output(item) for name, item in value.items()})
    return pulumi.Output.from_input(value)


def _holds_outputs(value: Any) -> bool:
    match value:
        case pulumi.Output():
            return True
        case Settings():
            return any(_holds_outputs(field) for _, field in value)
        case Mapping():
            return any(_holds_outputs(item) for item in value.values())
        case str():
            return False
        case Sequence():
            return any(_holds_outputs(item) for item in value)
        case _:
            return False
