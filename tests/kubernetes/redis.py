"""A Redis in the cluster, from Debian's package: where a Ray head keeps what the next one goes on from."""

import json
from pathlib import Path

from tests.kubernetes.image import built
from tests.kubernetes.kubectl import Kubectl
from tests.kubernetes.throw_away import Cluster

NAME = "redis"
IMAGE = "localhost/redis:debian"
ADDRESS = f"redis://{NAME}.default.svc.cluster.local:6379"
PASSWORD = "a-password-for-tests"
DOCKERFILE = f"""
FROM {{base}}
RUN apt-get update \\
    && apt-get install --yes --no-install-recommends {NAME}-server \\
    && rm -rf /var/lib/apt/lists/*
"""
COMMAND = ["redis-server", "--bind", "0.0.0.0", "--requirepass", PASSWORD, "--save", ""]

LABELS = {"app": NAME}
OBJECTS = [
    {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": NAME, "namespace": "default", "labels": LABELS},
        "spec": {
            "containers": [{"name": NAME, "image": IMAGE, "imagePullPolicy": "Never", "command": COMMAND}],
            "terminationGracePeriodSeconds": 0,
        },
    },
    {
        "apiVersion": "v1",
        "kind": "Service",
        "metadata": {"name": NAME, "namespace": "default"},
        "spec": {"selector": LABELS, "ports": [{"port": 6379}]},
    },
]


def start(kubectl: Kubectl, cluster: Cluster, folder: Path) -> None:
    """Build it, bring it into the cluster, and wait until it runs."""
    archive = folder / "redis.tar"
    built(IMAGE, ["--file", "-"], archive, DOCKERFILE.format(base=cluster.base or "debian:bookworm-slim"))
    cluster.load(archive)
    kubectl("apply", "--filename", "-", text=json.dumps({"apiVersion": "v1", "kind": "List", "items": OBJECTS}))
    kubectl("wait", f"pod/{NAME}", "-n", "default", "--for=condition=Ready", "--timeout=60s")


def stop(kubectl: Kubectl) -> None:
    kubectl("delete", f"pod/{NAME}", f"service/{NAME}", "-n", "default", "--ignore-not-found")
