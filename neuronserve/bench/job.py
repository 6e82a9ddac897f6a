"""The load generator as a Job of Kubernetes, beside the service that it measures.

Its pod is in the service's namespace, whose pods the service's NetworkPolicies let in, and reads the API key from the
service's Secret. What it needs of neuronserve, one file, comes in a ConfigMap; what it measures goes into its log.
"""

from dataclasses import dataclass
from typing import Any

from neuronserve.bench.generator import KEY_VARIABLE, RUNNER

IMAGE = "ghcr.io/vllm-project/guidellm:v0.8.1"
"""That of guidellm's makers (its README); its user is 1001."""
SEARCH_PATH = "/opt/app-root/bin:/usr/local/bin:/usr/bin:/bin"
"""Where a Python with guidellm is: first in that image (guidellm's ``Containerfile``), then in one made by pip."""

FOLDER = "/etc/neuronserve-bench"
SCRATCH = "/tmp"  # noqa: S108 (the pod's own)
TOKENIZER = f"{SCRATCH}/tokenizer"
CONTAINER = "bench"
COPY_TOKENIZER = f"""\
import pathlib, shutil, sys
from neuronserve.serving.models import resolve_model
pathlib.Path("{TOKENIZER}").mkdir()
for file in pathlib.Path(resolve_model(sys.argv[1])).iterdir():
    if file.suffix in (".json", ".jinja", ".model", ".tiktoken", ".txt"):
        shutil.copy(file, "{TOKENIZER}")
"""
"""Run in the service's own image."""
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
    model: tuple[str, str] | None = None
    """The service's image and a model in it, whose tokenizer is copied to :data:`TOKENIZER`; None to copy none."""


_COMMON = {
    "workingDir": SCRATCH,
    "terminationMessagePolicy": "FallbackToLogsOnError",  # what it says last is in the pod's status
    "securityContext": {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    },
}


def objects(name: str, place: Place, load: str, timeout_s: float, image: str = IMAGE) -> list[dict[str, Any]]:
    """Return the Job and the ConfigMap that its pod waits for.

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
        # Python as a container's first process takes no notice of SIGTERM, and would go on asking after Ctrl-C.
        "terminationGracePeriodSeconds": 1,
        "securityContext": {
            "runAsNonRoot": True,
            "runAsUser": 1001,
            "runAsGroup": 0,
            "seccompProfile": {"type": "RuntimeDefault"},
        },
        "initContainers": [_copying(*place.model)] if place.model else [],
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
        {"apiVersion": "batch/v1", "kind": "Job", "metadata": metadata, "spec": job},
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": files},
    ]


def _copying(image: str, model: str) -> dict[str, Any]:
    return {
        "name": "tokenizer",
        "image": image,
        "command": ["python", "-P", "-c", COPY_TOKENIZER, model],
        "resources": {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"cpu": "1", "memory": "1Gi"}},
        **_COMMON,
        "volumeMounts": [{"name": "tmp", "mountPath": SCRATCH}],
    }


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
        "command": ["python", "-P", f"{FOLDER}/{RUNNER.name}", f"{FOLDER}/load.json"],
        "env": [
            {"name": "PATH", "value": SEARCH_PATH},
            {"name": "HF_HOME", "value": f"{SCRATCH}/hugging-face"},
            *variables,
        ],
        "resources": {"requests": {"cpu": "1", "memory": "2Gi"}, "limits": {"cpu": "4", "memory": "4Gi"}},
        **_COMMON,
        "volumeMounts": [
            {"name": "files", "mountPath": FOLDER, "readOnly": True},
            {"name": "tmp", "mountPath": SCRATCH},
        ],
    }
