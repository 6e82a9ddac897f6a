"""The component that sends metrics and logs of an EKS cluster, Neuron devices included, to CloudWatch."""

import json
from typing import Any

import pulumi
import pulumi_aws as aws

from neuronserve.components.add_ons import service_metrics
from neuronserve.components.add_ons.args import CloudWatchObservabilityArgs
from neuronserve.components.add_ons.settings import CloudWatchObservabilitySettings
from neuronserve.components.component import Component
from neuronserve.components.identity.pod_identity import PodIdentity
from neuronserve.components.log_group import adoption_problems, log_group
from neuronserve.components.overlay import merged
from neuronserve.facts.aws import CLOUD_WATCH_PODS, LOG_RETENTION_DAYS, managed_policy_arn, partition
from neuronserve.facts.system_nodes import on_system_nodes
from neuronserve.settings import SettingNames, known, read_arguments, when_known

ADD_ON = "amazon-cloudwatch-observability"
NAMESPACE = CLOUD_WATCH_PODS
SERVICE_ACCOUNT = "cloudwatch-agent"
"""Agent and Fluent Bit both use it."""

LOG_GROUPS = ("performance", "application", "dataplane", "host")
"""Below ``/aws/containerinsights/<cluster>/``: the agent's metrics as events, logs of pods, of Kubernetes' parts on the
nodes, and of the nodes (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-setup-logs-FluentBit.html)."""

ADD_ON_TIMEOUT = "20m"
"""Its pods start on every node, and the images have to arrive."""


class CloudWatchObservability(Component[CloudWatchObservabilitySettings]):
    """Container Insights with enhanced observability, as the EKS add-on amazon-cloudwatch-observability.

    Metrics of nodes, pods and NeuronCores arrive in the CloudWatch namespace ContainerInsights, logs in four log groups
    that are made here first: made by the add-on they would keep everything for ever. They stay when the component goes,
    and what comes after has to adopt them. Fluent Bit, part of the add-on, is
    the only thing that ships logs. Application Signals and the second, OpenTelemetry form of the metrics, both on by
    default and charged for, are off; ``configuration`` turns them on. The metrics of Ray Serve and vLLM come with
    ``service_metrics``, into the CloudWatch namespace neuronserve.

    The add-on's images are in EKS's own registry in the region
    (https://docs.aws.amazon.com/eks/latest/userguide/add-ons-images.html): there is no public one to mirror.

    Raises:
        InvalidSettingsError: the arguments cannot be deployed; the message lists everything that is wrong.
    """

    role_arn: pulumi.Output[str]
    """ARN of the collectors' role."""
    log_group_names: pulumi.Output[dict[str, str]]
    """Names of the log groups, by performance, application, dataplane and host, with service_metrics by prometheus."""
    metrics_namespace: pulumi.Output[str]
    """The CloudWatch namespace of the metrics."""

    def __init__(
        self, name: str, args: CloudWatchObservabilityArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        settings = read_arguments(CloudWatchObservabilitySettings, args, *RULES, of=f"CloudWatchObservability {name}")
        super().__init__("neuronserve:index:CloudWatchObservability", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        groups = {
            group: log_group(
                f"{name}-{group}",
                name=when_known(f"/aws/containerinsights/{{}}/{group}".format, settings.cluster_name),
                retention_in_days=settings.log_retention_in_days,
                adopt=settings.adopt_log_groups,
                opts=child,
            )
            for group in (*LOG_GROUPS, *((service_metrics.LOG_GROUP,) if settings.service_metrics else ()))
        }
        identity = PodIdentity(
            f"{name}-identity",
            {
                "cluster_name": settings.cluster_name,
                "namespace": NAMESPACE,
                "service_account": SERVICE_ACCOUNT,
                "managed_policies": {"agent": when_known(_agent_policy, settings.region)},
            },
            child,
        )
        aws.eks.Addon(
            f"{name}-add-on",
            cluster_name=settings.cluster_name,
            addon_name=ADD_ON,
            addon_version=settings.version,
            configuration_values=when_known(json.dumps, add_on_configuration(settings)),
            resolve_conflicts_on_create="OVERWRITE",
            resolve_conflicts_on_update="OVERWRITE",
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[identity, *groups.values()],
                custom_timeouts=pulumi.CustomTimeouts(
                    create=ADD_ON_TIMEOUT, update=ADD_ON_TIMEOUT, delete=ADD_ON_TIMEOUT
                ),
            ),
        )
        self.role_arn = identity.role_arn
        self.log_group_names = pulumi.Output.all(**{group: resource.name for group, resource in groups.items()})
        self.metrics_namespace = pulumi.Output.from_input("ContainerInsights")
        self.register_outputs(
            {
                "roleArn": self.role_arn,
                "logGroupNames": self.log_group_names,
                "metricsNamespace": self.metrics_namespace,
            }
        )


def _agent_policy(region: str) -> str:
    return managed_policy_arn("CloudWatchAgentServerPolicy", partition(region))


def add_on_configuration(settings: CloudWatchObservabilitySettings) -> Any:
    """Return the add-on's configuration: values of its chart, as far as the add-on's schema admits them.

    Feature switches and their meaning: ``charts/amazon-cloudwatch-observability/AGENTS.md`` of
    https://github.com/aws-observability/helm-charts.
    """
    configuration: dict[str, Any] = {
        # Collectors belong on every node, whatever its taints, aws.amazon.com/neuron among them.
        "tolerations": [{"operator": "Exists"}],
        # Accelerators' metrics are part of it unless switched off.
        "containerInsights": {"enabled": True},
        "neuronMonitor": {"enabled": True},
        "dcgmExporter": {"enabled": False},  # for NVIDIA
        "otelContainerInsights": {"enabled": False},
        "applicationSignals": {"enabled": False},
        "containerLogs": {"enabled": settings.container_logs},
    }
    if settings.on_system_nodes:
        configuration["manager"] = on_system_nodes()
    if settings.service_metrics:
        configuration["agents"] = service_metrics.agents(
            settings.cluster_name, settings.region, system_nodes=settings.on_system_nodes
        )
    return merged(configuration, settings.configuration)


def _retention(settings: CloudWatchObservabilitySettings, names: SettingNames) -> list[str]:
    days = known(settings.log_retention_in_days)
    if days in LOG_RETENTION_DAYS:
        return []
    choices = ", ".join(map(str, LOG_RETENTION_DAYS))
    return [f"{names('log_retention_in_days')} is {days}, but CloudWatch knows {choices}. Choose one of them."]


def _adoption(settings: CloudWatchObservabilitySettings, names: SettingNames) -> list[str]:
    return adoption_problems("adopt_log_groups", settings.cluster_name, names) if settings.adopt_log_groups else []


RULES = (_retention, _adoption)
