"""What watches a stack, and what is said of settings with which nothing would be watched."""

import json
from pathlib import Path
from typing import Any

import pytest

from neuronserve.plan.plan import Plan
from neuronserve.plan.program import synthesise
from neuronserve.review.cost import cost_at_rest
from tests.project import project_with
from tests.stack.reading import AWS, LLAMA, LOCAL, LONG, SMALL, problems_of, settings_of

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"
ADD_ON = "aws:eks/addon:Addon"
POLICY = "kubernetes:networking.k8s.io/v1:NetworkPolicy"
RELEASE = "kubernetes:helm.sh/v3:Release"
RAY_SERVICE = "kubernetes:ray.io/v1:RayService"
BOTH = {"observability": {"cloudWatch": {"spendUsdPerHour": 60}, "prometheus": {}}}


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    services = {"llama": LLAMA, "long": LONG | {"namespace": "research"}}
    values = AWS | BOTH | {"services": services, "aws:region": "us-west-2"}
    return synthesise(project_with(tmp_path_factory.mktemp("watched"), values), "test")


def monitoring_namespaces(values: dict[str, Any]) -> list[str]:
    (service,) = settings_of(values).services.values()
    return [str(one) for one in service.network_policy.monitoring_namespaces]


def test_nothing_of_it_is_there_unless_it_is_asked_for(tmp_path: Path) -> None:
    plan = synthesise(project_with(tmp_path, AWS | {"aws:region": "us-west-2"}), "test")
    assert not plan.of_type(ALARM)
    assert not plan.of_type(DASHBOARD)
    assert "grafanaPassword" not in plan.outputs
    assert not [one for one in plan.of_type(ADD_ON) if "agents" in (one.inputs.get("configurationValues") or "")]


def test_all_services_have_their_alarms_after_they_answer(watched: Plan) -> None:
    names = {alarm.inputs["name"] for alarm in watched.of_type(ALARM)}
    for service in ("llama", "long"):
        assert f"neuronserve-test-{service}-queue-growth" in names
    assert "neuronserve-test-spend" in names
    answering = {one.urn for one in watched.of_type(RAY_SERVICE)}
    assert answering <= set(watched.resource("neuronserve:index:CloudWatchMonitoring").dependencies)


def test_the_spend_counts_workers_at_the_price_of_their_nodes(watched: Plan) -> None:
    (spend,) = (one.inputs for one in watched.of_type(ALARM) if one.inputs["name"].endswith("-spend"))
    total, llama, long = spend["metricQueries"]
    assert total["expression"].startswith("1.96786 *")
    assert "21.5 *" in total["expression"]
    assert long["metric"]["dimensions"]["Namespace"] == "research"
    assert llama["metric"]["dimensions"]["ClusterName"] == "neuronserve-test"


def test_the_agent_is_there_and_let_in(watched: Plan) -> None:
    (add_on,) = (one for one in watched.of_type(ADD_ON) if one.inputs["addonName"].startswith("amazon-cloudwatch"))
    agents = json.loads(add_on.inputs["configurationValues"])["agents"]
    assert [agent["name"] for agent in agents][-1] == "neuronserve-metrics"
    for policy in watched.of_type(POLICY):
        text = json.dumps(policy.inputs["spec"].get("ingress", []))
        if '"port": 8080' in text:
            assert "amazon-cloudwatch" in text
            assert "monitoring" in text


def test_who_scrapes_is_let_in_besides_those_that_are_named() -> None:
    assert monitoring_namespaces(AWS) == []
    assert monitoring_namespaces(AWS | BOTH) == ["amazon-cloudwatch", "monitoring"]
    mine = (
        AWS
        | BOTH
        | {"services": {"llama": LLAMA | {"networkPolicy": {"monitoringNamespaces": ["monitoring", "mine"]}}}}
    )
    assert monitoring_namespaces(mine) == ["monitoring", "mine", "amazon-cloudwatch"]
    assert monitoring_namespaces(LOCAL | {"observability": {"prometheus": {"namespace": "watch"}}}) == ["watch"]
    off = {"services": {"llama": LLAMA | {"networkPolicy": {"enabled": False}}}}
    assert monitoring_namespaces(AWS | BOTH | off) == []


def test_a_prometheus_goes_into_any_kubernetes(tmp_path: Path) -> None:
    plan = synthesise(project_with(tmp_path, LOCAL | {"observability": {"prometheus": {"storageGib": 5}}}), "test")
    (release,) = plan.of_type(RELEASE)
    assert release.inputs["name"] == "kube-prometheus-stack"
    assert plan.outputs["prometheusNamespace"] == "monitoring"
    assert plan.outputs["grafanaPassword"] == "[secret]"
    monitors = {
        one.inputs["metadata"]["name"] for one in plan.of_type("kubernetes:monitoring.coreos.com/v1:PodMonitor")
    }
    assert "neuron-monitor" not in monitors


def test_what_it_costs_is_said(watched: Plan) -> None:
    cost = cost_at_rest(watched)
    assert cost
    assert cost.parts["dashboard"] == 3
    # Two of the chips, three of each service, and two workers' counts of the spend.
    assert cost.parts["alarms"] == pytest.approx(0.1 * (2 + 3 * 2 + 2))
    assert cost.parts["metrics of services"] == pytest.approx(0.3 * 16 * 2)
    assert cost.parts["KMS"] == 2


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            LOCAL | {"observability": {"cloudWatch": {}}},
            "neuronserve:observability.cloudWatch is set, and neuronserve:addOns.cloudWatch is not true",
        ),
        (
            AWS | {"addOns": {"cloudWatch": False}, "observability": {"cloudWatch": {}}},
            "so no metric would ever arrive. Set neuronserve:addOns.cloudWatch to true",
        ),
        (
            AWS | {"observability": {"cloudWatch": {"topicArn": "arn:aws:sns:eu-west-1:111122223333:mine"}}},
            "neuronserve:observability.cloudWatch.topicArn is a topic in eu-west-1",
        ),
        (
            AWS | {"observability": {"prometheus": {"namespace": "vllm"}}},
            "neuronserve:observability.prometheus.namespace is 'vllm', a namespace that this stack makes",
        ),
        (
            AWS | {"observability": {"prometheus": {}}, "mirror": {"chartDirectory": "/nowhere"}},
            "which has no chart kube-prometheus-stack",
        ),
        (AWS | {"observability": {"cloudwatch": {}}}, "neuronserve:observability.cloudwatch is unknown"),
    ],
)
def test_what_would_watch_nothing_is_refused(values: dict[str, Any], said: str) -> None:
    assert any(said in problem for problem in problems_of(values)), problems_of(values)


def test_a_service_on_the_cpu_has_no_price() -> None:
    assert (
        problems_of(AWS | {"services": {"small": SMALL}, "observability": {"cloudWatch": {"spendUsdPerHour": 5}}}) == []
    )
