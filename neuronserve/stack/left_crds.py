"""CRDs in a cluster that was there, where an earlier stack may have left them."""

import functools
from collections.abc import Callable

import pulumi

from neuronserve.stack.options_by_type import by_type

CONFIG_GROUP = "kubernetes:yaml/v2:ConfigGroup"


def taken_over_by(provider: Callable[[], pulumi.ProviderResource]) -> pulumi.ResourceOptions:
    """Return options of components, with which their CRDs go through a provider that takes over what is there.

    No other object does: one that is there may be somebody's. CRDs are nobody's alone, and always stay when a stack
    goes; those that differ from ours in what another tool has set are refused as a conflict.

    Args:
        provider: makes the provider, if there are CRDs to make.
    """
    made = functools.cache(provider)
    return by_type({CONFIG_GROUP: lambda: pulumi.ResourceOptions(providers=[made()])})
