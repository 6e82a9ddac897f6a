"""The metrics that dashboards, alarms and alerts name: what each is called, where it comes from, where that is said.

The one table of them: what is sent to CloudWatch, what queries may name and the table of docs/observability.md follow
it. Series of Ray, Serve and vLLM are those of Ray 2.60 and vLLM 0.32, seen on a running server; a test asks one for all
of them. Those of AWS's agents, Karpenter and KubeRay are as their makers document them, and have not been seen by us.
"""

from dataclasses import dataclass
from enum import Enum, StrEnum


class Kind(StrEnum):
    """What Prometheus calls the type of a metric."""

    COUNTER = "counter"
    GAUGE = "gauge"
    HISTOGRAM = "histogram"


@dataclass(frozen=True)
class Origin:
    """Who says something, and where it is documented."""

    name: str
    url: str


class Source(Enum):
    """Where metrics come from."""

    VLLM = Origin("vLLM, by Ray", "https://docs.vllm.ai/en/latest/usage/metrics.html")
    SERVE = Origin("Ray Serve", "https://docs.ray.io/en/latest/serve/monitoring.html")
    NEURONSERVE = Origin("the replica", "README.md")
    SCRAPE = Origin("whoever scrapes", "https://prometheus.io/docs/concepts/jobs_instances/")
    CONTAINER_INSIGHTS = Origin(
        "CloudWatch Container Insights",
        "https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/container-insights-eks-classic-metrics.html",
    )
    NEURON_MONITOR = Origin(
        "neuron-monitor",
        "https://awsdocs-neuron.readthedocs-hosted.com/en/latest/tools/neuron-sys-tools/neuron-monitor-user-guide.html",
    )
    KARPENTER = Origin("Karpenter", "https://karpenter.sh/v1.14/reference/metrics/")
    KUBE_RAY = Origin(
        "KubeRay", "https://docs.ray.io/en/latest/cluster/kubernetes/k8s-ecosystem/metrics-references.html"
    )


@dataclass(frozen=True)
class Metric:
    """One metric."""

    name: str
    """Of a histogram the name before ``_bucket``, ``_sum`` and ``_count``."""
    kind: Kind
    source: Source
    says: str
    """What its value is, with the unit."""
    in_cloud_watch: bool = False
    """Whether it is sent to CloudWatch for each service, where it costs as a custom metric."""


_SERVICE = (
    Metric("ray_vllm_time_to_first_token_seconds", Kind.HISTOGRAM, Source.VLLM, "seconds to the first token", True),
    Metric("ray_vllm_inter_token_latency_seconds", Kind.HISTOGRAM, Source.VLLM, "seconds between two tokens", True),
    Metric("ray_vllm_e2e_request_latency_seconds", Kind.HISTOGRAM, Source.VLLM, "seconds of a whole answer", True),
    Metric("ray_vllm_generation_tokens_total", Kind.COUNTER, Source.VLLM, "tokens written", True),
    Metric("ray_vllm_prompt_tokens_total", Kind.COUNTER, Source.VLLM, "tokens read", True),
    Metric("ray_vllm_request_success_total", Kind.COUNTER, Source.VLLM, "answers, by what ended them", True),
    Metric("ray_vllm_num_requests_running", Kind.GAUGE, Source.VLLM, "requests that an engine works on", True),
    Metric("ray_vllm_num_requests_waiting", Kind.GAUGE, Source.VLLM, "requests that wait in an engine", True),
    Metric("ray_vllm_kv_cache_usage_perc", Kind.GAUGE, Source.VLLM, "share of the KV cache in use, 1 is all", True),
    Metric("ray_serve_deployment_replica_healthy", Kind.GAUGE, Source.SERVE, "1 for a healthy replica, or 0", True),
    Metric("ray_serve_autoscaling_target_replicas", Kind.GAUGE, Source.SERVE, "replicas that there should be", True),
    Metric("ray_serve_replica_processing_queries", Kind.GAUGE, Source.SERVE, "requests in a replica", True),
    Metric("ray_serve_num_http_requests_total", Kind.COUNTER, Source.SERVE, "requests, by status", True),
    Metric("ray_serve_num_http_error_requests_total", Kind.COUNTER, Source.SERVE, "answers of 400 and more", True),
    Metric("ray_neuronserve_requests_total", Kind.COUNTER, Source.NEURONSERVE, "requests, by holder of the API key"),
    Metric("up", Kind.GAUGE, Source.SCRAPE, "1 for a pod that answers, or 0", True),
)

