import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuronserve.status.metrics import Percentiles, quantile, reading, service_metrics
from neuronserve.status.metrics_text import told_metrics

HEAD = """\
# HELP ray_serve_deployment_replica_healthy Tracks healthy replicas.
# TYPE ray_serve_deployment_replica_healthy gauge
ray_serve_deployment_replica_healthy{replica="a"} 1.0
ray_serve_deployment_replica_healthy{replica="b"} 1.0
ray_serve_num_http_requests_total{route="/"} %d
"""
WORKER = """\
# TYPE ray_vllm_time_to_first_token_seconds histogram
ray_vllm_time_to_first_token_seconds_bucket{ReplicaId="%(id)s",le="0.25"} %(fast)s
ray_vllm_time_to_first_token_seconds_bucket{ReplicaId="%(id)s",le="0.5"} %(all)s
ray_vllm_time_to_first_token_seconds_bucket{ReplicaId="%(id)s",le="+Inf"} %(all)s
ray_vllm_time_to_first_token_seconds_count{ReplicaId="%(id)s"} %(all)s
# TYPE ray_vllm_generation_tokens counter
ray_vllm_generation_tokens_total{ReplicaId="%(id)s"} %(tokens)s
ray_vllm_num_requests_running{ReplicaId="%(id)s"} 2.0
ray_vllm_num_requests_waiting{ReplicaId="%(id)s"} 3.0
ray_vllm_num_requests_waiting_by_reason{ReplicaId="%(id)s",reason="capacity"} 3.0
ray_vllm_kv_cache_usage_perc{ReplicaId="%(id)s"} %(kv)s
ray_node_cpu_utilization{x="{"} 4
"""


def worker(name: str, fast: float, every: float, tokens: float, kv: float = 0.5) -> str:
    return WORKER % {"id": name, "fast": fast, "all": every, "tokens": tokens, "kv": kv}


def test_pods_are_added_up_and_the_fullest_cache_counts() -> None:
    found = service_metrics(reading([HEAD % 7, worker("a", 5, 10, 100, 0.2), worker("b", 10, 10, 50, 0.7)], 1))
    assert (found.replicas, found.requests_running, found.requests_waiting) == (2, 4, 6)
    assert found.kv_cache_usage == 0.7
    assert found.over_s is None
    assert found.generation_tokens_per_s is None
    # Of 20 observations 15 took at most a quarter of a second.
    assert found.time_to_first_token_s.p50 == pytest.approx(0.25 * 10 / 15)
    assert found.time_to_first_token_s.p95 == pytest.approx(0.25 + 0.25 * 4 / 5)
    assert found.inter_token_latency_s == Percentiles(None, None, None)


def test_rates_and_latencies_are_of_the_time_between_two_looks() -> None:
    before = reading([HEAD % 10, worker("a", 100, 100, 1000)], 10)
    now = reading([HEAD % 40, worker("a", 100, 110, 1600)], 40)
    found = service_metrics(now, before)
    assert found.over_s == 30
    assert found.generation_tokens_per_s == 20
    assert found.requests_per_s == 1
    assert found.errors_per_s == 0
    assert found.time_to_first_token_s.p50 == pytest.approx(0.375)  # all ten new ones were slow


def test_a_counter_that_began_anew_is_no_negative_rate() -> None:
    before, now = reading([worker("a", 5, 10, 1000)], 0), reading([worker("a", 1, 2, 10)], 10)
    found = service_metrics(now, before)
    assert found.generation_tokens_per_s == 0
    assert found.time_to_first_token_s.p50 is None


def test_pods_that_say_nothing_of_it_are_no_zeros() -> None:
    found = service_metrics(reading(["", "# nothing\n"], 0))
    assert found.replicas is None
    assert found.kv_cache_usage is None
    assert "not known" in told_metrics(found)
    assert "nothing observed" in told_metrics(found)


def test_it_is_told_in_lines() -> None:
    before, now = reading([HEAD % 0, worker("a", 0, 0, 0)], 0), reading([HEAD % 30, worker("a", 4, 8, 300)], 60)
    told = told_metrics(service_metrics(now, before))
    assert "healthy replicas        2" in told
    assert "2 running, 3 waiting" in told
    assert "p50 250 ms, p95 475 ms, p99 495 ms, of the last 60 s" in told
    assert "5.0 a second" in told
    assert "0.50 a second, 0.00 of them refused or failed" in told


@given(st.lists(st.floats(0.001, 99), min_size=1, max_size=60), st.floats(0.01, 0.99))
def test_a_quantile_is_as_exact_as_its_bucket(observed: list[float], share: float) -> None:
    bounds = [0.5, 1, 2, 4, 8, 16, 32, 64, 128, math.inf]
    counts = {bound: sum(one <= bound for one in observed) for bound in bounds}
    found = quantile(share, counts)
    exact = sorted(observed)[min(len(observed) - 1, math.ceil(share * len(observed)) - 1)]
    assert found is not None
    upper = next(bound for bound in bounds if exact <= bound)
    lower = max((bound for bound in bounds if bound < upper), default=0)
    assert lower <= found <= upper


@pytest.mark.parametrize("counts", [{}, {math.inf: 0.0}, {1.0: 3.0}])
def test_of_nothing_there_is_no_quantile(counts: dict[float, float]) -> None:
    assert quantile(0.5, counts) is None


def test_what_is_beyond_the_last_bound_is_said_to_be_at_it() -> None:
    assert quantile(0.9, {1.0: 1.0, 10.0: 2.0, math.inf: 100.0}) == 10
