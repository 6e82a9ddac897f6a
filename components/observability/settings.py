"""The settings of what watches LLM services."""

from typing import Annotated

from pydantic import Field

from neuronserve.components.helm.settings import MirrorSettings
from neuronserve.facts.aws import LARGEST_GP3_GIB
from neuronserve.serving.settings import MAX_QUEUED_REQUESTS
from neuronserve.settings import Json, Later, Number, Required, Settings, Text, WholeNumber

TIME_TO_FIRST_TOKEN_S = 10
"""The mean that users are taken to bear: a prompt of some thousand tokens, and a short queue, on inf2.8xlarge."""


class WatchedServiceSettings(Settings):
    """An LLM service that is watched."""

    namespace: Later[Text] = "vllm"
    """Its Kubernetes namespace."""
    max_queued_requests: Later[WholeNumber] = MAX_QUEUED_REQUESTS
    """Requests that may wait in a replica of it, as its model.max_queued_requests says."""
    worker_usd_per_hour: Number | None = None
    """What one of its workers costs an hour, in US dollars. Default: it is not known, and counts for nothing."""


class CloudWatchMonitoringOptions(Settings):
    """A dashboard of CloudWatch, alarms, and a topic that they are sent to."""

    dashboard: bool = True
    """Whether there is a dashboard: $3 a month."""
    alarms: bool = True
    """Whether there are alarms, $0.10 a month for each metric of one: of steps that fail on the chips, bits that go
    wrong in their memory, a queue that grows, no replica that is ready, the time to the first token, and the spend."""
    topic_arn: Later[Text] | None = None
    """ARN of an SNS topic of the region that alarms are sent to. Default: one is made."""
    email_addresses: list[Later[Text]] = Field(default_factory=list)
    """Who gets the alarms from the topic that is made, and confirms it once by the link in an email."""
    time_to_first_token_s: Later[Number] = TIME_TO_FIRST_TOKEN_S
    """Seconds to the first token, the mean of all requests of a service in ten minutes, above which there is an
    alarm."""
    spend_usd_per_hour: Number | None = None
    """US dollars an hour above which the workers of all services are an alarm. Default: there is none."""


class CloudWatchMonitoringSettings(CloudWatchMonitoringOptions):
    """The arguments of CloudWatchMonitoring."""

    cluster_name: Annotated[Later[Text], Required("the name of the EKS cluster", stand_in="stand-in")]
    """The EKS cluster, in which a CloudWatchObservability sends metrics, those of services with service_metrics."""
    region: Annotated[Later[Text], Required("the cluster's region, such as us-west-2", stand_in="us-west-2")]
    """The cluster's region."""
    services: dict[str, WatchedServiceSettings] = Field(default_factory=dict)
    """The LLM services, by the names of their RayServices."""
    neuron: bool = True
    """Whether the cluster has nodes with Neuron chips."""


class PrometheusOptions(Settings):
    """A Prometheus with Grafana in the cluster, by the chart kube-prometheus-stack."""

    namespace: Text = "monitoring"
    """Its namespace, which is made."""
    retention_in_days: Annotated[WholeNumber, Field(ge=1)] = 15
    """Days for which Prometheus keeps what it scrapes."""
    storage_gib: Annotated[WholeNumber, Field(ge=1, le=LARGEST_GP3_GIB)] = 50
    """Its volume, in GiB."""
    storage_class: Later[Text] | None = None
    """The StorageClass of its volumes. Default: the cluster's."""
    time_to_first_token_s: Later[Number] = TIME_TO_FIRST_TOKEN_S
    """Seconds within which 95 of 100 requests of a service are to have their first token; otherwise there is an
    alert."""
    spend_usd_per_hour: Later[Number] | None = None
    """US dollars an hour above which the nodes that Karpenter makes are an alert. Default: there is none."""
    grafana: bool = True
    """Whether there is a Grafana, with dashboards for the users' experience, the accelerators, and cluster and cost."""
    alertmanager: bool = True
    """Whether there is an Alertmanager, which sends alerts to whom `values` says."""
    values: Later[Json] = Field(default_factory=dict)
    """Further values of the chart, laid over those of the component, such as alertmanager.config."""


class PrometheusObservabilitySettings(PrometheusOptions):
    """The arguments of PrometheusObservability."""

    install_crds: bool = True
    """Whether the component makes the CRDs of the Prometheus operator; false where the cluster has them."""
    neuron: bool = True
    """Whether the cluster has nodes with Neuron chips."""
    mirror: MirrorSettings = MirrorSettings()
    """Where chart, CRDs and images are taken from. Default: their public homes."""