_CONTAINER_INSIGHTS = (
    Metric("node_neuroncore_utilization", Kind.GAUGE, Source.CONTAINER_INSIGHTS, "% of a NeuronCore in use"),
    Metric("node_neuroncore_memory_usage_total", Kind.GAUGE, Source.CONTAINER_INSIGHTS, "bytes in use, by NeuronCore"),
    Metric(
        "node_neurondevice_runtime_memory_used_bytes", Kind.GAUGE, Source.CONTAINER_INSIGHTS, "bytes in use, by node"
    ),
    Metric("node_neuron_execution_latency", Kind.GAUGE, Source.CONTAINER_INSIGHTS, "seconds of a step on the cores"),
    Metric("node_neuron_execution_errors_total", Kind.COUNTER, Source.CONTAINER_INSIGHTS, "steps that failed"),
    Metric(
        "node_neurondevice_hw_ecc_events_total",
        Kind.COUNTER,
        Source.CONTAINER_INSIGHTS,
        "bits mended or lost, by chip, in its memory and SRAM",
    ),
    Metric("cluster_node_count", Kind.GAUGE, Source.CONTAINER_INSIGHTS, "nodes"),
    Metric("cluster_failed_node_count", Kind.GAUGE, Source.CONTAINER_INSIGHTS, "nodes that are not well"),
)

_CLUSTER = (
    Metric("neuroncore_utilization_ratio", Kind.GAUGE, Source.NEURON_MONITOR, "share of a NeuronCore in use"),
    Metric("neuron_runtime_memory_used_bytes", Kind.GAUGE, Source.NEURON_MONITOR, "bytes, by memory_location"),
    Metric("execution_latency_seconds", Kind.GAUGE, Source.NEURON_MONITOR, "seconds of a step, by percentile"),
    Metric("execution_errors_total", Kind.COUNTER, Source.NEURON_MONITOR, "steps that failed, by error_type"),
    Metric("hardware_ecc_events_total", Kind.COUNTER, Source.NEURON_MONITOR, "bits mended or lost, by event_type"),
    Metric("karpenter_nodepools_cost_total", Kind.GAUGE, Source.KARPENTER, "dollars an hour of the nodes of a pool"),
    Metric("karpenter_nodepools_usage", Kind.GAUGE, Source.KARPENTER, "what a pool has, by resource_type"),
    Metric("karpenter_nodepools_limit", Kind.GAUGE, Source.KARPENTER, "what a pool may have, by resource_type"),
    Metric("karpenter_nodeclaims_disrupted_total", Kind.COUNTER, Source.KARPENTER, "nodes replaced, by reason"),
    Metric("kuberay_service_condition_ready", Kind.GAUGE, Source.KUBE_RAY, "1 for a RayService's condition"),
)

METRICS = {metric.name: metric for metric in (*_SERVICE, *_CONTAINER_INSIGHTS, *_CLUSTER)}
"""All of them, by name."""

CLOUD_WATCH_METRICS = tuple(metric for metric in METRICS.values() if metric.in_cloud_watch)
"""Those that are sent to CloudWatch for each service, in the order of the table."""

CLOUD_WATCH_NAMESPACE = "neuronserve"
"""The CloudWatch namespace of the services' metrics."""

CONTAINER_INSIGHTS_NAMESPACE = "ContainerInsights"

SERVICE_DIMENSIONS = ("ClusterName", "Namespace", "Service")
"""Of a service's metrics in CloudWatch."""

METRICS_AGENT = "neuronserve-metrics"
"""The agent of the CloudWatch add-on that sends them."""

ROLE_DIMENSION = "Role"
"""Which of a service's pods, head or worker: a further dimension of ``up``. Ray's series have a label Component."""
