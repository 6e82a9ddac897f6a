"""How hooks get into the cluster."""

import asyncio
from collections.abc import Callable
from typing import TYPE_CHECKING, TypeVar

import pulumi

from neuronserve.status.kubeconfig import UnreachableError, api_client

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

T = TypeVar("T")


class Access:
    """A way into a cluster that may not be there before a hook runs.

    Args:
        kubeconfig: content of a kubeconfig, or a path; None for the ambient one.
        context: one of its contexts.
    """

    def __init__(self, kubeconfig: pulumi.Input[str] | None, context: str | None) -> None:
        self._kubeconfig = None if kubeconfig is None else pulumi.Output.from_input(kubeconfig)
        self._context = context

    async def ask(self, question: "Callable[[ApiClient], T]") -> T:
        """Return what a function finds out, in a thread of its own: the program goes on meanwhile.

        Raises:
            UnreachableError: there is no way into the cluster.
        """
        kubeconfig = None
        if self._kubeconfig is not None and (kubeconfig := await self._kubeconfig.future()) is None:
            # Without it the client would take the ambient cluster, which may be anybody's.
            raise UnreachableError("The cluster's kubeconfig is not known yet")
        return await asyncio.to_thread(lambda: question(api_client(kubeconfig, self._context)))
