"""The part of the AWS Load Balancer Controller in a cluster where nothing runs: what it writes on Ingresses."""

import threading
from contextlib import suppress
from typing import Any

from tests.engine.empty_cluster import EmptyCluster

INGRESSES = "/apis/networking.k8s.io/v1/ingresses"
RELEASE = "/api/v1/namespaces/kube-system/configmaps/aws-load-balancer-controller-values"
"""What a stand-in chart makes: there as long as the controller would be."""

FINALIZER = "ingress.k8s.aws/resources"
"""https://github.com/kubernetes-sigs/aws-load-balancer-controller, ``pkg/ingress/finalizer.go``"""


class LoadBalancerController(threading.Thread):
    """Gives Ingresses a load balancer, and keeps them until it is gone; only while its release is there."""

    def __init__(self, cluster: EmptyCluster) -> None:
        super().__init__(daemon=True)
        self._cluster = cluster
        self._over = threading.Event()
        self.deleted: list[str] = []
        """The load balancers that are gone, by the names of their Ingresses."""

    def __enter__(self) -> "LoadBalancerController":
        """Start."""
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        """End, and keep no Ingress that nobody else would let go."""
        self._over.set()
        self.join()
        for ingress in self._cluster.call(INGRESSES)["items"]:
            self._patch(ingress, {"metadata": {"finalizers": None}})

    def run(self) -> None:
        """Look at all Ingresses every half second."""
        while not self._over.wait(0.5):
            with suppress(Exception):  # the API server may not be there at the moment
                if self._cluster.has(RELEASE):
                    for ingress in self._cluster.call(INGRESSES)["items"]:
                        self._reconcile(ingress)

    def _reconcile(self, ingress: dict[str, Any]) -> None:
        metadata = ingress["metadata"]
        has_finalizer = FINALIZER in metadata.get("finalizers", [])
        if "deletionTimestamp" in metadata:
            if has_finalizer:
                self.deleted.append(metadata["name"])
                self._patch(ingress, {"metadata": {"finalizers": None}})
        elif not has_finalizer:
            self._patch(ingress, {"metadata": {"finalizers": [FINALIZER]}})
            hostname = f"k8s-{metadata['name']}.us-west-2.elb.amazonaws.com"
            self._patch(ingress, {"status": {"loadBalancer": {"ingress": [{"hostname": hostname}]}}}, "/status")

    def _patch(self, ingress: dict[str, Any], body: dict[str, Any], part: str = "") -> None:
        metadata = ingress["metadata"]
        path = f"/apis/networking.k8s.io/v1/namespaces/{metadata['namespace']}/ingresses/{metadata['name']}{part}"
        self._cluster.call(path, "patch", body, "application/merge-patch+json")
