"""What all components of this library have in common."""

from typing import Any, Generic, Self, TypeVar

import pulumi

from neuronserve.settings import Settings

SettingsType = TypeVar("SettingsType", bound=Settings)


UNSET: Any = None
"""The default of arguments of which none is required; of any type, as Pulumi's analyzer takes no optional ones."""


class Component(pulumi.ComponentResource, Generic[SettingsType]):
    """A component that is made from arguments, or from settings that were read and checked before."""

    @classmethod
    def from_settings(cls, name: str, settings: SettingsType, opts: pulumi.ResourceOptions | None = None) -> Self:
        """Make the component from settings: they take the place of its arguments and are not read again."""
        make: Any = cls  # a constructor declares the arguments alone, which is what other languages are offered
        component: Self = make(name, settings, opts)
        return component
