"""The rules in promtool: that it reads them, and when each alert fires."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from neuronserve.components.observability.panels import PAGES
from neuronserve.components.observability.rules import rule_groups

from .promtool import promtool, written

GROUPS = {"groups": rule_groups(neuron=True, time_to_first_token_s=5, spend_usd_per_hour=40)}
SERVICE = 'namespace="vllm", service="llm"'
HISTOGRAM = "ray_vllm_time_to_first_token_seconds_bucket"

Series = Mapping[str, str]


def slow(growth: int) -> dict[str, str]:
    """Return a histogram of which so many of 100 new observations a minute take between 2.5 and 7.5 seconds."""
    return {
        f'{HISTOGRAM}{{{SERVICE}, le="2.5"}}': f"0+{100 - growth}x30",
        f'{HISTOGRAM}{{{SERVICE}, le="7.5"}}': "0+100x30",
        f'{HISTOGRAM}{{{SERVICE}, le="+Inf"}}': "0+100x30",
    }


CASES: list[tuple[str, str, Series, Series]] = [
    (
        "NeuronserveQueueGrowth",
        "6m",
        {f"ray_vllm_num_requests_running{{{SERVICE}}}": "8x30", f"ray_vllm_num_requests_waiting{{{SERVICE}}}": "9x30"},
        {f"ray_vllm_num_requests_running{{{SERVICE}}}": "8x30", f"ray_vllm_num_requests_waiting{{{SERVICE}}}": "8x30"},
    ),
    (
        "NeuronserveNoReplicaReady",
        "6m",
        {f"ray_serve_deployment_replica_healthy{{{SERVICE}, replica='a'}}": "0x30"},
        {
            f"ray_serve_deployment_replica_healthy{{{SERVICE}, replica='a'}}": "0x30",
            f"ray_serve_deployment_replica_healthy{{{SERVICE}, replica='b'}}": "1x30",
        },
    ),
    (
        "NeuronserveServiceNotReady",
        "46m",
        {"kuberay_service_condition_ready{namespace='vllm', name='llm', condition='false'}": "1x60"},
        {"kuberay_service_condition_ready{namespace='vllm', name='llm', condition='true'}": "1x60"},
    ),
    ("NeuronserveTimeToFirstToken", "20m", slow(20), slow(2)),
    (
        "NeuronservePodSilent",
        "11m",
        {f"up{{{SERVICE}, component='worker', pod='llm-1'}}": "0x30"},
        {f"up{{{SERVICE}, component='worker', pod='llm-1'}}": "1x30", "up{job='kubelet'}": "0x30"},
    ),
    (
        "NeuronExecutionErrors",
        "3m",
        {"execution_errors_total{node='n', error_type='hardware'}": "0 0 1x10"},
        {"execution_errors_total{node='n', error_type='hardware'}": "7x10"},
    ),
    (
        "NeuronEccEvents",
        "3m",
        {"hardware_ecc_events_total{node='n', event_type='mem_ecc_uncorrected'}": "0 0 1x10"},
        {"hardware_ecc_events_total{node='n', event_type='mem_ecc_corrected'}": "0 0 1x10"},
    ),
    (
        "NeuronserveSpend",
        "16m",
        {
            "karpenter_nodepools_cost_total{nodepool='a'}": "21x30",
            "karpenter_nodepools_cost_total{nodepool='b'}": "20x30",
        },
        {
            "karpenter_nodepools_cost_total{nodepool='a'}": "21x30",
            "karpenter_nodepools_cost_total{nodepool='b'}": "19x30",
        },
    ),
]
"""Each alert: when it is looked at, series with which it fires, and others with which it does not."""


@pytest.fixture(scope="module")
def rule_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return written(tmp_path_factory.mktemp("rules") / "rules.yaml", GROUPS)


def test_promtool_reads_them(rule_file: Path) -> None:
    assert "SUCCESS" in promtool("check", "rules", rule_file)


def test_every_alert_has_a_case() -> None:
    alerts = {rule["alert"] for group in GROUPS["groups"] for rule in group["rules"] if "alert" in rule}
    assert {name for name, *_ in CASES} == alerts


def fires(rule_file: Path, folder: Path, alert: str, at: str, series: Series) -> bool:
    """Tell whether an alert fires, whatever its labels: promtool's ALERTS has it."""
    count = f'count(ALERTS{{alertname="{alert}", alertstate="firing"}}) or vector(0)'

    def passes(expected: int) -> bool:
        test: dict[str, Any] = {
            "interval": "1m",
            "input_series": [{"series": name, "values": values} for name, values in series.items()],
            "promql_expr_test": [
                {"expr": count, "eval_time": at, "exp_samples": [{"labels": "{}", "value": expected}]}
            ],
        }
        document = {"rule_files": [str(rule_file)], "evaluation_interval": "1m", "tests": [test]}
        try:
            promtool("test", "rules", written(folder / "test.yaml", document))
        except AssertionError:
            return False
        return True

    return passes(1) or not passes(0)


@pytest.mark.parametrize("case", CASES, ids=[name for name, *_ in CASES])
def test_an_alert_fires_when_it_should_and_then_alone(
    rule_file: Path, tmp_path: Path, case: tuple[str, str, Series, Series]
) -> None:
    alert, at, bad, good = case
    assert fires(rule_file, tmp_path, alert, at, bad)
    assert not fires(rule_file, tmp_path, alert, at, good)


def test_an_alert_says_whose_it_is(rule_file: Path, tmp_path: Path) -> None:
    _, at, bad, _ = CASES[0]
    expected = {
        "exp_labels": {"severity": "warning", "namespace": "vllm", "service": "llm"},
        "exp_annotations": {
            "summary": "More requests wait in llm in namespace vllm than its engines work on.",
            "runbook_url": "https://github.com/neuronserve/neuronserve/blob/main/docs/observability.md#queue-growth",
        },
    }
    test = {
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in bad.items()],
        "alert_rule_test": [{"eval_time": at, "alertname": "NeuronserveQueueGrowth", "exp_alerts": [expected]}],
    }
    promtool("test", "rules", written(tmp_path / "test.yaml", {"rule_files": [str(rule_file)], "tests": [test]}))


def test_promtool_reads_every_query_of_a_dashboard(tmp_path: Path) -> None:
    queries = [query for page in PAGES for panel in page.panels for query, _ in panel.queries]
    rules = [
        {"record": f"query:{place}", "expr": query.replace("$__rate_interval", "5m")}
        for place, query in enumerate(queries)
    ]
    promtool("check", "rules", written(tmp_path / "rules.yaml", {"groups": [{"name": "all", "rules": rules}]}))
