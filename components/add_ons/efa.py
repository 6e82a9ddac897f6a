"""The component that makes Elastic Fabric Adapters known to Kubernetes."""

from typing import Any

import pulumi

from neuronserve.components.add_ons.args import EfaDevicePluginArgs
from neuronserve.components.add_ons.settings import EfaDevicePluginSettings
from neuronserve.components.component import Component
from neuronserve.components.helm.charts import Chart, chart_problems, release
from neuronserve.components.overlay import merged
from neuronserve.facts.neuron import NEURON_TOLERATION
from neuronserve.settings import SettingNames, known, read_arguments
from neuronserve.settings.pod_fields import toleration_problems

EFA_CHART = Chart("aws-efa-k8s-device-plugin", "v0.5.30", "https://aws.github.io/eks-charts")
"""Of the plugin v0.5.20: ``stable/aws-efa-k8s-device-plugin/Chart.yaml`` of https://github.com/aws/eks-charts."""

NAMESPACE = "kube-system"


class EfaDevicePlugin(Component[EfaDevicePluginSettings]):
    """A DaemonSet that offers a node's Elastic Fabric Adapters as ``vpc.amazonaws.com/efa``.

    Only models that span several nodes need it. Its nodes have to be started with EFA network interfaces.

    Raises:
        InvalidSettingsError: the arguments cannot be deployed; the message lists everything that is wrong.
    """

    namespace: pulumi.Output[str]
    """The namespace of the DaemonSet."""

    def __init__(
        self, name: str, args: EfaDevicePluginArgs | None = None, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        settings = read_arguments(EfaDevicePluginSettings, args, *RULES, of=f"EfaDevicePlugin {name}")
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


def chart_values(settings: EfaDevicePluginSettings) -> Any:
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


def _tolerations(settings: EfaDevicePluginSettings, names: SettingNames) -> list[str]:
    return toleration_problems(known(settings.tolerations), names("tolerations"))


def _charts(settings: EfaDevicePluginSettings, names: SettingNames) -> list[str]:
    return chart_problems([EFA_CHART], settings.mirror, names)


RULES = (_tolerations, _charts)
