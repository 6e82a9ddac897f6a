"""The agent that scrapes services into CloudWatch: it cannot be run here, and is read as its makers document it."""

import json
import re
from typing import Any

import yaml

from neuronserve.components.add_ons.cloud_watch import CloudWatchObservability
from neuronserve.components.add_ons.service_metrics import agents, pipeline
from neuronserve.components.llm_service.ray_service_spec import METRICS_PORT, pod_labels
from neuronserve.facts.metrics import CLOUD_WATCH_METRICS, METRICS_AGENT, Kind
from neuronserve.plan.program import run
from tests.components.observability.promtool import promtool, written

ADD_ON = "aws:eks/addon:Addon"
LOG_GROUP = "aws:cloudwatch/logGroup:LogGroup"


def found() -> dict[str, Any]:
    return pipeline("llm", "us-west-2")


def scrape() -> dict[str, Any]:
    (receiver,) = found()["receivers"].values()
    (config,) = receiver["config"]["scrape_configs"]
    return dict(config)


def test_the_add_on_gets_one_agent_more() -> None:
    def program() -> None:
        CloudWatchObservability("watch", {"cluster_name": "llm", "region": "us-west-2", "service_metrics": True})

    plan = run(program)
    configuration = json.loads(plan.resource(ADD_ON).inputs["configurationValues"])
    names = [agent["name"] for agent in configuration["agents"]]
    assert names == ["cloudwatch-agent", "cloudwatch-agent-cluster-scraper", METRICS_AGENT]
    ours = configuration["agents"][-1]
    assert ours["otelConfig"] == found()
    assert ours["nodeSelector"] == {"neuronserve.io/nodes": "system"}
    (exporter,) = found()["exporters"].values()
    # The log group is there before the agent, which would make one that keeps everything.
    assert exporter["log_group_name"] in {one.inputs["name"] for one in plan.of_type(LOG_GROUP)}


def test_without_it_the_add_on_keeps_its_own_agents() -> None:
    plan = run(lambda: CloudWatchObservability("watch", {"cluster_name": "llm", "region": "us-west-2"}))
    assert "agents" not in json.loads(plan.resource(ADD_ON).inputs["configurationValues"])
    assert len(plan.of_type(LOG_GROUP)) == 4


def test_it_runs_anywhere_in_a_cluster_without_system_nodes() -> None:
    *_, ours = agents("llm", "us-west-2", system_nodes=False)  # type: ignore[misc] # a list: all of it is known
    assert "nodeSelector" not in ours


def test_the_collector_replaces_nothing_in_it() -> None:
    assert "$" not in yaml.safe_dump(found())


def test_each_part_of_the_pipeline_is_there() -> None:
    config = found()
    (line,) = config["service"]["pipelines"].values()
    for kind in ("receivers", "processors", "exporters"):
        assert line[kind] == [*config[kind]]
    # The exporter takes a histogram for what came since the last one.
    assert line["processors"][0].startswith("cumulativetodelta/")


def test_the_pods_of_services_are_kept_with_their_names() -> None:
    rules = scrape()["relabel_configs"]
    kept = {rule["source_labels"][0]: rule["regex"] for rule in rules if rule.get("action") == "keep"}
    prefix = "__meta_kubernetes_pod_"
    assert kept[f"{prefix}label_app_kubernetes_io_part_of"] == pod_labels("llm", "head")["app.kubernetes.io/part-of"]
    assert kept[f"{prefix}container_port_number"] == str(METRICS_PORT)
    assert {rule["target_label"] for rule in rules if "target_label" in rule} == {
        *("ClusterName", "Namespace", "Service", "Role", "PodName"),
    }


def test_exactly_the_series_of_the_table_are_sent() -> None:
    (rule,) = scrape()["metric_relabel_configs"]
    keep = re.compile(rule["regex"])
    (exporter,) = found()["exporters"].values()
    selectors = [
        re.compile(one.replace(r"\z", r"\Z"))
        for d in exporter["metric_declarations"]
        for one in d["metric_name_selectors"]
    ]
    for metric in CLOUD_WATCH_METRICS:
        suffixes = ("_bucket", "_sum", "_count") if metric.kind is Kind.HISTOGRAM else ("",)
        assert all(keep.fullmatch(metric.name + suffix) for suffix in suffixes)
        assert sum(bool(selector.match(metric.name)) for selector in selectors) == 1
        assert not any(selector.match(f"{metric.name}_by_reason") for selector in selectors)
    assert not keep.fullmatch("ray_vllm_num_requests_waiting_by_reason")
    assert not keep.fullmatch("ray_node_cpu_utilization")


def test_prometheus_reads_its_scrape_configuration(tmp_path: Any) -> None:
    # Debian's knows no way to find pods.
    config = {name: value for name, value in scrape().items() if name != "kubernetes_sd_configs"}
    promtool("check", "config", written(tmp_path / "prometheus.yaml", {"scrape_configs": [config]}))
