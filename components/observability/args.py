"""The arguments of the components in ``components/observability``.

Generated from the settings classes by `make generate`: a change belongs there.
"""

from typing import Any, NotRequired, TypedDict

import pulumi

from neuronserve.components.helm.args import MirrorArgs


class WatchedServiceArgs(TypedDict):
    """An LLM service that is watched."""

    namespace: NotRequired[pulumi.Input[str] | None]
    """Its Kubernetes namespace. Default: vllm."""
    max_queued_requests: NotRequired[pulumi.Input[int] | None]
    """Requests that may wait in a replica of it, as its model.max_queued_requests says. Default: 64."""
    worker_usd_per_hour: NotRequired[float | None]
    """What one of its workers costs an hour, in US dollars. Default: it is not known, and counts for nothing."""


class CloudWatchMonitoringArgs(TypedDict):
    """The arguments of CloudWatchMonitoring."""

    dashboard: NotRequired[bool | None]
    """Whether there is a dashboard: $3 a month. Default: true."""
    alarms: NotRequired[bool | None]
    """Whether there are alarms, $0.10 a month for each metric of one: of steps that fail on the chips, bits that go
    wrong in their memory, a queue that grows, no replica that is ready, the time to the first token, and the spend.
    Default: true."""
    topic_arn: NotRequired[pulumi.Input[str] | None]
    """ARN of an SNS topic of the region that alarms are sent to. Default: one is made."""
    email_addresses: NotRequired[list[pulumi.Input[str]] | None]
    """Who gets the alarms from the topic that is made, and confirms it once by the link in an email."""
    time_to_first_token_s: NotRequired[pulumi.Input[float] | None]
    """Seconds to the first token, the mean of all requests of a service in ten minutes, above which there is an alarm.
    Default: 10."""
    spend_usd_per_hour: NotRequired[float | None]
    """US dollars an hour above which the workers of all services are an alarm. Default: there is none."""
    cluster_name: pulumi.Input[str]
    """The EKS cluster, in which a CloudWatchObservability sends metrics, those of services with service_metrics."""
    region: pulumi.Input[str]
    """The cluster's region."""
    services: NotRequired[dict[str, WatchedServiceArgs] | None]
    """The LLM services, by the names of their RayServices."""
    neuron: NotRequired[bool | None]
    """Whether the cluster has nodes with Neuron chips. Default: true."""


class PrometheusObservabilityArgs(TypedDict):
    """The arguments of PrometheusObservability."""

    namespace: NotRequired[str | None]
    """Its namespace, which is made. Default: monitoring."""
    retention_in_days: NotRequired[int | None]
    """Days for which Prometheus keeps what it scrapes. Default: 15."""
    storage_gib: NotRequired[int | None]
    """Its volume, in GiB. Default: 50."""
    storage_class: NotRequired[pulumi.Input[str] | None]
    """The StorageClass of its volumes. Default: the cluster's."""
    time_to_first_token_s: NotRequired[pulumi.Input[float] | None]
    """Seconds within which 95 of 100 requests of a service are to have their first token; otherwise there is an alert.
    Default: 10."""
    spend_usd_per_hour: NotRequired[pulumi.Input[float] | None]
    """US dollars an hour above which the nodes that Karpenter makes are an alert. Default: there is none."""
    grafana: NotRequired[bool | None]
    """Whether there is a Grafana, with dashboards for the users' experience, the accelerators, and cluster and cost.
    Default: true."""
    alertmanager: NotRequired[bool | None]
    """Whether there is an Alertmanager, which sends alerts to whom `values` says. Default: true."""
    values: NotRequired[pulumi.Input[Any] | None]
    """Further values of the chart, laid over those of the component, such as alertmanager.config."""
    install_crds: NotRequired[bool | None]
    """Whether the component makes the CRDs of the Prometheus operator; false where the cluster has them. Default:
    true."""
    neuron: NotRequired[bool | None]
    """Whether the cluster has nodes with Neuron chips. Default: true."""
    mirror: NotRequired[MirrorArgs | None]
    """Where chart, CRDs and images are taken from. Default: their public homes."""
