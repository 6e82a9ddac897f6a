"""How a service's speed and load are told."""

from collections.abc import Iterator

from neuronserve.status.metrics import Percentiles, ServiceMetrics


def told_metrics(metrics: ServiceMetrics) -> str:
    """Return speed and load as lines, to stand below the service."""
    return "\n".join(f"  {name:<24}{value}" for name, value in _rows(metrics))


def _rows(metrics: ServiceMetrics) -> Iterator[tuple[str, str]]:
    since = "since the start" if metrics.over_s is None else f"of the last {metrics.over_s:.0f} s"
    yield "healthy replicas", "not known" if metrics.replicas is None else str(metrics.replicas)
    yield "requests", f"{metrics.requests_running} running, {metrics.requests_waiting} waiting in the engines"
    if metrics.kv_cache_usage is not None:
        yield "KV cache in use", f"{metrics.kv_cache_usage:.0%}"
    yield "time to first token", f"{_percentiles(metrics.time_to_first_token_s)}, {since}"
    yield "time between tokens", f"{_percentiles(metrics.inter_token_latency_s)}, {since}"
    if metrics.generation_tokens_per_s is not None:
        yield "tokens written", f"{metrics.generation_tokens_per_s:.1f} a second"
        yield (
            "requests",
            f"{metrics.requests_per_s or 0:.2f} a second, {metrics.errors_per_s or 0:.2f} of them refused or failed",
        )


def _percentiles(of: Percentiles) -> str:
    if of.p50 is None or of.p95 is None or of.p99 is None:
        return "nothing observed"
    return f"p50 {_seconds(of.p50)}, p95 {_seconds(of.p95)}, p99 {_seconds(of.p99)}"


def _seconds(value: float) -> str:
    return f"{value:.2f} s" if value >= 1 else f"{value * 1000:.0f} ms"
