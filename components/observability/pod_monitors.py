"""Which pods Prometheus scrapes: the ``spec`` of each PodMonitor (``monitoring.coreos.com/v1``)."""

from typing import Any

from neuronserve.facts.aws import CLOUD_WATCH_PODS
from neuronserve.facts.kube_ray import OPERATOR_LABELS, OPERATOR_NAMESPACE

METRICS_PORT = 8080
"""Of Ray, of KubeRay's operator and of Karpenter alike."""
NEURON_MONITOR_PORT = 8000

INTERVAL = "15s"
"""Between two scrapes. Ray's processes report every ten seconds."""

POD_LABEL = "__meta_kubernetes_pod_label_app_kubernetes_io_"
SERVICE, COMPONENT = "service", "component"
"""Labels that say whose a series is, beside ``namespace``."""


def pod_monitors(*, neuron: bool) -> dict[str, dict[str, Any]]:
    """Return the spec of each PodMonitor by name; with ``neuron`` also that of neuron-monitor."""
    monitors = {f"ray-{component}": _ray(component) for component in ("head", "worker")}
    monitors["kuberay-operator"] = _monitor(OPERATOR_LABELS, OPERATOR_NAMESPACE, {"portNumber": METRICS_PORT})
    monitors["karpenter"] = _monitor(
        {"app.kubernetes.io/name": "karpenter"}, "kube-system", {"portNumber": METRICS_PORT}
    )
    if neuron:
        # Of the CloudWatch add-on, with a certificate that it made itself.
        endpoint = {
            "portNumber": NEURON_MONITOR_PORT,
            "scheme": "https",
            "tlsConfig": {"insecureSkipVerify": True},
            "relabelings": [{"sourceLabels": ["__meta_kubernetes_pod_node_name"], "targetLabel": "node"}],
        }
        labels = {"app.kubernetes.io/component": "neuron-monitor"}
        monitors["neuron-monitor"] = _monitor(labels, CLOUD_WATCH_PODS, endpoint)
    return monitors


def _ray(component: str) -> dict[str, Any]:
    labels = {"app.kubernetes.io/part-of": "neuronserve", "app.kubernetes.io/component": component}
    relabelings = [
        {"sourceLabels": [f"{POD_LABEL}instance"], "targetLabel": SERVICE},
        {"sourceLabels": [f"{POD_LABEL}component"], "targetLabel": COMPONENT},
    ]
    return _monitor(labels, None, {"portNumber": METRICS_PORT, "relabelings": relabelings})


def _monitor(labels: dict[str, str], namespace: str | None, endpoint: dict[str, Any]) -> dict[str, Any]:
    return {
        "selector": {"matchLabels": dict(labels)},
        "namespaceSelector": {"matchNames": [namespace]} if namespace else {"any": True},
        "podMetricsEndpoints": [{"interval": INTERVAL, **endpoint}],
    }
