"""Ray's autoscaler, a container beside the head: which services have one, and what it may do.

It asks for as many workers as the load needs, and for one more where a replica has to leave its node: KubeRay makes the
next worker by itself only when one has gone (1.7, ``reconcilePods``).
"""

from typing import Any

from neuronserve.components.llm_service.container_resources import ContainerResources
from neuronserve.components.llm_service.settings import UpgradeStrategy
from neuronserve.serving.serve_config import Replicas

AUTOSCALER_RESOURCES = ContainerResources(cpu_request=0.2, cpu_limit=0.5, memory_request_gib=0.5, memory_limit_gib=1)

AUTOSCALER_IDLE_TIMEOUT_S = 300
"""How long a worker without a replica is kept: a node that is given up costs minutes to get back."""

COMMAND = "ray kuberay-autoscaler --cluster-name $(RAY_CLUSTER_NAME) --cluster-namespace $(RAY_CLUSTER_NAMESPACE)"
"""KubeRay's own (1.7, ``BuildAutoscalerContainer``)."""
ENDED_WHEN_TOLD = f"trap 'kill $child' TERM; {COMMAND} & child=$!; wait $child"
"""The first process of a container is deaf to being told to end unless it listens, and its pod would wait for it."""

TOKEN_DIRECTORY = "/var/run/secrets/kubernetes.io/serviceaccount"  # noqa: S105 (a path)
"""Where whoever asks the API server looks for a token and for the certificate of whom it asks."""
TOKEN_VOLUME = "api-server"  # noqa: S105 (a name)
TOKEN_LIFETIME_S = 3607
"""As that which Kubernetes mounts by itself: the kubelet brings a new one in time."""


def has_room(strategy: UpgradeStrategy) -> bool:
    """Return whether there is a place for one worker more: an upgrade of this strategy takes a second set of them."""
    return strategy is UpgradeStrategy.NEW_CLUSTER


def has_autoscaler(replicas: Replicas, strategy: UpgradeStrategy) -> bool:
    """Return whether Ray asks for workers itself: as the load does, or for a replica that has to move."""
    return replicas.minimum < replicas.maximum or has_room(strategy)


def autoscaler_options(security_context: dict[str, Any]) -> dict[str, Any]:
    """Return the ``autoscalerOptions`` of a RayCluster."""
    return {
        "version": "v2",
        "idleTimeoutSeconds": AUTOSCALER_IDLE_TIMEOUT_S,
        "imagePullPolicy": "IfNotPresent",
        "resources": AUTOSCALER_RESOURCES.to_kubernetes(),
        "securityContext": security_context,
        "args": [ENDED_WHEN_TOLD],
        "volumeMounts": [
            {"name": "tmp", "mountPath": "/tmp"},  # noqa: S108
            {"name": TOKEN_VOLUME, "mountPath": TOKEN_DIRECTORY, "readOnly": True},
        ],
    }


def add_token_of_autoscaler(pod: dict[str, Any]) -> None:
    """Give a head's pod the token with which its autoscaler may change pods and Ray clusters of its namespace.

    ``automountServiceAccountToken`` would give it to the Ray container as well, in which jobs of users run. With one
    namespace of processes these would find it all the same, below ``/proc``.
    """
    pod["shareProcessNamespace"] = False
    pod["volumes"].append(
        {
            "name": TOKEN_VOLUME,
            "projected": {
                "sources": [
                    {"serviceAccountToken": {"path": "token", "expirationSeconds": TOKEN_LIFETIME_S}},
                    {"configMap": {"name": "kube-root-ca.crt", "items": [{"key": "ca.crt", "path": "ca.crt"}]}},
                ]
            },
        }
    )
