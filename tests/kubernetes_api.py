"""A throw-away cluster's API server, for tests: strict server-side apply, and cleaning up."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import kubernetes
from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic import DynamicClient, ResourceInstance

from tests.waiting import wait_until

DEADLINE_S = 60


class KubernetesApi:
    """The API server behind a kubeconfig."""

    def __init__(self, kubeconfig: str) -> None:
        self._api = kubernetes.config.new_client_from_config(kubeconfig)
        self._client = DynamicClient(self._api)

    def apply(self, manifest: dict[str, Any], *, dry_run: bool = False) -> ResourceInstance:
        """Apply one object as `pulumi up` does: server-side, unknown fields refused; or ask what would come of it."""
        metadata = manifest["metadata"]
        namespace = metadata.get("namespace")
        resource = self._resource(manifest)
        path = resource.path(name=metadata["name"], namespace=namespace)
        return self._client.request(
            "patch",
            path,
            body=manifest,
            content_type="application/apply-patch+yaml",
            query_params=[
                ("fieldManager", "neuronserve-tests"),
                ("force", "true"),
                ("fieldValidation", "Strict"),
                *([("dryRun", "All")] if dry_run else []),
            ],
        )

    def get(self, api_version: str, kind: str, name: str, namespace: str | None = None) -> ResourceInstance | None:
        """Return an object, or None where there is none."""
        resource = self._client.resources.get(api_version=api_version, kind=kind)
        try:
            return resource.get(name=name, namespace=namespace)
        except ApiException as error:
            if error.status == 404:
                return None
            raise

    def current(self, manifest: dict[str, Any]) -> ResourceInstance | None:
        """Return the object that a manifest describes as it is now, or None where there is none."""
        metadata = manifest["metadata"]
        return self.get(manifest["apiVersion"], manifest["kind"], metadata["name"], metadata.get("namespace"))

    def list_in(self, api_version: str, kind: str, namespace: str, selector: str = "") -> list[ResourceInstance]:
        """Return the objects of a kind in a namespace."""
        resource = self._client.resources.get(api_version=api_version, kind=kind)
        return list(resource.get(namespace=namespace, label_selector=selector).items)

    def delete(self, manifest: dict[str, Any]) -> None:
        """Delete an object and wait until it is gone."""
        name, namespace = manifest["metadata"]["name"], manifest["metadata"].get("namespace")
        resource = self._resource(manifest)
        try:
            resource.delete(name=name, namespace=namespace, grace_period_seconds=0)
        except ApiException as error:
            if error.status != 404:
                raise
        wait_until(f"{manifest['kind']} {name} is gone", lambda: self._is_gone(manifest), DEADLINE_S)

    def _is_gone(self, manifest: dict[str, Any]) -> bool:
        if manifest["kind"] == "RayService":
            self._let_ray_clusters_go(manifest["metadata"]["namespace"])
        return self.current(manifest) is None

    def _let_ray_clusters_go(self, namespace: str) -> None:
        """Take off the finalizer that keeps a RayCluster until a Job has cleaned up: no node runs that."""
        clusters = self._client.resources.get(api_version="ray.io/v1", kind="RayCluster")
        for cluster in clusters.get(namespace=namespace).items:
            if cluster.metadata.deletionTimestamp and cluster.metadata.finalizers:
                clusters.patch(
                    name=cluster.metadata.name,
                    namespace=namespace,
                    body={"metadata": {"finalizers": None}},
                    content_type="application/merge-patch+json",
                )

    @contextmanager
    def applied(self, manifests: list[dict[str, Any]]) -> Iterator[list[ResourceInstance]]:
        """Apply objects in order, and delete them in reverse at the end."""
        try:
            yield [self.apply(manifest) for manifest in manifests]
        finally:
            for manifest in reversed(manifests):
                self.delete(manifest)

    def _resource(self, manifest: dict[str, Any]) -> Any:
        return self._client.resources.get(api_version=manifest["apiVersion"], kind=manifest["kind"])


def refusal(error: ApiException) -> str:
    """Return why the API server refused an object."""
    return str(json.loads(error.body)["message"])
