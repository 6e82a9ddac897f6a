"""What `pulumi up` says while a RayService is not ready, and when it gives up: which pod keeps it, and why.

The provider says no more than "timed out waiting for the condition", half an hour later.
"""

import asyncio

import pulumi

from neuronserve.status.kubeconfig import UnreachableError

RAY_SERVICE = "kubernetes:ray.io/v1:RayService"
PERIOD_S = 15


class ReadyWatch:
    """Watches RayServices in one cluster for as long as Pulumi waits for them.

    Args:
        kubeconfig: content of a kubeconfig, or a path; None for the ambient one.
        context: one of its contexts.
    """

    def __init__(self, kubeconfig: pulumi.Input[str] | None, context: str | None = None) -> None:
        self._kubeconfig = None if kubeconfig is None else pulumi.Output.from_input(kubeconfig)
        self._context = context
        self._watching: dict[str, asyncio.Task[None]] = {}
        begin, end = pulumi.ResourceHook("watch", self._begin), pulumi.ResourceHook("watched", self._end)
        self._hooks = pulumi.ResourceHookBinding(
            before_create=[begin],
            after_create=[end],
            before_update=[begin],
            after_update=[end],
            on_error=[pulumi.ErrorHook("not-ready", self._give_up)],
        )

    @property
    def options(self) -> pulumi.ResourceOptions:
        """Options of a component that has RayServices in it."""
        return pulumi.ResourceOptions(transformations=[self._bind])

    def _bind(self, args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if args.type_ != RAY_SERVICE:
            return None
        opts = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(hooks=self._hooks))
        return pulumi.ResourceTransformationResult(args.props, opts)

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
        kubeconfig = None if self._kubeconfig is None else await self._kubeconfig.future()
        try:
            return await asyncio.to_thread(_read, kubeconfig, self._context, namespace, name)
        except UnreachableError as error:
            return f"{name} in namespace {namespace}: what keeps it cannot be read. {error}"


def _read(kubeconfig: str | None, context: str | None, namespace: str, name: str) -> str:
    # The client takes half a second, which a program that waits for nothing can do without.
    from neuronserve.status.cluster import Cluster  # noqa: PLC0415
    from neuronserve.status.service_status import service_status  # noqa: PLC0415
    from neuronserve.status.text import told  # noqa: PLC0415

    return told(service_status(Cluster.of(kubeconfig, context).observe(namespace, name)))
