"""A throw-away cluster in which stacks come and go: what is in it, its CRDs, and the part of the KubeRay operator."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import kubernetes
from kubernetes.client.exceptions import ApiException
from kubernetes.dynamic import DynamicClient

from tests.engine.stand_in_charts import is_brought_by_a_chart
from tests.waiting import wait_until

DEADLINE_S = 600
CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
RAY_SERVICES = "/apis/ray.io/v1/rayservices"
CONFLICT = 409
FLEETING = {"Event", "Lease", "EndpointSlice", "Endpoints", "ComponentStatus"}
"""Kinds whose objects come and go by themselves."""


class EmptyCluster:
    """A cluster that the tests have for themselves, without operators."""

    def __init__(self, kubeconfig: str) -> None:
        self._client = DynamicClient(kubernetes.config.new_client_from_config(kubeconfig))
        self.crds = [_as_written(crd) for crd in self._crds()]
        """The CRDs that charts bring, as they were found."""

    def call(self, path: str, method: str = "get", body: Any = None, content_type: str = "application/json") -> Any:
        """Return what the API server answers."""
        return json.loads(
            self._client.request(method, path, body=body, content_type=content_type, serialize=False).data
        )

    def contents(self) -> set[str]:
        """Return kind, namespace and name of every object that stays until somebody deletes it."""
        found = set()
        groups = [group["preferredVersion"]["groupVersion"] for group in self.call("/apis")["groups"]]
        for prefix in ("/api/v1", *(f"/apis/{group}" for group in groups)):
            for resource in self._resources(prefix):
                if "list" not in resource["verbs"] or "/" in resource["name"] or resource["kind"] in FLEETING:
                    continue
                with suppress(ApiException):  # of an API whose server is elsewhere, or that has just gone
                    for item in self.call(f"{prefix}/{resource['name']}")["items"]:
                        place = "/".join(filter(None, (item["metadata"].get("namespace"), item["metadata"]["name"])))
                        found.add(f"{resource['kind']} {place}")
        return found

    def _resources(self, prefix: str) -> list[dict[str, Any]]:
        """Return what an API has; nothing if it has just gone, as its group is listed a little longer."""
        try:
            resources: list[dict[str, Any]] = self.call(prefix)["resources"]
        except ApiException as error:
            if error.status == 404:
                return []
            raise
        return resources

    def has(self, path: str) -> bool:
        """Tell whether an object is there."""
        try:
            self.call(path)
        except ApiException as error:
            if error.status == 404:
                return False
            raise
        return True

    def without_crds(self) -> None:
        """Delete the CRDs that charts bring: a new cluster has none of them."""
        for name in [crd["metadata"]["name"] for crd in self._crds()]:
            self.call(f"{CRDS}/{name}", "delete")
        wait_until("the CRDs are gone", lambda: not self._crds(), DEADLINE_S)

    def with_crds(self) -> None:
        """Make the CRDs that charts bring, where they are missing."""
        there = {crd["metadata"]["name"] for crd in self._crds()}
        for crd in self.crds:
            if crd["metadata"]["name"] not in there:
                self.call(CRDS, "post", crd)
        wait_until("the CRDs are served", lambda: all(map(_is_established, self._crds())), DEADLINE_S)

    @contextmanager
    def operated(self) -> Iterator["Operator"]:
        """Play the KubeRay operator."""
        operator = Operator(self)
        operator.start()
        try:
            yield operator
        finally:
            operator.stop()

    def _crds(self) -> list[dict[str, Any]]:
        return [crd for crd in self.call(CRDS)["items"] if is_brought_by_a_chart(crd)]


class Operator(threading.Thread):
    """Says of RayServices what KubeRay would say, as long as they are to become ready."""

    def __init__(self, cluster: EmptyCluster) -> None:
        super().__init__(daemon=True)
        self._cluster = cluster
        self._over = threading.Event()
        self.makes_ready = True
        """Whether the pods of what is new get ready."""

    def run(self) -> None:
        """Look at all RayServices every half second."""
        while not self._over.wait(0.5):
            with suppress(Exception):  # the kind, or the API server, may not be there at the moment
                for service in self._cluster.call(RAY_SERVICES)["items"]:
                    self._reconcile(service)

    def stop(self) -> None:
        """End."""
        self._over.set()
        self.join()

    def _make_worker(self, service: dict[str, Any]) -> None:
        """Make the pod of a worker, which has no node here."""
        metadata, (group, *_) = service["metadata"], service["spec"]["rayClusterConfig"]["workerGroupSpecs"]
        owner = {key: service[key] for key in ("apiVersion", "kind")} | {key: metadata[key] for key in ("name", "uid")}
        name = f"{metadata['name']}-worker-{metadata['generation']}"
        pod = {
            "metadata": {**group["template"]["metadata"], "name": name, "ownerReferences": [owner]},
            "spec": group["template"]["spec"],
        }
        try:
            self._cluster.call(f"/api/v1/namespaces/{metadata['namespace']}/pods", "post", pod)
        except ApiException as error:
            if error.status != CONFLICT:
                raise

    def _reconcile(self, service: dict[str, Any]) -> None:
        """Write status as calculateConditions in KubeRay's rayservice_controller.go does."""
        generation, status = service["metadata"]["generation"], service.get("status") or {}
        conditions = {condition["type"]: condition["status"] for condition in status.get("conditions", [])}
        is_seen = status.get("observedGeneration") == generation
        if self.makes_ready:
            wanted = {"Ready": "True", "UpgradeInProgress": "False"}
        elif is_seen:
            return
        else:  # what serves goes on to serve while its successor starts
            self._make_worker(service)
            serves = str(conditions.get("Ready") == "True")
            wanted = {"Ready": serves, "UpgradeInProgress": serves}
        if is_seen and conditions == wanted:
            return
        metadata = service["metadata"]
        self._cluster.call(
            f"/apis/ray.io/v1/namespaces/{metadata['namespace']}/rayservices/{metadata['name']}/status",
            "patch",
            {
                "status": {
                    "observedGeneration": generation,
                    "conditions": [
                        {
                            "type": type_,
                            "status": value,
                            "reason": "Played",
                            "message": "0/1 nodes are available",
                            "observedGeneration": generation,
                            "lastTransitionTime": "2026-01-01T00:00:00Z",
                        }
                        for type_, value in wanted.items()
                    ],
                }
            },
            "application/merge-patch+json",
        )


def _as_written(crd: dict[str, Any]) -> dict[str, Any]:
    metadata = {key: crd["metadata"][key] for key in ("name", "annotations", "labels") if key in crd["metadata"]}
    metadata.get("annotations", {}).pop("kubectl.kubernetes.io/last-applied-configuration", None)
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": metadata,
        "spec": crd["spec"],
    }


def _is_established(crd: dict[str, Any]) -> bool:
    conditions = crd.get("status", {}).get("conditions") or []
    return any(condition["type"] == "Established" and condition["status"] == "True" for condition in conditions)
