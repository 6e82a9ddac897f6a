"""A stack's dashboard, alarms and topic, asked of moto, as tests/stacks/test_moto.py asks for the rest."""

import json
from typing import Any

import pytest

from neuronserve.plan.aws_inputs import REFERENCE
from neuronserve.plan.plan import Plan
from neuronserve.plan.program import synthesise
from tests.project import project_with
from tests.stack.reading import AWS, LLAMA, LONG
from tests.stacks.moto_account import REGION, client

pytestmark = pytest.mark.slow

ALARM, DASHBOARD = "aws:cloudwatch/metricAlarm:MetricAlarm", "aws:cloudwatch/dashboard:Dashboard"
KEY, TOPIC = "aws:kms/key:Key", "aws:sns/topic:Topic"
SUBSCRIPTION = "aws:sns/topicSubscription:TopicSubscription"
NAMES = {
    "name": "AlarmName",
    "okActions": "OKActions",
    "metricQueries": "Metrics",
}
"""AWS's names of inputs that the provider calls otherwise."""


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    values = AWS | {
        "services": {"llama": LLAMA, "long": LONG | {"namespace": "research"}},
        "observability": {"cloudWatch": {"spendUsdPerHour": 60, "emailAddresses": ["oncall@example.com"]}},
        "aws:region": REGION,
    }
    return synthesise(project_with(tmp_path_factory.mktemp("watched"), values), "test")


def topic_arn(plan: Plan) -> str:
    (inputs,) = (one.inputs for one in plan.of_type(KEY) if "policy" in one.inputs)
    key = client("kms").create_key(Policy=inputs["policy"], Description=inputs["description"])
    sns = client("sns")
    made = sns.create_topic(Name="alarms", Attributes={"KmsMasterKeyId": key["KeyMetadata"]["KeyId"]})["TopicArn"]
    inputs = plan.resource(SUBSCRIPTION).inputs
    sns.subscribe(TopicArn=made, Protocol=inputs["protocol"], Endpoint=inputs["endpoint"])
    return str(made)


def upper(value: Any) -> Any:
    """Return a query with names that begin as AWS's do, and its metric where AWS has it."""
    if "metric" not in value:
        return {name[0].upper() + name[1:]: item for name, item in value.items()}
    metric = value["metric"]
    dimensions = [{"Name": name, "Value": item} for name, item in metric["dimensions"].items()]
    of = {"Namespace": metric["namespace"], "MetricName": metric["metricName"], "Dimensions": dimensions}
    stat = {"Metric": of, "Period": metric["period"], "Stat": metric["stat"]}
    return {"Id": value["id"], "ReturnData": value["returnData"], "MetricStat": stat}


def asked(inputs: dict[str, Any], topic: str) -> dict[str, Any]:
    known = {name: value for name, value in inputs.items() if name not in ("tags", "tagsAll")}
    asked = {NAMES.get(name, name[0].upper() + name[1:]): value for name, value in known.items()}
    return asked | {
        "Metrics": [upper(query) for query in inputs["metricQueries"]],
        "AlarmActions": [topic],
        "OKActions": [topic],
    }


def test_the_alarms(aws: None, plan: Plan) -> None:
    cloud_watch, topic = client("cloudwatch"), topic_arn(plan)
    for alarm in plan.of_type(ALARM):
        cloud_watch.put_metric_alarm(**asked(alarm.inputs, topic))
    kept = {one["AlarmName"]: one for one in cloud_watch.describe_alarms()["MetricAlarms"]}
    assert len(kept) == len(plan.of_type(ALARM)) == 9
    queue = kept["neuronserve-test-llama-queue-growth"]
    assert queue["AlarmActions"] == [topic]
    (metric,) = queue["Metrics"]
    assert metric["MetricStat"]["Metric"]["MetricName"] == "ray_vllm_num_requests_waiting"
    # Periods times their number are a day at most.
    for one in kept.values():
        periods = [metric["MetricStat"]["Period"] for metric in one["Metrics"] if "MetricStat" in metric]
        assert max(periods) * one["EvaluationPeriods"] <= 86_400
        assert sum(metric.get("ReturnData", True) for metric in one["Metrics"]) == 1


def test_an_alarm_goes_to_the_topic(aws: None, plan: Plan) -> None:
    topic = topic_arn(plan)
    (subscription,) = client("sns").list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
    assert subscription["Endpoint"] == "oncall@example.com"
    attributes = client("sns").get_topic_attributes(TopicArn=topic)["Attributes"]
    assert attributes["KmsMasterKeyId"]
    assert plan.resource(TOPIC).inputs["kmsMasterKeyId"]


def test_the_dashboard(aws: None, plan: Plan) -> None:
    cloud_watch, inputs = client("cloudwatch"), plan.resource(DASHBOARD).inputs
    arn = f"arn:aws:cloudwatch:{REGION}:111122223333:alarm:one"
    body = REFERENCE.sub(arn, inputs["dashboardBody"])
    cloud_watch.put_dashboard(DashboardName=inputs["dashboardName"], DashboardBody=body)
    kept = json.loads(cloud_watch.get_dashboard(DashboardName="neuronserve-test")["DashboardBody"])
    assert [one["type"] for one in kept["widgets"]].count("metric") > 10
    # Every line of every graph is one that the API takes as a query.
    for widget in kept["widgets"]:
        queries = [*map(query, widget["properties"].get("metrics", []))]
        if queries:
            cloud_watch.get_metric_data(MetricDataQueries=queries, StartTime=0, EndTime=3600)


def query(line: list[Any]) -> dict[str, Any]:
    """Return a line of a graph as a query of CloudWatch's API."""
    *names, options = line
    if not names:
        return {"Id": options["id"], "Expression": options["expression"], "Label": options["label"]}
    namespace, name, *pairs = names
    dimensions = [{"Name": key, "Value": value} for key, value in zip(pairs[::2], pairs[1::2], strict=True)]
    metric = {"Namespace": namespace, "MetricName": name, "Dimensions": dimensions}
    return {"Id": options["id"], "MetricStat": {"Metric": metric, "Period": 60, "Stat": options["stat"]}}
