"""How `pulumi up` goes on after one that was killed while it made a Helm release, or upgraded one.

Helm keeps its record of a release in Secrets. One that says "pending" is of a process that is gone, and with it Helm
refuses the name for ever. Without it Helm takes over the release's objects, as they carry the release's name.
"""

from typing import TYPE_CHECKING

import pulumi

from neuronserve.stack.hooks.access import Access
from neuronserve.status.kubeconfig import UnreachableError, first_line

if TYPE_CHECKING:
    from kubernetes.client import ApiClient

RELEASE = "kubernetes:helm.sh/v3:Release"
NAME_IN_USE = "cannot re-use a name that is still in use"
IN_PROGRESS = "another operation (install/upgrade/rollback) is in progress"
"""What Helm says of a release whose record is there (pkg/action of helm 3)."""

PENDING = "status in (pending-install,pending-upgrade,pending-rollback)"
ANSWER_WITHIN_S = 10


class ReleaseRecovery:
    """Lets releases be made again whose record an interrupted run left behind.

    Args:
        access: the cluster.
        takes_over: whether releases are taken over that are there in full: those of a run that ended before Pulumi had
            written them down.
    """

    def __init__(self, access: Access, *, takes_over: bool) -> None:
        self._access = access
        self._takes_over = takes_over
        hook = pulumi.ErrorHook("release-is-there", self._recover)
        self.bindings = {RELEASE: pulumi.ResourceHookBinding(on_error=[hook])}

    async def _recover(self, args: pulumi.ErrorHookArgs) -> bool:
        """Remove what an interrupted run left; Pulumi is to try again if there was anything, and once."""
        (error, *earlier) = args.errors
        refusal = next((said for said in (NAME_IN_USE, IN_PROGRESS) if said in error), None)
        if refusal is None or earlier or not args.new_inputs:
            return False
        name, namespace = str(args.new_inputs["name"]), str(args.new_inputs["namespace"])
        records = f"owner=helm,name={name}"
        everything = self._takes_over and refusal == NAME_IN_USE
        try:
            removed = await self._access.ask(
                lambda client: remove_secrets(client, namespace, records if everything else f"{records},{PENDING}")
            )
        except UnreachableError as unreachable:
            pulumi.log.warn(f"Release {name} is there already, and its record cannot be read. {unreachable}")
            return False
        if removed:
            pulumi.log.info(f"An earlier run was interrupted at release {name}, and this one goes on from there.")
        else:
            pulumi.log.error(
                f"Release {name} is in namespace {namespace} already. If it is somebody else's, switch the add-on off. "
                f"If an earlier run of this stack made it, this lets the next one take it over: kubectl --namespace "
                f"{namespace} delete secret --selector {records}"
            )
        return removed


def remove_secrets(client: "ApiClient", namespace: str, selector: str) -> bool:
    """Remove Secrets from a namespace by label, and return whether there were any.

    Raises:
        UnreachableError: the cluster does not answer, or refuses.
    """
    from kubernetes.client import CoreV1Api  # noqa: PLC0415 (takes half a second, as api_client)
    from kubernetes.client.exceptions import ApiException  # noqa: PLC0415
    from urllib3.exceptions import HTTPError  # noqa: PLC0415

    core = CoreV1Api(client)
    try:
        found = core.list_namespaced_secret(namespace, label_selector=selector, _request_timeout=ANSWER_WITHIN_S)
        core.delete_collection_namespaced_secret(namespace, label_selector=selector, _request_timeout=ANSWER_WITHIN_S)
    except (ApiException, HTTPError, OSError) as error:
        raise UnreachableError(f"{client.configuration.host}: {first_line(error)}") from None
    return bool(found.items)
