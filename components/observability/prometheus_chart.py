"""The chart kube-prometheus-stack: which version, with which values."""

from typing import Any

from neuronserve.components.helm.charts import Chart, CrdFolder
from neuronserve.components.observability.settings import PrometheusObservabilitySettings
from neuronserve.components.overlay import merged
from neuronserve.settings import when_known

VERSION = "88.5.3"
CRDS = (
    *("alertmanagerconfigs", "alertmanagers", "podmonitors", "probes", "prometheusagents", "prometheuses"),
    *("prometheusrules", "scrapeconfigs", "servicemonitors", "thanosrulers"),
)
CRD_PATH = "charts/crds/crds"
PROMETHEUS_CHART = Chart(
    "kube-prometheus-stack",
    VERSION,
    "https://prometheus-community.github.io/helm-charts",
    CrdFolder(
        tuple(f"crd-{kind}.yaml" for kind in CRDS),
        "https://raw.githubusercontent.com/prometheus-community/helm-charts/"
        f"kube-prometheus-stack-{VERSION}/charts/kube-prometheus-stack/{CRD_PATH}",
        CRD_PATH,
    ),
)
"""Its values: ``charts/kube-prometheus-stack/values.yaml`` of https://github.com/prometheus-community/helm-charts."""

GRAFANA_SECRET = "grafana-admin"  # noqa: S105 (a name)
GRAFANA_USER = "admin"
DASHBOARD_LABEL, DASHBOARD_VALUE = "grafana_dashboard", "1"
"""By which Grafana's sidecar finds ConfigMaps with dashboards."""

PROMETHEUS_RESOURCES = {"requests": {"cpu": "250m", "memory": "1Gi"}, "limits": {"cpu": "2", "memory": "4Gi"}}
SMALL = {"requests": {"cpu": "50m", "memory": "128Mi"}, "limits": {"cpu": "500m", "memory": "512Mi"}}
"""Of all else."""

OF_CONTROL_PLANE = ("kubeControllerManager", "kubeEtcd", "kubeProxy", "kubeScheduler")
"""What EKS lets nobody scrape, and kube-proxy, which answers its own node alone: there would be alerts of all four."""


def chart_values(settings: PrometheusObservabilitySettings) -> Any:
    """Return the values of the chart."""

    def registry(name: str) -> dict[str, Any]:
        return {"image": {"registry": settings.mirror.image(name)}}

    size = f"{settings.storage_gib}Gi"
    storage_class = {} if settings.storage_class is None else {"storageClassName": settings.storage_class}
    values: dict[str, Any] = {
        # They are objects of their own, which stay when the chart goes.
        "crds": {"enabled": False},
        **{part: {"enabled": False} for part in OF_CONTROL_PLANE},
        "prometheusOperator": {
            # Its webhook would keep every rule in the cluster from being made while it does not run.
            "admissionWebhooks": {"enabled": False},
            "tls": {"enabled": False},
            "prometheusConfigReloader": {**registry("quay.io"), "resources": SMALL},
            "resources": SMALL,
            **registry("quay.io"),
        },
        "prometheus": {
            "prometheusSpec": {
                **registry("quay.io"),
                "retention": f"{settings.retention_in_days}d",
                # Of a volume that is full nothing is read any more.
                "retentionSize": f"{max(1, settings.storage_gib * 9 // 10)}GiB",
                "resources": PROMETHEUS_RESOURCES,
                "storageSpec": {
                    "volumeClaimTemplate": {
                        "spec": {
                            "accessModes": ["ReadWriteOnce"],
                            "resources": {"requests": {"storage": size}},
                            **storage_class,
                        }
                    }
                },
                # Monitors and rules of the whole cluster count, whoever made them.
                "podMonitorSelectorNilUsesHelmValues": False,
                "serviceMonitorSelectorNilUsesHelmValues": False,
                "ruleSelectorNilUsesHelmValues": False,
            }
        },
        "alertmanager": {
            "enabled": settings.alertmanager,
            "alertmanagerSpec": {**registry("quay.io"), "resources": SMALL},
        },
        "grafana": {
            "enabled": settings.grafana,
            **registry("docker.io"),
            "admin": {"existingSecret": GRAFANA_SECRET, "userKey": "user", "passwordKey": "password"},
            "resources": SMALL,
            "sidecar": {
                **registry("quay.io"),
                "dashboards": {"enabled": True, "label": DASHBOARD_LABEL, "labelValue": DASHBOARD_VALUE},
            },
            "grafana.ini": {"analytics": {"reporting_enabled": False, "check_for_updates": False}},
        },
        "kube-state-metrics": {**registry("registry.k8s.io"), "resources": SMALL},
        "prometheus-node-exporter": {**registry("quay.io"), "resources": SMALL},
    }
    return when_known(merged, values, settings.values)
