import json
import re
from typing import Any, cast

import pulumi
import pytest

from neuronserve.components import CloudWatchMonitoring, CloudWatchMonitoringArgs
from neuronserve.facts.metrics import (
    CLOUD_WATCH_METRICS,
    CLOUD_WATCH_NAMESPACE,
    CONTAINER_INSIGHTS_NAMESPACE,
    METRICS,
    ROLE_DIMENSION,
    SERVICE_DIMENSIONS,
    Source,
)
from neuronserve.plan.plan import Plan
from neuronserve.plan.program import run
from neuronserve.settings import InvalidSettingsError
from tests.project import ROOT

ALARM = "aws:cloudwatch/metricAlarm:MetricAlarm"
DASHBOARD = "aws:cloudwatch/dashboard:Dashboard"
TOPIC, KEY = "aws:sns/topic:Topic", "aws:kms/key:Key"
SERVICES = {
    "llama": {"namespace": "vllm", "max_queued_requests": 32, "worker_usd_per_hour": 1.97},
    "mistral": {"namespace": "research", "worker_usd_per_hour": 21.5},
}
MINE = "arn:aws:sns:us-west-2:111122223333:mine"


def deploy(**args: Any) -> Plan:
    def program() -> None:
        all_args = {"cluster_name": "llm", "region": "us-west-2", "services": SERVICES, **args}
        made = CloudWatchMonitoring("watch", cast(CloudWatchMonitoringArgs, all_args))
        pulumi.export("topic", made.topic_arn)
        pulumi.export("alarms", made.alarm_names)

    return run(program)


def problems(**args: Any) -> list[str]:
    with pytest.raises(InvalidSettingsError) as caught:
        CloudWatchMonitoring(
            "watch", cast(CloudWatchMonitoringArgs, {"cluster_name": "llm", "region": "us-west-2", **args})
        )
    return caught.value.problems


def alarms(plan: Plan) -> dict[str, dict[str, Any]]:
    return {alarm.inputs["name"]: alarm.inputs for alarm in plan.of_type(ALARM)}


def widgets(plan: Plan) -> list[dict[str, Any]]:
    body = json.loads(plan.resource(DASHBOARD).inputs["dashboardBody"])
    return cast(list[dict[str, Any]], body["widgets"])


def named(plan: Plan) -> set[tuple[str, str, frozenset[str]]]:
    """Return namespace, name and dimensions of each metric that the dashboard or an alarm names."""
    found = set()
    for widget in widgets(plan):
        for line in widget["properties"].get("metrics", []):
            if isinstance(line[0], str):
                namespace, name, *dimensions = line[:-1]
                found.add((namespace, name, frozenset(dimensions[::2])))
    for alarm in alarms(plan).values():
        for query in alarm["metricQueries"]:
            if metric := query.get("metric"):
                found.add((metric["namespace"], metric["metricName"], frozenset(metric["dimensions"])))
    return found


def test_there_is_an_alarm_for_each_thing_and_service() -> None:
    of_services = {"queue-growth", "no-replica-ready", "time-to-first-token"}
    assert alarms(deploy()).keys() == {
        "llm-execution-errors",
        "llm-ecc-events",
        *(f"llm-{service}-{key}" for service in SERVICES for key in of_services),
    }
    assert "llm-spend" in alarms(deploy(spend_usd_per_hour=50))
    assert "llm-spend" not in alarms(deploy(spend_usd_per_hour=50, services={"cpu": {}}))
    assert alarms(deploy(neuron=False, services={})) == {}


def test_every_metric_is_one_that_is_sent_with_the_dimensions_that_it_is_sent_with() -> None:
    of_service = frozenset(SERVICE_DIMENSIONS)
    sent = {metric.name for metric in CLOUD_WATCH_METRICS}
    found = named(deploy(spend_usd_per_hour=50))
    for namespace, name, dimensions in found:
        if namespace == CLOUD_WATCH_NAMESPACE:
            assert name in sent
            assert dimensions == (of_service | {ROLE_DIMENSION} if name == "up" else of_service)
        else:
            assert namespace == CONTAINER_INSIGHTS_NAMESPACE
            assert METRICS[name].source is Source.CONTAINER_INSIGHTS
            assert dimensions == {SERVICE_DIMENSIONS[0]}
    # Nothing is paid for and shown nowhere.
    assert {name for namespace, name, _ in found if namespace == CLOUD_WATCH_NAMESPACE} == sent


def test_a_queue_grows_where_half_of_it_is_taken() -> None:
    llama = alarms(deploy())["llm-llama-queue-growth"]
    assert (llama["threshold"], llama["comparisonOperator"], llama["treatMissingData"]) == (
        16,
        "GreaterThanThreshold",
        "notBreaching",
    )
    (query,) = llama["metricQueries"]
    assert query["metric"]["dimensions"] == {"ClusterName": "llm", "Namespace": "vllm", "Service": "llama"}


