"""What Grafana shows, to three audiences: who cares for users, for accelerators, for the cluster and its cost."""

from dataclasses import dataclass

RATE = "$__rate_interval"
"""Over which Grafana takes rates: it follows the page's span of time, and the interval between scrapes."""

FILTER = 'namespace=~"$namespace", service=~"$service"'
"""The services that are chosen on the page."""

OF_SERVICE = "namespace, service"
LEGEND = "{{namespace}}/{{service}}"


@dataclass(frozen=True)
class Panel:
    """One graph."""

    title: str
    unit: str
    """As Grafana calls it."""
    queries: tuple[tuple[str, str], ...]
    """PromQL, and the legend of its lines."""


@dataclass(frozen=True)
class Page:
    """One dashboard."""

    key: str
    title: str
    panels: tuple[Panel, ...]
    by_service: bool
    """Whether services are chosen on it."""


def _quantiles(histogram: str, *quantiles: float) -> tuple[tuple[str, str], ...]:
    return tuple(
        (
            f"histogram_quantile({quantile:g}, sum by ({OF_SERVICE}, le) "
            f"(rate({histogram}_bucket{{{FILTER}}}[{RATE}])))",
            f"{LEGEND} p{quantile * 100:g}",
        )
        for quantile in quantiles
    )


def _rate(counter: str, *by: str) -> str:
    return f"sum by ({', '.join((OF_SERVICE, *by))}) (rate({counter}{{{FILTER}}}[{RATE}]))"


def _sum(gauge: str) -> str:
    return f"sum by ({OF_SERVICE}) ({gauge}{{{FILTER}}})"


EXPERIENCE = Page(
    "experience",
    "LLM services: users' experience",
    (
        Panel("Time to the first token", "s", _quantiles("ray_vllm_time_to_first_token_seconds", 0.5, 0.95, 0.99)),
        Panel("Time between tokens", "s", _quantiles("ray_vllm_inter_token_latency_seconds", 0.5, 0.95, 0.99)),
        Panel("Time of an answer", "s", _quantiles("ray_vllm_e2e_request_latency_seconds", 0.5, 0.95)),
        Panel(
            "Tokens a second",
            "short",
            (
                (_rate("ray_vllm_generation_tokens_total"), f"{LEGEND} written"),
                (_rate("ray_vllm_prompt_tokens_total"), f"{LEGEND} read"),
            ),
        ),
        Panel(
            "Requests in the engines",
            "short",
            (
                (_sum("ray_vllm_num_requests_running"), f"{LEGEND} running"),
                (_sum("ray_vllm_num_requests_waiting"), f"{LEGEND} waiting"),
                (_sum("ray_serve_replica_processing_queries"), f"{LEGEND} in replicas"),
            ),
        ),
        Panel(
            "Replicas",
            "short",
            (
                (_sum("ray_serve_deployment_replica_healthy"), f"{LEGEND} healthy"),
                (_sum("ray_serve_autoscaling_target_replicas"), f"{LEGEND} wanted"),
            ),
        ),
        Panel(
            "Requests a second",
            "reqps",
            (
                (_rate("ray_serve_num_http_requests_total"), f"{LEGEND} all"),
                (_rate("ray_serve_num_http_error_requests_total"), f"{LEGEND} refused or failed"),
                (_rate("ray_vllm_request_success_total", "finished_reason"), f"{LEGEND} {{{{finished_reason}}}}"),
            ),
        ),
        Panel(
            "KV cache in use, fullest replica",
            "percentunit",
            ((f"max by ({OF_SERVICE}) (ray_vllm_kv_cache_usage_perc{{{FILTER}}})", LEGEND),),
        ),
        Panel(
            "Requests a second, by API key",
            "reqps",
            ((_rate("ray_neuronserve_requests_total", "api_key"), f"{LEGEND} {{{{api_key}}}}"),),
        ),
    ),
    by_service=True,
)

ACCELERATORS = Page(
    "accelerators",
    "LLM services: accelerators",
    (
        Panel(
            "NeuronCores in use",
            "percentunit",
            (
                ("avg by (node) (neuroncore_utilization_ratio)", "{{node}} mean"),
                ("max by (node) (neuroncore_utilization_ratio)", "{{node}} busiest core"),
            ),
        ),
        Panel(
            "Memory of the chips in use",
            "bytes",
            (
                (
                    'sum by (node) (neuron_runtime_memory_used_bytes{memory_location="neuron_device"})',
                    "{{node}}",
                ),
            ),
        ),
        Panel(
            "Time of a step on the cores",
            "s",
            (
                (
                    'max by (node, percentile) (execution_latency_seconds{percentile=~"p50|p99"})',
                    "{{node}} {{percentile}}",
                ),
            ),
        ),
        Panel(
            "Steps that failed, a minute",
            "short",
            (
                (
                    f"60 * sum by (node, error_type) (rate(execution_errors_total[{RATE}]))",
                    "{{node}} {{error_type}}",
                ),
            ),
        ),
        Panel(
            "Bits that went wrong, an hour",
            "short",
            (
                (
                    f"3600 * sum by (node, event_type) (rate(hardware_ecc_events_total[{RATE}]))",
                    "{{node}} {{event_type}}",
                ),
            ),
        ),
    ),
    by_service=False,
)

CLUSTER = Page(
    "cluster",
    "LLM services: cluster and cost",
    (
        Panel(
            "Nodes that Karpenter made, on demand",
            "currencyUSD",
            (("sum by (nodepool) (karpenter_nodepools_cost_total)", "{{nodepool}}, an hour"),),
        ),
        Panel(
            "Cost of a million tokens written",
            "currencyUSD",
            (
                (
                    "sum(karpenter_nodepools_cost_total) / "
                    f"(3600 * sum(rate(ray_vllm_generation_tokens_total[{RATE}]))) * 1e6",
                    "all services",
                ),
            ),
        ),
        Panel(
            "Pods that answer",
            "short",
            ((f'sum by ({OF_SERVICE}, component) (up{{service!=""}})', f"{LEGEND} {{{{component}}}}"),),
        ),
        Panel(
            "Services that are ready, as KubeRay sees them",
            "short",
            (
                (
                    'sum by (namespace, name) (kuberay_service_condition_ready{condition="true"})',
                    "{{namespace}}/{{name}}",
                ),
            ),
        ),
        Panel(
            "Pools, share of their limit",
            "percentunit",
            (
                (
                    'max by (nodepool) (karpenter_nodepools_usage{resource_type="cpu"}) / '
                    'max by (nodepool) (karpenter_nodepools_limit{resource_type="cpu"})',
                    "{{nodepool}}",
                ),
            ),
        ),
        Panel(
            "Nodes replaced, an hour",
            "short",
            (
                (
                    f"3600 * sum by (nodepool, reason) (rate(karpenter_nodeclaims_disrupted_total[{RATE}]))",
                    "{{nodepool}} {{reason}}",
                ),
            ),
        ),
    ),
    by_service=False,
)

PAGES = (EXPERIENCE, ACCELERATORS, CLUSTER)
