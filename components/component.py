"""What all components of this library have in common."""

from typing import Any, Generic, Self, TypeVar

import pulumi

from neuronserve.settings import Settings

SettingsType = TypeVar("SettingsType", bound=Settings)
T = TypeVar("T")


def waiting_for(value: pulumi.Input[T], *resources: pulumi.Resource) -> pulumi.Output[T]:
    """Return a value that brings more with it than what it is made from: who uses it waits, and goes before, as well.

    It has no need of the resources itself: an output that is read, or exported, does not wait for them.

    Args:
        value: what an output is.
        resources: what a user of it needs.
    """
    return pulumi.Output.all(value, *map(_needing, resources)).apply(lambda known: known[0])


def _needing(resource: pulumi.Resource) -> pulumi.Output[None]:
    async def nothing() -> None:
        pass

    async def is_known() -> bool:
        return True

    return pulumi.Output({resource}, nothing(), is_known())


class Component(pulumi.ComponentResource, Generic[SettingsType]):
    """A component that is made from arguments, or from settings that were read and checked before."""

    @classmethod
    def from_settings(cls, name: str, settings: SettingsType, opts: pulumi.ResourceOptions | None = None) -> Self:
        """Make the component from settings: they take the place of its arguments and are not read again."""
        make: Any = cls  # a constructor declares the arguments alone, which is what other languages are offered
        component: Self = make(name, settings, opts)
        return component
