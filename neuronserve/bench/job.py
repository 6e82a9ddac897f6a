"""The load generator as a Job of Kubernetes, beside the service that it measures.

Its pod is in the service's namespace, whose pods the service's NetworkPolicies let in, and reads the API key from the
service's Secret. What it needs of neuronserve, one file, comes in a ConfigMap; what it measures goes into its log.
"""

from dataclasses import dataclass
from typing import Any

from neuronserve.bench.generator import KEY_VARIABLE, RUNNER

IMAGE = "ghcr.io/vllm-project/guidellm:v0.8.1"
"""That of guidellm's makers (its README); its user is 1001."""
PYTHON = "/opt/app-root/bin/python"
"""In that image (guidellm's ``Containerfile``)."""

FOLDER = "/etc/neuronserve-bench"
SCRATCH = "/tmp"  # noqa: S108 (the pod's own)
CONTAINER = "bench"
KEEP_S = 3600
"""How long Kubernetes keeps a Job that nobody has deleted."""

START_S = 900
"""Longest wait for a node, the image and the tokenizer, beside the load."""


@dataclass(frozen=True)
class Place:
    """Where the Job goes, and what it reads there."""

    namespace: str
    service: str
    """The RayService's name."""
    secret: tuple[str, str] | None
    """Name and key of the entry with the API key; None where the service asks for none."""
    hugging_face_secret: tuple[str, str] | None = None
    """Name and key of the entry with the token for Hugging Face, for a tokenizer that is gated."""


def objects(name: str, place: Place, load: str, timeout_s: float, image: str = IMAGE) -> list[dict[str, Any]]:
    """Return the ConfigMap and the Job.

    Args:
        name: theirs.
        place: where they go.
        load: what :func:`~neuronserve.bench.generator.specification` returns.
        timeout_s: longest time of all steps together.
        image: one that has guidellm.
    """
    labels = {"app.kubernetes.io/name": "neuronserve-bench", "app.kubernetes.io/part-of": "neuronserve"}
    metadata = {"name": name, "namespace": place.namespace, "labels": labels}
    files = {RUNNER.name: RUNNER.read_text(encoding="utf-8"), "load.json": load}
    pod = {
        "restartPolicy": "Never",
        "automountServiceAccountToken": False,
        "enableServiceLinks": False,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 1001,
            "runAsGroup": 0,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "containers": [_container(image, place)],
        "volumes": [{"name": "files", "configMap": {"name": name}}, {"name": "tmp", "emptyDir": {}}],
    }
    # Karpenter would otherwise take the node away where a larger one has room for all.
    annotations = {"karpenter.sh/do-not-disrupt": "true"}
    job = {
        "backoffLimit": 0,
        "activeDeadlineSeconds": int(timeout_s) + START_S,
        "ttlSecondsAfterFinished": KEEP_S,
        "template": {"metadata": {"labels": labels, "annotations": annotations}, "spec": pod},
    }
    return [
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": files},
        {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": job},
    ]


def _container(image: str, place: Place) -> dict[str, Any]:
    secrets = {KEY_VARIABLE: place.secret, "HF_TOKEN": place.hugging_face_secret}
    variables = [
        {"name": variable, "valueFrom": {"secretKeyRef": {"name": entry[0], "key": entry[1]}}}
        for variable, entry in secrets.items()
        if entry
    ]
    return {
        "name": CONTAINER,
        "image": image,
        "command": [PYTHON, "-P", f"{FOLDER}/{RUNNER.name}", f"{FOLDER}/load.json"],
        "workingDir": SCRATCH,
        "env": [{"name": "HF_HOME", "value": f"{SCRATCH}/hugging-face"}, *variables],
        "resources": {"requests": {"cpu": "1", "memory": "2Gi"}, "limits": {"cpu": "4", "memory": "4Gi"}},
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
        "volumeMounts": [
            {"name": "files", "mountPath": FOLDER, "readOnly": True},
            {"name": "tmp", "mountPath": SCRATCH},
        ],
    }
