"""The pod of Open WebUI: from plain values to a dictionary."""

from typing import Any

import pulumi

from neuronserve.components.llm_service.container_resources import ContainerResources
from neuronserve.components.llm_service.settings import USER_ID
from neuronserve.components.open_web_ui.environment import (
    DATA_DIRECTORY,
    KEYS_VARIABLE,
    SCRATCH_DIRECTORY,
    SECRET_KEY_VARIABLE,
    environment,
)
from neuronserve.components.open_web_ui.settings import OpenWebUiOptions, OpenWebUiSettings
from neuronserve.settings import when_known

NAME = "open-webui"
"""Of the Deployment, of the Service, and of what belongs to them."""

VERSION = "0.12.4"
"""The version that is tested (requirements/open-webui.in)."""

IMAGE = f"ghcr.io/open-webui/open-webui:v{VERSION}"
"""By version: its digest is not known to us."""

PORT = 8080
"""What the image listens on."""

LABELS = {
    "app.kubernetes.io/name": NAME,
    "app.kubernetes.io/instance": NAME,
    "app.kubernetes.io/part-of": "neuronserve",
}

REQUESTED_CPU = 0.25
"""Cores that are kept for it: most of the time it waits for models."""

START_TIMEOUT_S = 300
PROBE_PERIOD_S = 5


def pod_template(
    settings: OpenWebUiSettings,
    urls: pulumi.Input[str],
    secret_name: pulumi.Input[str],
    secret_version: pulumi.Input[str],
) -> Any:
    """Return the ``template`` of the Deployment.

    Args:
        settings: what the user says.
        urls: base URLs of the services, as :func:`environment` takes them.
        secret_name: the Secret with the entries :data:`KEYS_VARIABLE` and :data:`SECRET_KEY_VARIABLE`.
        secret_version: another one when the Secret holds other keys: they are read as the container starts.
    """
    return {
        "metadata": {"labels": LABELS, "annotations": {"neuronserve/secret-version": secret_version}},
        "spec": {
            "serviceAccountName": NAME,
            "automountServiceAccountToken": False,
            "enableServiceLinks": False,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": USER_ID,
                "runAsGroup": USER_ID,
                "fsGroup": USER_ID,
                "fsGroupChangePolicy": "OnRootMismatch",
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [
                {
                    "name": NAME,
                    "image": when_known(
                        lambda own, tested: own or tested, settings.image, settings.mirror.image(IMAGE)
                    ),
                    "imagePullPolicy": "IfNotPresent",
                    "ports": [{"name": "http", "containerPort": PORT}],
                    "env": [
                        *({"name": name, "value": value} for name, value in environment(urls, settings.env).items()),
                        *(_from_secret(secret_name, name) for name in (KEYS_VARIABLE, SECRET_KEY_VARIABLE)),
                    ],
                    **({"envFrom": settings.env_from} if settings.env_from else {}),
                    "resources": resources(settings).to_kubernetes(),
                    "startupProbe": _probe(failures=START_TIMEOUT_S // PROBE_PERIOD_S),
                    "readinessProbe": _probe(failures=3),
                    "livenessProbe": _probe(failures=12),
                    "securityContext": {
                        "allowPrivilegeEscalation": False,
                        "capabilities": {"drop": ["ALL"]},
                        "readOnlyRootFilesystem": True,
                    },
                    "volumeMounts": [
                        {"name": "data", "mountPath": DATA_DIRECTORY},
                        {"name": "scratch", "mountPath": SCRATCH_DIRECTORY},
                    ],
                }
            ],
            "volumes": [
                {"name": "data", "persistentVolumeClaim": {"claimName": NAME}},
                {"name": "scratch", "emptyDir": {}},
            ],
        },
    }


def resources(options: OpenWebUiOptions) -> ContainerResources:
    """Return what the container asks for and may use."""
    return ContainerResources(
        cpu_request=min(REQUESTED_CPU, options.cpu),
        cpu_limit=options.cpu,
        memory_request_gib=options.memory_gib,
        memory_limit_gib=options.memory_gib,
    )


def _from_secret(secret_name: pulumi.Input[str], name: str) -> dict[str, Any]:
    return {"name": name, "valueFrom": {"secretKeyRef": {"name": secret_name, "key": name}}}


def _probe(failures: int) -> dict[str, Any]:
    return {
        "httpGet": {"path": "/health", "port": "http"},
        "periodSeconds": PROBE_PERIOD_S,
        "timeoutSeconds": 5,
        "failureThreshold": failures,
    }
