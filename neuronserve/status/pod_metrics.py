"""What a pod says in Prometheus' format, through the API server and the pod's own node, as a port-forward goes.

No NetworkPolicy shuts that way out, as it does the API server's own proxy.
"""

import http.client
from typing import Any

from kubernetes.client import CoreV1Api
from kubernetes.client.exceptions import ApiException
from kubernetes.stream import portforward

METRICS_PORT = 8080
"""KubeRay's, of each Ray container."""

ANSWER_WITHIN_S = 10


def pod_metrics(core: CoreV1Api, namespace: str, name: str) -> str | None:
    """Return what a pod says; None for one that does not answer, or that one may not forward a port to."""
    try:
        forwarded = portforward(core.connect_get_namespaced_pod_portforward, name, namespace, ports=str(METRICS_PORT))
        sock: Any = forwarded.socket(METRICS_PORT)
        sock.settimeout(ANSWER_WITHIN_S)
        connection = http.client.HTTPConnection(name)
        connection.sock = sock
        try:
            connection.request("GET", "/metrics", headers={"Connection": "close"})
            answer = connection.getresponse()
            return answer.read().decode(errors="replace") if answer.status == http.HTTPStatus.OK else None
        finally:
            connection.close()
    except (ApiException, OSError, http.client.HTTPException, ValueError):
        return None