def test_silence_is_no_replica() -> None:
    alarm = alarms(deploy())["llm-mistral-no-replica-ready"]
    assert (alarm["threshold"], alarm["comparisonOperator"], alarm["treatMissingData"]) == (
        1,
        "LessThanThreshold",
        "breaching",
    )


def test_the_spend_is_of_all_workers_at_their_price() -> None:
    alarm = alarms(deploy(spend_usd_per_hour=50))["llm-spend"]
    total, llama, mistral = alarm["metricQueries"]
    assert total["expression"] == "1.97 * 60 * FILL(m0, 0) / PERIOD(m0) + 21.5 * 60 * FILL(m1, 0) / PERIOD(m1)"
    assert [query["returnData"] for query in (total, llama, mistral)] == [True, False, False]
    assert llama["metric"]["dimensions"]["Role"] == "worker"
    assert alarm["threshold"] == 50


def test_alarms_go_to_a_topic_that_cloud_watch_may_use() -> None:
    plan = deploy(email_addresses=["oncall@example.com"])
    (topic,) = plan.of_type(TOPIC)
    assert topic.inputs["kmsMasterKeyId"] == f"${{{plan.resource(KEY).urn}.id}}"
    policy = json.loads(plan.resource(KEY).inputs["policy"])
    (sends,) = (one for one in policy["Statement"] if one["Sid"] == "SendAlarms")
    assert sends["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert all(
        alarm["alarmActions"] == [f"${{{topic.urn}.arn}}"] == alarm["okActions"] for alarm in alarms(plan).values()
    )
    (subscription,) = plan.of_type("aws:sns/topicSubscription:TopicSubscription")
    assert (subscription.inputs["protocol"], subscription.inputs["endpoint"]) == ("email", "oncall@example.com")


def test_a_topic_of_the_users_own_takes_its_place() -> None:
    plan = deploy(topic_arn=MINE)
    assert not plan.of_type(TOPIC)
    assert not plan.of_type(KEY)
    assert plan.outputs["topic"] == MINE
    assert all(alarm["alarmActions"] == [MINE] for alarm in alarms(plan).values())


def test_each_alarm_leads_to_what_to_do_about_it() -> None:
    page = (ROOT / "docs" / "observability.md").read_text()
    headings = set(re.findall(r"^### (\S+)$", page, re.MULTILINE))
    for name, alarm in alarms(deploy(spend_usd_per_hour=50)).items():
        where, _, key = alarm["alarmDescription"].rpartition("#")
        assert where.endswith("docs/observability.md")
        assert key in headings, name


def test_the_dashboard_has_its_parts_side_by_side() -> None:
    found = widgets(deploy())
    headers = [one["properties"]["markdown"] for one in found if one["type"] == "text"]
    assert headers == ["## Users' experience", "## Accelerators", "## Cluster and cost"]
    taken = set()
    for one in found:
        cells = {
            (x, y) for x in range(one["x"], one["x"] + one["width"]) for y in range(one["y"], one["y"] + one["height"])
        }
        assert not cells & taken
        assert max(x for x, _ in cells) < 24
        taken |= cells
    (shown,) = (one for one in found if one["type"] == "alarm")
    assert len(shown["properties"]["alarms"]) == len(alarms(deploy()))


def test_without_chips_and_without_alarms_there_is_less() -> None:
    found = widgets(deploy(neuron=False, alarms=False))
    assert [one["properties"]["markdown"] for one in found if one["type"] == "text"] == [
        "## Users' experience",
        "## Cluster and cost",
    ]
    assert not [one for one in found if one["type"] == "alarm"]


def test_what_is_known_later_may_come_later() -> None:
    later = {
        "cluster_name": pulumi.Output.from_input("llm"),
        "time_to_first_token_s": pulumi.Output.from_input(3),
        "services": {"llama": {**SERVICES["llama"], "max_queued_requests": pulumi.Output.from_input(32)}},
    }
    plan, now = deploy(**later), deploy(time_to_first_token_s=3, services={"llama": SERVICES["llama"]})
    assert alarms(plan) == alarms(now)
    assert widgets(plan) == widgets(now)


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ({"dashboard": False, "alarms": False}, "nothing would be made"),
        ({"topic_arn": "mine"}, "topic_arn is 'mine'; it should be the ARN of an SNS topic"),
        ({"topic_arn": MINE.replace("us-west-2", "eu-west-1")}, "topic_arn is a topic in eu-west-1"),
        ({"topic_arn": MINE, "email_addresses": ["a@example.com"]}, "Subscribe them to your topic"),
        ({"email_addresses": ["oncall"]}, "email_addresses has 'oncall'; it should be an address"),
        ({"alarms": False, "spend_usd_per_hour": 5}, "alarms is false, so spend_usd_per_hour would do nothing"),
    ],
)
def test_mistakes_are_told(args: dict[str, Any], said: str) -> None:
    (problem,) = problems(**args)
    assert said in problem
