"""The component that makes Neuron chips known to Kubernetes: device plugin, scheduler extension, second scheduler."""

from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from neuronserve.components.add_ons.args import NeuronOperatorArgs
from neuronserve.components.add_ons.settings import NeuronOperatorSettings
from neuronserve.components.component import Component, waiting_for
from neuronserve.components.helm.charts import Chart, chart_problems, release
from neuronserve.components.overlay import merged
from neuronserve.facts.kubernetes_versions import KUBE_SCHEDULER_TAGS
from neuronserve.facts.neuron import NEURON_SCHEDULER, NEURON_TOLERATION
from neuronserve.facts.system_nodes import apart, on_system_nodes
from neuronserve.settings import SettingNames, known, read_arguments, when_known
from neuronserve.settings.pod_fields import toleration_problems

NEURON_CHART = Chart("neuron-helm-chart", "1.9.0", "oci://public.ecr.aws/neuron")
"""Of Neuron SDK 2.31; its values are those of
https://github.com/aws-neuron/neuron-helm-charts/releases and have not been rendered by us."""

NAMESPACE = "kube-system"
"""The chart puts everything here by default, and its scheduler calls the extension under a name in this namespace."""

DEVICE_PLUGIN = "neuron-device-plugin"
SCHEDULER_EXTENSION = "k8s-neuron-scheduler"
"""The chart's names. The last is part of a URL that the chart does not make from its values."""

KUBE_SCHEDULER_IMAGE = "public.ecr.aws/eks-distro/kubernetes/kube-scheduler"

DEVICE_PLUGIN_TOLERATIONS: list[dict[str, str]] = [
    {"key": "CriticalAddonsOnly", "operator": "Exists"},
    NEURON_TOLERATION,
    {
        "key": "sagemaker.amazonaws.com/node-health-status",
        "operator": "Equal",
        "value": "Unschedulable",
        "effect": "NoSchedule",
    },
]
"""The chart's own, which further ones would replace."""


class NeuronOperator(Component[NeuronOperatorSettings]):
    """What Kubernetes needs for Inferentia and Trainium, from AWS's Neuron chart, in kube-system.

    The device plugin runs on each Neuron node and offers its chips as ``aws.amazon.com/neuron``. Pods that take one
    chip, or all of their node's, need nothing else. Those that take some of a node's chips have to say
    ``schedulerName: my-scheduler``: with the extension it picks chips that are connected.

    ``my-scheduler`` has a standby. The extension has none: it alone keeps the book of taken chips, so the chart runs
    one, and stops it before it starts the next (``strategy: Recreate``); meanwhile pods of ``my-scheduler`` that ask
    for chips wait, and running ones run on. A disruption budget could only keep its node from being drained.

    The node problem detector is off, as in AWS's own installation: it marks broken nodes, but its recovery works on
    Auto Scaling groups, which Karpenter's nodes are not part of.

    If ``pulumi up`` ends with "context deadline exceeded", ``kubectl -n kube-system get pods`` shows the pod that did
    not start, and ``kubectl -n kube-system describe pod <name>`` why.

    Raises:
        InvalidSettingsError: the arguments cannot be deployed; the message lists everything that is wrong.
    """

    namespace: pulumi.Output[str]
    """The namespace of everything here."""
    device_plugin_name: pulumi.Output[str]
    """The DaemonSet of the device plugin."""
    scheduler_name: pulumi.Output[str] | None
    """What pods that share a node have as schedulerName; None without scheduler."""

    def __init__(self, name: str, args: NeuronOperatorArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        settings = read_arguments(NeuronOperatorSettings, args, *RULES, of=f"NeuronOperator {name}")
        super().__init__("neuronserve:index:NeuronOperator", name, {}, opts)
        chart = release(
            f"{name}-chart",
            NEURON_CHART,
            namespace=NAMESPACE,
            values=chart_values(settings),
            mirror=settings.mirror,
            opts=pulumi.ResourceOptions(parent=self),
        )
        if settings.scheduler:
            kubernetes.policy.v1.PodDisruptionBudget(
                f"{name}-scheduler-budget",
                metadata=kubernetes.meta.v1.ObjectMetaArgs(name=NEURON_SCHEDULER, namespace=NAMESPACE),
                spec={"max_unavailable": 1, "selector": {"match_labels": SCHEDULER_LABELS}},
                opts=pulumi.ResourceOptions(parent=self, depends_on=[chart]),
            )
        self.namespace = pulumi.Output.from_input(NAMESPACE)
        self.device_plugin_name = pulumi.Output.from_input(DEVICE_PLUGIN)
        self.scheduler_name = waiting_for(NEURON_SCHEDULER, chart) if settings.scheduler else None
        self.register_outputs(
            {
                "namespace": self.namespace,
                "devicePluginName": self.device_plugin_name,
                "schedulerName": self.scheduler_name,
            }
        )


SCHEDULER_LABELS = {"app.kubernetes.io/component": NEURON_SCHEDULER}
"""Labels of my-scheduler's pods: neuron-scheduler.customScheduler.templateLabels in the chart's _helpers.tpl."""


def chart_values(settings: NeuronOperatorSettings) -> Any:
    """Return the values of the Neuron chart."""
    image = settings.mirror.image
    place = on_system_nodes() if settings.on_system_nodes else {}
    values: dict[str, Any] = {
        "devicePlugin": {
            "image": {"repository": image("public.ecr.aws/neuron/neuron-device-plugin")},
            "tolerations": [*DEVICE_PLUGIN_TOLERATIONS, *settings.tolerations],
        },
        "npd": {"enabled": False},
        "scheduler": {"enabled": settings.scheduler},
    }
    if settings.scheduler:
        tag = when_known(_kube_scheduler_tag, settings.kube_scheduler_tag, settings.kubernetes_version)
        values["scheduler"] |= {
            "image": {"repository": image("public.ecr.aws/neuron/neuron-scheduler")},
            **place,
            "customScheduler": {
                "image": {"repository": image(KUBE_SCHEDULER_IMAGE), "tag": tag},
                "replicaCount": settings.scheduler_replicas,
                "affinity": apart(SCHEDULER_LABELS),
                **place,
            },
        }
    return merged(values, settings.values)


def _kube_scheduler_tag(own: str | None, kubernetes_version: str) -> str:
    return own or KUBE_SCHEDULER_TAGS[kubernetes_version]


def _scheduler_image(settings: NeuronOperatorSettings, names: SettingNames) -> list[str]:
    if (
        not settings.scheduler
        or settings.kube_scheduler_tag
        or known(settings.kubernetes_version) in KUBE_SCHEDULER_TAGS
    ):
        return []
    there = ", ".join(KUBE_SCHEDULER_TAGS)
    return [
        f"{names('kubernetes_version')} is {settings.kubernetes_version}; a kube-scheduler is known here for {there}. "
        f"Set {names('kube_scheduler_tag')} to a tag of {KUBE_SCHEDULER_IMAGE} for that version, or "
        f"{names('scheduler')} to false if no pods share a node."
    ]


def _tolerations(settings: NeuronOperatorSettings, names: SettingNames) -> list[str]:
    return toleration_problems(known(settings.tolerations), names("tolerations"))


def _charts(settings: NeuronOperatorSettings, names: SettingNames) -> list[str]:
    return chart_problems([NEURON_CHART], settings.mirror, names)


RULES = (_scheduler_image, _tolerations, _charts)
