"""The body of a CloudWatch dashboard, from plain values.

Its form: https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from neuronserve.components.observability.alarms import MetricValue, of_cluster, of_service, spend
from neuronserve.components.observability.settings import WatchedServiceSettings

COLUMNS, WIDTH, HEIGHT = 24, 8, 6
"""Of the page, and of a graph on it."""
HEADER_HEIGHT, ALARMS_HEIGHT = 1, 3


@dataclass(frozen=True)
class Line:
    """One line of a graph."""

    value: MetricValue
    label: str
    per_s: int | None = None
    """Seconds for which a sum is shown: 1 for so much a second, 60 for what every pod says once a minute."""


@dataclass(frozen=True)
class Graph:
    """One graph."""

    title: str
    unit: str
    lines: Sequence[Line] = ()
    total: Sequence[tuple[float, MetricValue]] = field(default=())
    """A sum of metrics, each with a factor, that is shown in place of lines."""


def dashboard(
    region: str,
    cluster: str,
    services: Mapping[str, WatchedServiceSettings],
    *,
    neuron: bool,
    alarm_arns: Sequence[str] = (),
) -> dict[str, Any]:
    """Return the body: the alarms, then a part for users' experience, one for accelerators, one for cluster and cost.

    Args:
        region: the metrics'.
        cluster: the EKS cluster's name.
        services: by name; nothing in them is an Output.
        neuron: whether there are Neuron chips.
        alarm_arns: the alarms to show.
    """
    parts = {"Users' experience": [*_experience(cluster, services)]}
    if neuron:
        parts["Accelerators"] = [*_accelerators(cluster)]
    parts["Cluster and cost"] = [*_cluster(cluster, services)]
    widgets, y = [], 0
    if alarm_arns:
        shown = {"title": "Alarms", "alarms": [*alarm_arns]}
        widgets.append(_at({"type": "alarm", "properties": shown}, 0, y, COLUMNS, ALARMS_HEIGHT))
        y += ALARMS_HEIGHT
    for title, graphs in parts.items():
        if not graphs:
            continue
        header = {"type": "text", "properties": {"markdown": f"## {title}"}}
        widgets.append(_at(header, 0, y, COLUMNS, HEADER_HEIGHT))
        y += HEADER_HEIGHT
        for place, graph in enumerate(graphs):
            row, column = divmod(place, COLUMNS // WIDTH)
            widgets.append(_at(_widget(graph, region), column * WIDTH, y + row * HEIGHT, WIDTH, HEIGHT))
        y += -(-len(graphs) // (COLUMNS // WIDTH)) * HEIGHT
    return {"widgets": widgets}


def _experience(cluster: str, services: Mapping[str, WatchedServiceSettings]) -> Iterator[Graph]:
    def lines(metric: str, statistic: str, label: str = "", *, per_s: int | None = None) -> list[Line]:
        return [
            Line(
                of_service(cluster, name, str(service.namespace), metric, statistic),
                f"{name} {label}".strip(),
                per_s,
            )
            for name, service in services.items()
        ]

    if not services:
        return
    yield Graph("Time to the first token, mean", "s", lines("ray_vllm_time_to_first_token_seconds", "Average"))
    yield Graph("Time between tokens, mean", "s", lines("ray_vllm_inter_token_latency_seconds", "Average"))
    yield Graph("Time of an answer, mean", "s", lines("ray_vllm_e2e_request_latency_seconds", "Average"))
    yield Graph(
        "Tokens a second",
        "tokens/s",
        [
            *lines("ray_vllm_generation_tokens_total", "Sum", "written", per_s=1),
            *lines("ray_vllm_prompt_tokens_total", "Sum", "read", per_s=1),
        ],
    )
    yield Graph(
        "Requests in the engines, mean of a replica",
        "requests",
        [
            *lines("ray_vllm_num_requests_running", "Average", "running"),
            *lines("ray_vllm_num_requests_waiting", "Average", "waiting"),
            *lines("ray_serve_replica_processing_queries", "Average", "in the replica"),
        ],
    )
    yield Graph(
        "Replicas",
        "replicas",
        [
            *lines("ray_serve_deployment_replica_healthy", "Sum", "healthy", per_s=60),
            *lines("ray_serve_autoscaling_target_replicas", "Maximum", "wanted"),
        ],
    )
    yield Graph(
        "Requests a second",
        "requests/s",
        [
            *lines("ray_serve_num_http_requests_total", "Sum", "all", per_s=1),
            *lines("ray_serve_num_http_error_requests_total", "Sum", "refused or failed", per_s=1),
            *lines("ray_vllm_request_success_total", "Sum", "answered by the engine", per_s=1),
        ],
    )
    yield Graph("KV cache in use, fullest replica", "share, 1 is all", lines("ray_vllm_kv_cache_usage_perc", "Maximum"))


def _accelerators(cluster: str) -> Iterator[Graph]:
    def lines(metric: str, *statistics: str) -> list[Line]:
        return [Line(of_cluster(cluster, metric, statistic), statistic.lower()) for statistic in statistics]

    yield Graph("NeuronCores in use", "%", lines("node_neuroncore_utilization", "Average", "Maximum"))
    yield Graph("Memory in use, by core", "bytes", lines("node_neuroncore_memory_usage_total", "Average", "Maximum"))
    yield Graph(
        "Memory in use, by node", "bytes", lines("node_neurondevice_runtime_memory_used_bytes", "Average", "Maximum")
    )
    yield Graph("Time of a step on the cores", "s", lines("node_neuron_execution_latency", "Average", "Maximum"))
    yield Graph("Steps that failed", "steps", lines("node_neuron_execution_errors_total", "Sum"))
    yield Graph("Bits that went wrong", "events", lines("node_neurondevice_hw_ecc_events_total", "Sum"))


def _cluster(cluster: str, services: Mapping[str, WatchedServiceSettings]) -> Iterator[Graph]:
    counts = {"all": "cluster_node_count", "not well": "cluster_failed_node_count"}
    yield Graph(
        "Nodes", "nodes", [Line(of_cluster(cluster, metric, "Average"), label) for label, metric in counts.items()]
    )
    if terms := spend(cluster, services):
        workers = [Line(value, value.dimensions["Service"], per_s=60) for _, value in terms]
        yield Graph("Workers", "pods", workers)
        yield Graph("Workers, on demand", "US dollars an hour", total=terms)


def _widget(graph: Graph, region: str) -> dict[str, Any]:
    metrics: list[Any] = []
    for place, line in enumerate(graph.lines):
        name = f"m{place}"
        if line.per_s:
            expression = f"{line.per_s} * {name} / PERIOD({name})"
            metrics.append([{"expression": expression, "label": line.label, "id": f"e{place}"}])
            metrics.append(_metric(line.value, {"id": name, "visible": False}))
        else:
            metrics.append(_metric(line.value, {"id": name, "label": line.label}))
    if graph.total:
        metrics.append([{"expression": total_expression(graph.total), "label": "all services", "id": "total"}])
        metrics += [
            _metric(value, {"id": f"m{place}", "visible": False}) for place, (_, value) in enumerate(graph.total)
        ]
    return {
        "type": "metric",
        "properties": {
            "title": graph.title,
            "region": region,
            "view": "timeSeries",
            "period": 60,
            "metrics": metrics,
            "yAxis": {"left": {"min": 0, "label": graph.unit, "showUnits": False}},
        },
    }


def total_expression(terms: Sequence[tuple[float, MetricValue]]) -> str:
    """Return a sum of metrics ``m0``, ``m1`` …, each with its factor, of what every pod says once a minute."""
    return " + ".join(
        f"{factor:g} * 60 * FILL(m{place}, 0) / PERIOD(m{place})" for place, (factor, _) in enumerate(terms)
    )


def _metric(value: MetricValue, options: dict[str, Any]) -> list[Any]:
    pairs = [part for pair in value.dimensions.items() for part in pair]
    return [value.namespace, value.name, *pairs, options | {"stat": value.statistic}]


def _at(widget: dict[str, Any], x: int, y: int, width: int, height: int) -> dict[str, Any]:
    return widget | {"x": x, "y": y, "width": width, "height": height}
