"""The component that makes Elastic Fabric Adapters known to Kubernetes."""

from typing import Annotated, Any, NotRequired, TypedDict

import pulumi
from pydantic import Field

from neuronserve.components.helm.charts import (
    Chart,
    MirrorArgs,
    MirrorSettings,
    chart_problems,
    merged,
    release,
)
from neuronserve.settings.settings import PYTHON_NAMES, InvalidSettingsError, Json, Settings, Text, read

EFA_CHART = Chart("aws-efa-k8s-device-plugin", "v0.5.20", "https://aws.github.io/eks-charts")
"""``stable/aws-efa-k8s-device-plugin/Chart.yaml`` of https://github.com/aws/eks-charts."""

NAMESPACE = "kube-system"

EFA_INSTANCE_TYPES = ("trn1.32xlarge", "trn1n.32xlarge")
"""The Neuron instance types that serve here and have EFA; Inferentia2 has none
(https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa.html#efa-instance-types)."""

NEURON_TOLERATION = {"key": "aws.amazon.com/neuron", "operator": "Exists", "effect": "NoSchedule"}


class EfaDevicePluginArgs(TypedDict):
    """The arguments of EfaDevicePlugin."""

    instance_types: NotRequired[list[str]]
    """EC2 instance types on whose nodes it runs. Default trn1.32xlarge, trn1n.32xlarge."""
    tolerations: NotRequired[list[dict[str, Any]]]
    """Tolerations for taints other than aws.amazon.com/neuron that these nodes have."""
    mirror: NotRequired[MirrorArgs]
    """Where chart and image are taken from. Default: their public homes."""
    values: NotRequired[dict[str, Any]]
    """Further values of the chart, laid over those of the component."""


class EfaDevicePluginSettings(Settings):
    """The settings of an EfaDevicePlugin: :class:`EfaDevicePluginArgs` describes each."""

    instance_types: Annotated[list[Text], Field(min_length=1)] = Field(default_factory=lambda: list(EFA_INSTANCE_TYPES))
    tolerations: list[Json] = Field(default_factory=list)
    mirror: MirrorSettings = MirrorSettings()
    values: Json = Field(default_factory=dict)


class EfaDevicePlugin(pulumi.ComponentResource):
    """A DaemonSet that offers a node's Elastic Fabric Adapters as ``vpc.amazonaws.com/efa``.

    Only models that span several nodes need it. Its nodes have to be started with EFA network interfaces.

    Raises:
        InvalidSettingsError: the arguments cannot be deployed; the message lists everything that is wrong.
    """

    namespace: pulumi.Output[str]
    """The namespace of the DaemonSet."""

    def __init__(self, name: str, args: EfaDevicePluginArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        settings = _checked(name, args)
        super().__init__("neuronserve:index:EfaDevicePlugin", name, {}, opts)
        release(
            f"{name}-chart",
            EFA_CHART,
            namespace=NAMESPACE,
            values=chart_values(settings),
            mirror=settings.mirror,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.namespace = pulumi.Output.from_input(NAMESPACE)
        self.register_outputs({"namespace": self.namespace})


def chart_values(settings: EfaDevicePluginSettings) -> dict[str, Any]:
    """Return the values of the chart (``stable/aws-efa-k8s-device-plugin/values.yaml``)."""
    values: dict[str, Any] = {
        "image": {
            # The chart's own: EKS's registry in one region, to which the roles of nodes have access everywhere.
            "repository": settings.mirror.image(
                "602401143452.dkr.ecr.us-west-2.amazonaws.com/eks/aws-efa-k8s-device-plugin"
            )
        },
        "supportedInstanceLabels": {"values": settings.instance_types},
        "tolerations": [NEURON_TOLERATION, *settings.tolerations],
    }
    return merged(values, settings.values)


def _checked(name: str, args: EfaDevicePluginArgs) -> EfaDevicePluginSettings:
    reading = read(EfaDevicePluginSettings, args, PYTHON_NAMES)
    problems = [*reading.problems, *chart_problems([EFA_CHART], reading.settings.mirror, PYTHON_NAMES)]
    if problems:
        raise InvalidSettingsError(f"EfaDevicePlugin {name}", problems)
    return reading.settings
