"""What all components of this library have in common."""

from typing import Any, Generic, Self, TypeVar

import pulumi

from neuronserve.settings import Settings

SettingsType = TypeVar("SettingsType", bound=Settings)
T = TypeVar("T")


UNSET: Any = None
"""The default of arguments of which none is required; of any type, as Pulumi's analyzer takes no optional ones."""


def waiting_for(value: pulumi.Input[T], *resources: pulumi.Resource) -> pulumi.Output[T]:
    """Return a value that brings more with it than what it is made from: who uses it waits, and goes before, as well.

    Args:
        value: what an output is.
        resources: what a user of it needs; their URNs are known from the start, so that a preview shows the value.
    """
    return pulumi.Output.all(value, *(resource.urn for resource in resources)).apply(lambda known: known[0])


class Component(pulumi.ComponentResource, Generic[SettingsType]):
    """A component that is made from arguments, or from settings that were read and checked before."""

    @classmethod
    def from_settings(cls, name: str, settings: SettingsType, opts: pulumi.ResourceOptions | None = None) -> Self:
        """Make the component from settings: they take the place of its arguments and are not read again."""
        make: Any = cls  # a constructor declares the arguments alone, which is what other languages are offered
        component: Self = make(name, settings, opts)
        return component
