"""What `pulumi up` says while a RayService is not ready, and when it gives up: which pod keeps it, and why.

The provider says no more than "timed out waiting for the condition", half an hour later.
"""

import asyncio
from typing import TYPE_CHECKING

import pulumi

from neuronserve.stack.hooks.access import Access
from neuronserve.status.kubeconfig import UnreachableError

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

RAY_SERVICE = "kubernetes:ray.io/v1:RayService"
PERIOD_S = 15


class ReadyWatch:
    """Watches RayServices for as long as Pulumi waits for them."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._watching: dict[str, asyncio.Task[None]] = {}
        begin, end = pulumi.ResourceHook("watch", self._begin), pulumi.ResourceHook("watched", self._end)
        self.bindings = {
            RAY_SERVICE: pulumi.ResourceHookBinding(
                before_create=[begin],
                after_create=[end],
                before_update=[begin],
                after_update=[end],
                on_error=[pulumi.ErrorHook("not-ready", self._give_up)],
            )
        }

    def _begin(self, args: pulumi.ResourceHookArgs) -> None:
        metadata = (args.new_inputs or {})["metadata"]
        self._watching[args.urn] = asyncio.ensure_future(self._watch(metadata["namespace"], metadata["name"]))

    def _end(self, args: pulumi.ResourceHookArgs) -> None:
        self._stop(args.urn)

    async def _give_up(self, args: pulumi.ErrorHookArgs) -> bool:
        """Say what kept the service; Pulumi is not to try again."""
        self._stop(args.urn)
        if args.new_inputs and args.failed_operation != "delete":
            metadata = args.new_inputs["metadata"]
            pulumi.log.error(await self._told(metadata["namespace"], metadata["name"]))
        return False

    def _stop(self, urn: str) -> None:
        if task := self._watching.pop(urn, None):
            task.cancel()

    async def _watch(self, namespace: str, name: str) -> None:
        said = ""
        while True:
            await asyncio.sleep(PERIOD_S)
            text = await self._told(namespace, name)
            if text != said:
                pulumi.log.info(text)
            said = text

    async def _told(self, namespace: str, name: str) -> str:
        def read(client: "ApiClient") -> str:
            from neuronserve.status.cluster import Cluster  # noqa: PLC0415 (takes half a second, as api_client)
            from neuronserve.status.service_status import service_status  # noqa: PLC0415
            from neuronserve.status.text import told  # noqa: PLC0415

            return told(service_status(Cluster(client).observe(namespace, name)))

        try:
            return await self._access.ask(read)
        except UnreachableError as error:
            return f"{name} in namespace {namespace}: what keeps it cannot be read. {error}"
