"""How the services' own metrics, Ray Serve's and vLLM's, get into CloudWatch: an agent of the add-on scrapes the pods.

It is a Deployment beside the DaemonSet of the add-on's agents, each of which would scrape every pod. Of its two ways to
read Prometheus' format, that of the agent's JSON drops histograms, and with them every latency
(https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/ContainerInsights-Prometheus-metrics-conversion.html);
this is the other one, a pipeline of OpenTelemetry's, as ``otelConfig`` of an agent takes it
(``charts/amazon-cloudwatch-observability`` of https://github.com/aws-observability/helm-charts). A histogram becomes a
count and a sum for each minute, so CloudWatch knows its mean, and no percentiles.
"""

from typing import Any

import pulumi

from neuronserve.facts.metrics import (
    CLOUD_WATCH_METRICS,
    CLOUD_WATCH_NAMESPACE,
    METRICS_AGENT,
    ROLE_DIMENSION,
    SERVICE_DIMENSIONS,
    Kind,
)
from neuronserve.facts.system_nodes import on_system_nodes
from neuronserve.settings import when_known

OTHER_AGENTS = (
    {"name": "cloudwatch-agent"},
    {"name": "cloudwatch-agent-cluster-scraper", "mode": "deployment", "config": "default"},
)
"""Those of the add-on itself, whose list the one with ours takes the place of."""

SCRAPE_INTERVAL = "60s"
"""CloudWatch keeps one value a minute of what comes oftener."""

POD_LABEL = "__meta_kubernetes_pod_label_app_kubernetes_io_"

LOG_GROUP = "prometheus"
"""Below ``/aws/containerinsights/<cluster>/``: the metrics come through it, as events in CloudWatch's own format."""

PART_OF, METRICS_PORT = "neuronserve", "8080"
"""By which the pods of services are known, and where they have their metrics."""


def agents(
    cluster_name: pulumi.Input[str], region: pulumi.Input[str], *, system_nodes: bool
) -> pulumi.Input[list[dict[str, Any]]]:
    """Return the add-on's agents with one that scrapes the services: its configuration's ``agents``.

    Args:
        cluster_name: the EKS cluster.
        region: the cluster's.
        system_nodes: whether it runs on the system nodes.
    """
    ours: dict[str, Any] = {
        "name": METRICS_AGENT,
        "mode": "deployment",
        "config": "default",
        # With an address of its own: NetworkPolicies know pods by their namespace.
        "hostNetwork": False,
        **(on_system_nodes() if system_nodes else {}),
    }

    def with_pipeline(cluster: str, where: str) -> list[dict[str, Any]]:
        return [*map(dict, OTHER_AGENTS), ours | {"otelConfig": pipeline(cluster, where)}]

    return when_known(with_pipeline, cluster_name, region)


def pipeline(cluster_name: str, region: str) -> dict[str, Any]:
    """Return the collector's configuration: scrape, make differences of counters and histograms, send.

    No value in it may hold a ``$``, which the collector would replace.
    """
    name = "neuronserve"
    return {
        "receivers": {f"prometheus/{name}": {"config": {"scrape_configs": [_scrape(cluster_name)]}}},
        "processors": {f"cumulativetodelta/{name}": {}, f"batch/{name}": {"timeout": "30s"}},
        "exporters": {
            f"awsemf/{name}": {
                "namespace": CLOUD_WATCH_NAMESPACE,
                "region": region,
                "log_group_name": f"/aws/containerinsights/{cluster_name}/{LOG_GROUP}",
                "log_stream_name": METRICS_AGENT,
                "dimension_rollup_option": "NoDimensionRollup",
                "resource_to_telemetry_conversion": {"enabled": False},
                "metric_declarations": _declarations(),
            }
        },
        "service": {
            "pipelines": {
                f"metrics/{name}": {
                    "receivers": [f"prometheus/{name}"],
                    "processors": [f"cumulativetodelta/{name}", f"batch/{name}"],
                    "exporters": [f"awsemf/{name}"],
                }
            }
        },
    }


def _scrape(cluster_name: str) -> dict[str, Any]:
    cluster, namespace, service = SERVICE_DIMENSIONS
    return {
        "job_name": "neuronserve",
        "scrape_interval": SCRAPE_INTERVAL,
        "scrape_timeout": "10s",
        "kubernetes_sd_configs": [{"role": "pod"}],
        "relabel_configs": [
            {"source_labels": [f"{POD_LABEL}part_of"], "regex": PART_OF, "action": "keep"},
            {
                "source_labels": ["__meta_kubernetes_pod_container_port_number"],
                "regex": METRICS_PORT,
                "action": "keep",
            },
            {"source_labels": ["__meta_kubernetes_pod_phase"], "regex": "Running", "action": "keep"},
            {"target_label": cluster, "replacement": cluster_name},
            {"source_labels": ["__meta_kubernetes_namespace"], "target_label": namespace},
            {"source_labels": [f"{POD_LABEL}instance"], "target_label": service},
            {"source_labels": [f"{POD_LABEL}component"], "target_label": ROLE_DIMENSION},
            # No dimension, but without it the exporter takes what two pods say at one time for the same, and drops one.
            {"source_labels": ["__meta_kubernetes_pod_name"], "target_label": "PodName"},
        ],
        "metric_relabel_configs": [{"source_labels": ["__name__"], "regex": _series(), "action": "keep"}],
    }


def _series() -> str:
    """Return the form of the names of all series that are sent; ``up``, which no pod has, passes it by."""
    plain = [metric.name for metric in CLOUD_WATCH_METRICS if metric.kind is not Kind.HISTOGRAM]
    histograms = [metric.name for metric in CLOUD_WATCH_METRICS if metric.kind is Kind.HISTOGRAM]
    return f"{'|'.join(plain)}|({'|'.join(histograms)})_(bucket|sum|count)"


def _declarations() -> list[dict[str, Any]]:
    of_service = [*SERVICE_DIMENSIONS]
    by_component = [metric.name for metric in CLOUD_WATCH_METRICS if metric.name == "up"]
    others = [metric.name for metric in CLOUD_WATCH_METRICS if metric.name not in by_component]
    return [
        {"dimensions": [of_service], "metric_name_selectors": [f"^({'|'.join(others)})\\z"]},
        {
            "dimensions": [[*of_service, ROLE_DIMENSION]],
            "metric_name_selectors": [f"^({'|'.join(by_component)})\\z"],
        },
    ]
