import base64
import json
import re
from typing import Any, cast

import pulumi
import pytest

from neuronserve.components import PrometheusObservability, PrometheusObservabilityArgs
from neuronserve.components.observability.panels import PAGES
from neuronserve.components.observability.rules import RECORDED, rule_groups
from neuronserve.facts.metrics import METRICS, Kind
from neuronserve.plan.plan import Plan
from neuronserve.plan.program import run
from neuronserve.settings import InvalidSettingsError
from tests.project import ROOT

RELEASE = "kubernetes:helm.sh/v3:Release"
MONITOR = "kubernetes:monitoring.coreos.com/v1:PodMonitor"
RULES = "kubernetes:monitoring.coreos.com/v1:PrometheusRule"
CONFIG_MAP, SECRET = "kubernetes:core/v1:ConfigMap", "kubernetes:core/v1:Secret"
NAMESPACE = "kubernetes:core/v1:Namespace"
WORDS = {
    *("avg", "by", "histogram_quantile", "increase", "le", "max", "rate", "sum", "node", "nodepool", "percentile"),
    *("namespace", "service", "component", "reason", "name", "api_key", "finished_reason", "error_type", "event_type"),
    *("e6", "e3"),
}
"""What PromQL's functions and the labels in queries are called."""


def deploy(**args: Any) -> Plan:
    def program() -> None:
        made = PrometheusObservability("watch", cast(PrometheusObservabilityArgs, args))
        pulumi.export("namespace", made.namespace)
        pulumi.export("password", made.grafana_password)

    return run(program)


def named(query: str) -> set[str]:
    """Return the metrics, and recorded series, that a query names."""
    bare = re.sub(r'"[^"]*"|\{[^}]*\}|\[[^]]*\]', "", query)
    return set(re.findall(r"[a-z][a-z0-9_:]*", bare)) - WORDS


def metric_of(series: str) -> str:
    found = METRICS.get(series)
    if found:
        assert found.kind is not Kind.HISTOGRAM, "a histogram has no series of its own name"
        return series
    histogram, _, suffix = series.rpartition("_")
    assert suffix in ("bucket", "sum", "count"), series
    assert METRICS[histogram].kind is Kind.HISTOGRAM
    return histogram


def rules(**args: Any) -> list[dict[str, Any]]:
    groups = rule_groups(**{"neuron": True, "time_to_first_token_s": 10, "spend_usd_per_hour": 50, **args})
    return [rule for group in groups for rule in group["rules"]]


def test_every_query_names_metrics_of_the_table_and_recorded_series_alone() -> None:
    queries = [query for page in PAGES for panel in page.panels for query, _ in panel.queries]
    queries += [rule["expr"] for rule in rules()]
    for query in queries:
        assert named(query)
        for series in named(query) - RECORDED.keys():
            assert metric_of(series)


def test_each_alert_leads_to_what_to_do_about_it() -> None:
    page = (ROOT / "docs" / "observability.md").read_text()
    headings = set(re.findall(r"^### (\S+)$", page, re.MULTILINE))
    for rule in rules():
        if "alert" in rule:
            assert rule["annotations"]["runbook_url"].rpartition("#")[2] in headings


def test_without_chips_and_without_a_limit_there_are_fewer_alerts() -> None:
    names = {rule["alert"] for rule in rules(neuron=False, spend_usd_per_hour=None) if "alert" in rule}
    assert all(name.startswith("Neuronserve") for name in names)
    assert "NeuronserveSpend" not in names
    assert "NeuronserveSpend" in {rule.get("alert") for rule in rules()}


def test_all_of_it_is_in_a_namespace_of_its_own() -> None:
    plan = deploy()
    (namespace,) = plan.of_type(NAMESPACE)
    assert namespace.inputs["metadata"]["name"] == plan.outputs["namespace"] == "monitoring"
    release = plan.resource(RELEASE)
    assert (release.inputs["name"], release.inputs["version"]) == ("kube-prometheus-stack", "88.5.3")
    assert release.inputs["skipCrds"]
    for kind in (MONITOR, RULES, CONFIG_MAP, SECRET):
        for resource in plan.of_type(kind):
            assert resource.inputs["metadata"]["namespace"] == "monitoring"


