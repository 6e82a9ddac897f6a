"""The component that sends metrics and logs of an EKS cluster, Neuron devices included, to CloudWatch."""

import json
from typing import Annotated, Any, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
from pydantic import Field

from neuronserve.components.cluster.checks import LOG_RETENTION_DAYS
from neuronserve.components.cluster.system_nodes import on_system_nodes
from neuronserve.components.helm.charts import merged
from neuronserve.components.identity import PodIdentity, partition
from neuronserve.settings.rules import Rule, broken_rules
from neuronserve.settings.settings import (
    PYTHON_NAMES,
    InvalidSettingsError,
    Json,
    Required,
    SettingNames,
    Settings,
    Text,
    TextOrOutput,
    WholeNumber,
    read,
)

ADD_ON = "amazon-cloudwatch-observability"
ADD_ON_VERSION = "v6.6.0-eksbuild.1"
"""For Kubernetes 1.28 and later. Public configurations of clusters with 1.36 ran it in 2026, such as
https://github.com/awslabs/global-capacity-orchestrator-on-aws, whose tests hold the schema of its configuration; not
verified by us with ``aws eks describe-addon-versions``. Neuron metrics need v1.5.0, Pod Identity v3.1.0."""

NAMESPACE = "amazon-cloudwatch"
SERVICE_ACCOUNT = "cloudwatch-agent"
"""Agent and Fluent Bit both use it."""

LOG_GROUPS = ("performance", "application", "dataplane", "host")
"""Below ``/aws/containerinsights/<cluster>/``: the agent's metrics as events, logs of pods, of Kubernetes' parts on the
nodes, and of the nodes (https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-setup-logs-FluentBit.html)."""

ADD_ON_TIMEOUT = "20m"
"""Its pods start on every node, and the images have to arrive."""


class CloudWatchObservabilityArgs(TypedDict):
    """The arguments of CloudWatchObservability."""

    cluster_name: pulumi.Input[str]
    """The EKS cluster; it has to run the add-on eks-pod-identity-agent and have nodes."""
    region: str
    """The cluster's region."""
    version: NotRequired[str]
    """Version of the add-on amazon-cloudwatch-observability. Default v6.6.0-eksbuild.1."""
    container_logs: NotRequired[bool]
    """Whether logs of pods and nodes are sent. Default true; false if something else ships them already."""
    log_retention_days: NotRequired[int]
    """Days for which CloudWatch keeps the logs. Default 30."""
    on_system_nodes: NotRequired[bool]
    """Whether the add-on's controller runs on the system nodes; its collectors run on all nodes. Default true."""
    configuration: NotRequired[dict[str, Any]]
    """Further configuration of the add-on, laid over that of the component."""


class CloudWatchObservabilitySettings(Settings):
    """The settings of a CloudWatchObservability: :class:`CloudWatchObservabilityArgs` describes each."""

    cluster_name: Annotated[TextOrOutput, Required("the name of the EKS cluster", stand_in="stand-in")]
    region: Annotated[Text, Required("the cluster's region, such as us-west-2", stand_in="us-west-2")]
    version: Text = ADD_ON_VERSION
    container_logs: bool = True
    log_retention_days: WholeNumber = 30
    on_system_nodes: bool = True
    configuration: Json = Field(default_factory=dict)


class CloudWatchObservability(pulumi.ComponentResource):
    """Container Insights with enhanced observability, as the EKS add-on amazon-cloudwatch-observability.

    Metrics of nodes, pods and NeuronCores arrive in the CloudWatch namespace ContainerInsights, logs in four log groups
    that are made here first: made by the add-on they would be kept for ever. Fluent Bit, part of the add-on, is
    the only thing that ships logs. Application Signals and the second, OpenTelemetry form of the metrics, both on by
    default and charged for, are off; ``configuration`` turns them on.

    The add-on's images are in EKS's own registry in the region
    (https://docs.aws.amazon.com/eks/latest/userguide/add-ons-images.html): there is no public one to mirror.

    Raises:
        InvalidSettingsError: the arguments cannot be deployed; the message lists everything that is wrong.
    """

    role_arn: pulumi.Output[str]
    """ARN of the collectors' role."""
    log_group_names: pulumi.Output[dict[str, str]]
    """Names of the log groups, by performance, application, dataplane and host."""
    metrics_namespace: pulumi.Output[str]
    """The CloudWatch namespace of the metrics."""

    def __init__(
        self, name: str, args: CloudWatchObservabilityArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        settings = _checked(name, args)
        super().__init__("neuronserve:index:CloudWatchObservability", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        groups = {
            group: aws.cloudwatch.LogGroup(
                f"{name}-{group}",
                name=pulumi.Output.format("/aws/containerinsights/{}/{}", settings.cluster_name, group),
                retention_in_days=settings.log_retention_days,
                opts=child,
            )
            for group in LOG_GROUPS
        }
        identity = PodIdentity(
            f"{name}-identity",
            {
                "cluster_name": settings.cluster_name,
                "namespace": NAMESPACE,
                "service_account": SERVICE_ACCOUNT,
                "managed_policy_arns": [
                    f"arn:{partition(settings.region)}:iam::aws:policy/CloudWatchAgentServerPolicy",
                ],
            },
            child,
        )
        aws.eks.Addon(
            f"{name}-add-on",
            cluster_name=settings.cluster_name,
            addon_name=ADD_ON,
            addon_version=settings.version,
            configuration_values=json.dumps(add_on_configuration(settings)),
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


def add_on_configuration(settings: CloudWatchObservabilitySettings) -> dict[str, Any]:
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
    return merged(configuration, settings.configuration)


def _retention(settings: CloudWatchObservabilitySettings, names: SettingNames) -> list[str]:
    days = settings.log_retention_days
    if days in LOG_RETENTION_DAYS:
        return []
    choices = ", ".join(map(str, LOG_RETENTION_DAYS))
    return [f"{names('log_retention_days')} is {days}, but CloudWatch knows {choices}. Choose one of them."]


RULES = (Rule(("log_retention_days",), _retention),)


def _checked(name: str, args: CloudWatchObservabilityArgs) -> CloudWatchObservabilitySettings:
    reading = read(CloudWatchObservabilitySettings, args, PYTHON_NAMES)
    problems = [*reading.problems, *broken_rules(RULES, reading.settings, PYTHON_NAMES, reading.unusable)]
    if problems:
        raise InvalidSettingsError(f"CloudWatchObservability {name}", problems)
    return reading.settings
