"""How fast a service is and how much it has to do, from what its pods say in Prometheus' format."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from prometheus_client.parser import text_string_to_metric_families

from neuronserve.facts.metrics import METRICS, Source

NAMES = {
    name: metric
    for name, metric in METRICS.items()
    if metric.source in (Source.VLLM, Source.SERVE) and name.startswith("ray_")
}
"""What is read; of a histogram without what stands behind it."""

PEAKS = {"ray_vllm_kv_cache_usage_perc"}
"""Of which the largest counts, where others are added up."""


@dataclass(frozen=True)
class Reading:
    """What all pods of a service say at one time, added up."""

    at_s: float
    """Seconds by any clock that goes on."""
    values: Mapping[str, float] = field(default_factory=dict)
    """Of counters and gauges, by name."""
    buckets: Mapping[str, Mapping[float, float]] = field(default_factory=dict)
    """Of histograms, by name: how many observations were at most so large."""


@dataclass(frozen=True)
class Percentiles:
    """Of a latency, in seconds; None where nothing was observed."""

    p50: float | None
    p95: float | None
    p99: float | None


@dataclass(frozen=True)
class ServiceMetrics:
    """A service's speed and load."""

    replicas: int | None
    """Replicas that are healthy; None where nothing says so."""
    requests_running: int
    requests_waiting: int
    kv_cache_usage: float | None
    """Share of the KV cache in use, of the fullest replica."""
    over_s: float | None
    """Seconds over which the following were observed; None for all the time since the engines started."""
    time_to_first_token_s: Percentiles
    inter_token_latency_s: Percentiles
    generation_tokens_per_s: float | None
    """None where there is no earlier reading, as for the next two."""
    requests_per_s: float | None
    errors_per_s: float | None


def reading(texts: Iterable[str], at_s: float) -> Reading:
    """Return what pods say, each in Prometheus' text format."""
    values: dict[str, float] = {}
    buckets: dict[str, dict[float, float]] = {}
    for text in texts:
        for family in text_string_to_metric_families(_relevant(text)):
            for sample in family.samples:
                histogram, _, suffix = sample.name.rpartition("_")
                if suffix == "bucket":
                    of = buckets.setdefault(histogram, {})
                    bound = float(sample.labels["le"])
                    of[bound] = of.get(bound, 0) + sample.value
                elif sample.name in PEAKS:
                    values[sample.name] = max(values.get(sample.name, 0), sample.value)
                elif sample.name in NAMES:
                    values[sample.name] = values.get(sample.name, 0) + sample.value
    return Reading(at_s, values, buckets)


def _relevant(text: str) -> str:
    """Return the lines that are about what is read: a pod says hundreds of other things."""
    names = tuple(NAMES)
    return "\n".join([*(line for line in text.splitlines() if line.startswith(names)), ""])


def service_metrics(now: Reading, before: Reading | None = None) -> ServiceMetrics:
    """Return what readings come to.

    Args:
        now: the latest.
        before: an earlier one, since which latencies and rates are taken; None for all that has been observed.
    """

    def rate(counter: str) -> float | None:
        if before is None or now.at_s <= before.at_s:
            return None
        # A counter that is smaller began anew, with another process.
        return max(0.0, now.values.get(counter, 0) - before.values.get(counter, 0)) / (now.at_s - before.at_s)

    healthy = now.values.get("ray_serve_deployment_replica_healthy")
    return ServiceMetrics(
        replicas=None if healthy is None else round(healthy),
        requests_running=round(now.values.get("ray_vllm_num_requests_running", 0)),
        requests_waiting=round(now.values.get("ray_vllm_num_requests_waiting", 0)),
        kv_cache_usage=now.values.get("ray_vllm_kv_cache_usage_perc"),
        over_s=None if before is None else now.at_s - before.at_s,
        time_to_first_token_s=_percentiles("ray_vllm_time_to_first_token_seconds", now, before),
        inter_token_latency_s=_percentiles("ray_vllm_inter_token_latency_seconds", now, before),
        generation_tokens_per_s=rate("ray_vllm_generation_tokens_total"),
        requests_per_s=rate("ray_serve_num_http_requests_total"),
        errors_per_s=rate("ray_serve_num_http_error_requests_total"),
    )


def _percentiles(histogram: str, now: Reading, before: Reading | None) -> Percentiles:
    counts = dict(now.buckets.get(histogram, {}))
    for bound, count in (before.buckets.get(histogram, {}) if before else {}).items():
        counts[bound] = max(0.0, counts.get(bound, 0) - count)
    return Percentiles(*(quantile(share, counts) for share in (0.5, 0.95, 0.99)))


def quantile(share: float, counts: Mapping[float, float]) -> float | None:
    """Return a quantile of a histogram, as Prometheus' ``histogram_quantile`` does; None where nothing is in it.

    Args:
        share: from 0 to 1.
        counts: how many observations were at most so large, the bound of the last bucket being infinity.
    """
    bounds = sorted(counts)
    if not bounds or not counts[bounds[-1]] or not math.isinf(bounds[-1]):
        return None
    rank = share * counts[bounds[-1]]
    lower = lower_count = 0.0
    for bound in bounds:
        if counts[bound] >= rank:
            if math.isinf(bound):
                return lower or None
            inside = counts[bound] - lower_count
            return lower + (bound - lower) * ((rank - lower_count) / inside if inside else 1)
        lower, lower_count = bound, counts[bound]
    return lower
