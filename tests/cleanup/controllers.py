"""Objects of a cluster that is to be drained, and the part of its controllers: Karpenter, load balancers, volumes."""

import threading
from contextlib import suppress
from typing import Any

import kubernetes
from kubernetes.dynamic import DynamicClient

from tests.cleanup.planted import Garden
from tests.engine.load_balancer_controller import FINALIZER as LOAD_BALANCER_FINALIZER
from tests.kubernetes_api import KubernetesApi

Object = dict[str, Any]
TERMINATION = "karpenter.sh/termination"
KARPENTER, RAY, NETWORKING = "/apis/karpenter.sh/v1", "/apis/ray.io/v1", "/apis/networking.k8s.io/v1"
LOOKS_EVERY_S = 0.2


def namespace(name: str) -> Object:
    return {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}}


def ray_service(name: str, namespace: str) -> Object:
    head = {"spec": {"containers": [{"name": "ray-head", "image": "ray"}]}}
    return {
        "apiVersion": "ray.io/v1",
        "kind": "RayService",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"rayClusterConfig": {"headGroupSpec": {"rayStartParams": {}, "template": head}}},
    }


def node_pool(name: str) -> Object:
    class_ref = {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": name}
    requirements = [{"key": "kubernetes.io/arch", "operator": "In", "values": ["amd64"]}]
    template = {"spec": {"nodeClassRef": class_ref, "requirements": requirements}}
    metadata = {"name": name}
    return {"apiVersion": "karpenter.sh/v1", "kind": "NodePool", "metadata": metadata, "spec": {"template": template}}


def node_claim(name: str, pool: str) -> Object:
    return {
        "apiVersion": "karpenter.sh/v1",
        "kind": "NodeClaim",
        "metadata": {"name": name, "labels": {"karpenter.sh/nodepool": pool}, "finalizers": [TERMINATION]},
        "spec": node_pool(pool)["spec"]["template"]["spec"],
    }


def ingress(name: str, namespace: str) -> Object:
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    return {
        "apiVersion": "networking.k8s.io/v1",
        "kind": "Ingress",
        "metadata": {"name": name, "namespace": namespace, "finalizers": [LOAD_BALANCER_FINALIZER]},
        "spec": {"defaultBackend": backend},
    }


def service(name: str, namespace: str, type_: str) -> Object:
    return {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": name, "namespace": namespace},
        "spec": {"type": type_, "ports": [{"port": 80}], "selector": {"app": name}},
    }


def volume_and_claim(name: str, namespace: str, volume_id: str, policy: str) -> list[Object]:
    access, capacity = ["ReadWriteOnce"], {"storage": "20Gi"}
    return [
        {
            "apiVersion": "v1",
            "kind": "PersistentVolume",
            "metadata": {"name": f"pv-{name}"},
            "spec": {
                "capacity": capacity,
                "accessModes": access,
                "persistentVolumeReclaimPolicy": policy,
                "storageClassName": "",
                "csi": {"driver": "ebs.csi.aws.com", "volumeHandle": volume_id},
                "claimRef": {"namespace": namespace, "name": name},
            },
        },
        {
            "apiVersion": "v1",
            "kind": "PersistentVolumeClaim",
            "metadata": {"name": name, "namespace": namespace},
            "spec": {
                "accessModes": access,
                "resources": {"requests": capacity},
                "storageClassName": "",
                "volumeName": f"pv-{name}",
            },
        },
    ]


class Controllers(threading.Thread):
    """Let go of objects that are to be deleted, as soon as what they stand for is gone from AWS.

    Args:
        kubeconfig: of the cluster.
        garden: the account.
        made: ids in AWS by the names of node claims, Ingresses and volumes.
    """

    def __init__(self, kubeconfig: str, garden: Garden, made: dict[str, str]) -> None:
        super().__init__(daemon=True)
        self._client = DynamicClient(kubernetes.config.new_client_from_config(kubeconfig))
        self._garden, self._made = garden, made
        self._over = threading.Event()

    def __enter__(self) -> "Controllers":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        self.join()

    def run(self) -> None:
        while not self._over.wait(LOOKS_EVERY_S):
            with suppress(Exception):  # what has gone meanwhile
                self._node_claims()
                self._ingresses()
                self._volumes()

    def _node_claims(self) -> None:
        for one in self._going(f"{KARPENTER}/nodeclaims"):
            self._garden.ec2.terminate_instances(InstanceIds=[self._made[one["metadata"]["name"]]])
            self._let_go(f"{KARPENTER}/nodeclaims/{one['metadata']['name']}")

    def _ingresses(self) -> None:
        for one in self._going(f"{NETWORKING}/ingresses"):
            metadata = one["metadata"]
            self._garden.elbv2.delete_load_balancer(LoadBalancerArn=self._made[metadata["name"]])
            self._let_go(f"{NETWORKING}/namespaces/{metadata['namespace']}/ingresses/{metadata['name']}")

    def _volumes(self) -> None:
        for one in self._items("/api/v1/persistentvolumes"):
            spec = one["spec"]
            is_free = one["status"].get("phase") in ("Released", "Failed")
            if is_free and spec["persistentVolumeReclaimPolicy"] == "Delete":
                self._garden.ec2.delete_volume(VolumeId=spec["csi"]["volumeHandle"])
                self._client.request("delete", f"/api/v1/persistentvolumes/{one['metadata']['name']}")

    def _going(self, path: str) -> list[Object]:
        return [
            one
            for one in self._items(path)
            if "deletionTimestamp" in one["metadata"]
            and {TERMINATION, LOAD_BALANCER_FINALIZER} & {*one["metadata"].get("finalizers", ())}
        ]

    def _items(self, path: str) -> list[Object]:
        return [one.to_dict() for one in self._client.request("get", path).items]

    def _let_go(self, path: str) -> None:
        patch = {"metadata": {"finalizers": None}}
        self._client.request("patch", path, body=patch, content_type="application/merge-patch+json")


def let_all_go(kubeconfig: str, api: KubernetesApi, objects: list[Object]) -> None:
    """Delete what a test has made, whatever keeps it."""
    client = DynamicClient(kubernetes.config.new_client_from_config(kubeconfig))
    for one in reversed(objects):
        resource = client.resources.get(api_version=one["apiVersion"], kind=one["kind"])
        metadata = one["metadata"]
        with suppress(Exception):  # what is gone
            resource.patch(
                name=metadata["name"],
                namespace=metadata.get("namespace"),
                body={"metadata": {"finalizers": None}},
                content_type="application/merge-patch+json",
            )
        api.delete(one)
