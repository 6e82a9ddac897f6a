"""How hooks get into the cluster: into that of the stack, or into none."""

import asyncio

import pulumi
import pytest

from neuronserve.stack.hooks.access import Access
from neuronserve.status.kubeconfig import UnreachableError


def test_without_the_stacks_kubeconfig_no_other_is_taken() -> None:
    async def ask() -> None:
        unknown = pulumi.Output.from_input(None)
        await Access(unknown, None).ask(lambda _: pytest.fail("somebody's cluster was asked"))

    with pytest.raises(UnreachableError, match="kubeconfig is not known yet"):
        asyncio.run(ask())