def test_pods_of_every_kind_are_scraped() -> None:
    monitors = {one.inputs["metadata"]["name"]: one.inputs["spec"] for one in deploy().of_type(MONITOR)}
    assert monitors.keys() == {"ray-head", "ray-worker", "kuberay-operator", "karpenter", "neuron-monitor"}
    worker = monitors["ray-worker"]
    assert worker["selector"]["matchLabels"] == {
        "app.kubernetes.io/part-of": "neuronserve",
        "app.kubernetes.io/component": "worker",
    }
    (endpoint,) = worker["podMetricsEndpoints"]
    assert endpoint["portNumber"] == 8080
    assert {one["targetLabel"] for one in endpoint["relabelings"]} == {"service", "component"}
    assert "neuron-monitor" not in {one.inputs["metadata"]["name"] for one in deploy(neuron=False).of_type(MONITOR)}


def test_the_rules_are_there_with_the_targets_that_are_set() -> None:
    groups = deploy(time_to_first_token_s=3, spend_usd_per_hour=40).resource(RULES).inputs["spec"]["groups"]
    assert groups == rule_groups(neuron=True, time_to_first_token_s=3, spend_usd_per_hour=40)
    later = deploy(time_to_first_token_s=pulumi.Output.from_input(3), spend_usd_per_hour=40)
    assert later.resource(RULES).inputs["spec"]["groups"] == groups


def test_grafana_has_its_dashboards_and_a_password_of_its_own() -> None:
    plan = deploy()
    boards = [json.loads(text) for one in plan.of_type(CONFIG_MAP) for text in one.inputs["data"].values()]
    assert {board["uid"] for board in boards} == {f"neuronserve-{page.key}" for page in PAGES}
    assert all(one.inputs["metadata"]["labels"]["grafana_dashboard"] == "1" for one in plan.of_type(CONFIG_MAP))
    values = plan.resource(RELEASE).inputs["values"]
    secret = plan.resource(SECRET)
    assert values["grafana"]["admin"]["existingSecret"] == secret.inputs["metadata"]["name"]
    assert plan.outputs["password"] == "[secret]"
    assert base64.b64encode(b"prom-operator").decode() not in plan.to_json()


def test_panels_do_not_lie_on_each_other() -> None:
    for one in deploy().of_type(CONFIG_MAP):
        (text,) = one.inputs["data"].values()
        places = [tuple(panel["gridPos"].values()) for panel in json.loads(text)["panels"]]
        assert len(set(places)) == len(places)


def test_without_grafana_there_is_nothing_of_it() -> None:
    plan = deploy(grafana=False)
    assert not plan.of_type(CONFIG_MAP)
    assert not plan.of_type(SECRET)
    assert plan.outputs["password"] is None
    assert plan.resource(RELEASE).inputs["values"]["grafana"]["enabled"] is False


def test_images_come_from_the_mirror() -> None:
    values = deploy(mirror={"registry": "mirror.example.com/x"}).resource(RELEASE).inputs["values"]
    registries = re.findall(r'"registry": "([^"]*)"', json.dumps(values))
    assert len(registries) == 8
    assert all(one.startswith("mirror.example.com/x/") for one in registries)


def test_further_values_win() -> None:
    values = deploy(values={"prometheus": {"prometheusSpec": {"retention": "3d"}}}).resource(RELEASE).inputs["values"]
    assert values["prometheus"]["prometheusSpec"]["retention"] == "3d"
    assert values["prometheus"]["prometheusSpec"]["podMonitorSelectorNilUsesHelmValues"] is False


@pytest.mark.parametrize("namespace", ["kube-system", "Monitoring", "a_b"])
def test_a_namespace_has_to_be_one_of_its_own(namespace: str) -> None:
    with pytest.raises(InvalidSettingsError, match="it should be the name of a namespace of its own"):
        PrometheusObservability("watch", {"namespace": namespace})
