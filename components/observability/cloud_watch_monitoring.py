"""The component that makes a dashboard and alarms in CloudWatch for a cluster with LLM services."""

import json
from collections.abc import Mapping
from typing import Any

import pulumi
import pulumi_aws as aws

from neuronserve.components.component import Component
from neuronserve.components.identity.policy import Statement, policy_document
from neuronserve.components.observability.alarms import PERIOD_S, Alarm, alarms, spend, spend_alarm
from neuronserve.components.observability.args import CloudWatchMonitoringArgs
from neuronserve.components.observability.cloud_watch_checks import RULES
from neuronserve.components.observability.dashboard import dashboard, total_expression
from neuronserve.components.observability.settings import CloudWatchMonitoringSettings, WatchedServiceSettings
from neuronserve.facts.aws import partition
from neuronserve.settings import InvalidSettingsError, known, read_arguments, when_known

KEY_DELETION_DAYS = 7
"""The shortest that KMS knows; nothing is kept under the topic's key."""


class CloudWatchMonitoring(Component[CloudWatchMonitoringSettings]):
    """A dashboard of CloudWatch for a cluster with LLM services, alarms, and the SNS topic that they are sent to.

    What they look at comes from the add-on of CloudWatchObservability; alarms of services need its service_metrics.
    What an alarm means and what to do about it is in docs/observability.md, to which each leads.

    The topic is encrypted with a key of its own, as CloudWatch may not use that of AWS
    (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Notify_Users_Alarm_Changes.html).

    Raises:
        InvalidSettingsError: the arguments cannot be deployed; the message lists everything that is wrong.
    """

    topic_arn: pulumi.Output[str] | None
    """ARN of the SNS topic that alarms are sent to; None without alarms."""
    dashboard_name: pulumi.Output[str] | None
    """Name of the dashboard; None where there is none."""
    alarm_names: pulumi.Output[list[str]]
    """Names of the alarms."""

    def __init__(self, name: str, args: CloudWatchMonitoringArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        settings = read_arguments(CloudWatchMonitoringSettings, args, *RULES, of=f"CloudWatchMonitoring {name}")
        super().__init__("neuronserve:index:CloudWatchMonitoring", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        made: list[aws.cloudwatch.MetricAlarm] = []
        self.topic_arn = None
        if settings.alarms:
            given = settings.topic_arn
            self.topic_arn = _topic(name, settings, child) if given is None else _given_topic(name, settings, given)
            made = [_alarm(f"{name}-{of}", of, settings, self.topic_arn, child) for of in _planned(settings)]
        self.dashboard_name = None
        if settings.dashboard:
            body = when_known(_body, settings, pulumi.Output.all(*(alarm.arn for alarm in made)))
            page = aws.cloudwatch.Dashboard(
                f"{name}-dashboard", dashboard_name=settings.cluster_name, dashboard_body=body, opts=child
            )
            self.dashboard_name = page.dashboard_name
        self.alarm_names = pulumi.Output.all(*(alarm.name for alarm in made))
        self.register_outputs(
            {"topicArn": self.topic_arn, "dashboardName": self.dashboard_name, "alarmNames": self.alarm_names}
        )


def _body(settings: CloudWatchMonitoringSettings, alarm_arns: list[str]) -> str:
    page = dashboard(
        known(settings.region),
        known(settings.cluster_name),
        settings.services,
        neuron=settings.neuron,
        alarm_arns=alarm_arns,
    )
    return json.dumps(page)


def _planned(settings: CloudWatchMonitoringSettings) -> list[str]:
    """Return the alarms that there are, as :func:`_name` calls them: how many does not hang on what is known later."""
    services = {name: WatchedServiceSettings() for name in settings.services}
    of = [_name(alarm) for alarm in alarms("cluster", services, neuron=settings.neuron, first_token_s=1)]
    priced = any(service.worker_usd_per_hour for service in settings.services.values())
    return [*of, *(["spend"] if settings.spend_usd_per_hour is not None and priced else [])]


def _name(alarm: Alarm) -> str:
    return f"{alarm.service}-{alarm.key}" if alarm.service else alarm.key


def _all(settings: CloudWatchMonitoringSettings) -> Mapping[str, Alarm]:
    """Return the alarms by name; nothing in the settings is an Output."""
    cluster = known(settings.cluster_name)
    found = [
        *alarms(cluster, settings.services, neuron=settings.neuron, first_token_s=known(settings.time_to_first_token_s))
    ]
    most, terms = settings.spend_usd_per_hour, spend(cluster, settings.services)
    if most is not None and terms:
        found.append(spend_alarm(terms, most))
    return {_name(alarm): alarm for alarm in found}


def _alarm(
    resource: str,
    of: str,
    settings: CloudWatchMonitoringSettings,
    topic_arn: pulumi.Input[str],
    opts: pulumi.ResourceOptions,
) -> aws.cloudwatch.MetricAlarm:
    def of_alarm(field: str) -> Any:
        return when_known(lambda found: _inputs(_all(found)[of])[field], settings)

    return aws.cloudwatch.MetricAlarm(
        resource,
        name=when_known(f"{{}}-{of}".format, settings.cluster_name),
        **{field: of_alarm(field) for field in INPUTS},
        alarm_actions=[topic_arn],
        ok_actions=[topic_arn],
        opts=opts,
    )


def _inputs(alarm: Alarm) -> dict[str, Any]:
    several = len(alarm.terms) > 1 or alarm.terms[0][0] != 1
    queries: list[dict[str, Any]] = [
        {
            "id": f"m{place}",
            "return_data": not several,
            "metric": {
                "namespace": value.namespace,
                "metric_name": value.name,
                "dimensions": dict(value.dimensions),
                "period": PERIOD_S,
                "stat": value.statistic,
            },
        }
        for place, (_, value) in enumerate(alarm.terms)
    ]
    if several:
        total = {"id": "total", "expression": total_expression(alarm.terms), "label": alarm.key, "return_data": True}
        queries.insert(0, total)
    return {
        "alarm_description": alarm.description,
        "comparison_operator": "GreaterThanThreshold" if alarm.above else "LessThanThreshold",
        "threshold": alarm.threshold,
        "evaluation_periods": alarm.minutes,
        "treat_missing_data": "breaching" if alarm.missing_is_bad else "notBreaching",
        "metric_queries": queries,
    }


INPUTS = (
    *("alarm_description", "comparison_operator", "threshold", "evaluation_periods", "treat_missing_data"),
    "metric_queries",
)
"""What :func:`_inputs` has."""


def _given_topic(name: str, settings: CloudWatchMonitoringSettings, arn: pulumi.Input[str]) -> pulumi.Output[str]:
    """Return the user's own topic; the program ends if it came to None."""

    def checked(found: str | None) -> str:
        if found is None:  # when no topic was made, because there is one
            problem = (
                f"{settings.as_written('topic_arn')} is an Output, and came to None. Whether it is set has to be known "
                "when the program runs: leave it out, or look whether the stack that it comes from has it."
            )
            raise InvalidSettingsError(f"CloudWatchMonitoring {name}", [problem]).raised_later(settings.as_written)
        return found

    return pulumi.Output.from_input(arn).apply(checked)


def _topic(name: str, settings: CloudWatchMonitoringSettings, child: pulumi.ResourceOptions) -> pulumi.Output[str]:
    account = aws.get_caller_identity_output(opts=pulumi.InvokeOptions(parent=child.parent)).account_id
    root = pulumi.Output.format("arn:{}:iam::{}:root", when_known(partition, settings.region), account)
    key = aws.kms.Key(
        f"{name}-topic",
        description=when_known("Alarms of {}".format, settings.cluster_name),
        enable_key_rotation=True,
        deletion_window_in_days=KEY_DELETION_DAYS,
        policy=policy_document(
            [
                Statement("Administrate", ("kms:*",), ["*"], principals={"AWS": root}),
                Statement(
                    "SendAlarms",
                    ("kms:Decrypt", "kms:GenerateDataKey*"),
                    ["*"],
                    {"StringEquals": {"aws:SourceAccount": account}},
                    principals={"Service": "cloudwatch.amazonaws.com"},
                ),
            ]
        ),
        opts=child,
    )
    topic = aws.sns.Topic(f"{name}-topic", kms_master_key_id=key.id, opts=child)
    for place, address in enumerate(settings.email_addresses):
        aws.sns.TopicSubscription(
            f"{name}-subscription-{place}", topic=topic.arn, protocol="email", endpoint=address, opts=child
        )
    return topic.arn
