"""The one registry of add-ons: what each is, when it is made, and what of.

A new add-on is an entry here and a file of its own. The keys of a stack's ``addOns``, the checks of charts and of what
an add-on requires, reserved namespaces and the order of creation come from it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any

import pulumi

from neuronserve.components.add_ons import cloud_watch
from neuronserve.components.add_ons.cloud_watch import CloudWatchObservability
from neuronserve.components.add_ons.efa import EFA_CHART, EfaDevicePlugin
from neuronserve.components.add_ons.kube_ray import KUBERAY_CHART, KubeRayOperator
from neuronserve.components.add_ons.load_balancer_controller import LOAD_BALANCER_CHART, LoadBalancerController
from neuronserve.components.add_ons.neuron import NEURON_CHART, NeuronOperator
from neuronserve.components.add_ons.settings import (
    CloudWatchObservabilitySettings,
    EfaDevicePluginSettings,
    KubeRayOperatorSettings,
    LoadBalancerControllerSettings,
    NeuronOperatorSettings,
)
from neuronserve.components.cluster.settings import EksClusterSettings
from neuronserve.components.helm.charts import Chart
from neuronserve.components.helm.settings import MirrorSettings
from neuronserve.components.karpenter.charts import KARPENTER_CHART
from neuronserve.components.karpenter.karpenter import Karpenter
from neuronserve.components.karpenter.settings import KarpenterSettings
from neuronserve.facts.kube_ray import OPERATOR_NAMESPACE


class Default(Enum):
    """When an add-on is made of which nobody says whether it should be."""

    OWN_CLUSTER = "true for a cluster that the stack makes"
    NEURON_ON_OWN_CLUSTER = "true for a cluster that the stack makes, where something uses Neuron chips"
    EXPOSED_ON_OWN_CLUSTER = "true for a cluster that the stack makes, where it exposes a service"
    OFF = "false"


@dataclass(frozen=True)
class Surroundings:
    """What an add-on is made from: the cluster that it goes into."""

    kubernetes_version: pulumi.Input[str]
    on_system_nodes: bool
    replicas: pulumi.Input[int]
    """Of each operator and controller."""
    mirror: MirrorSettings
    install_crds: bool
    adopt_log_groups: bool
    neuron_tolerations: list[dict[str, Any]]
    known_eks: EksClusterSettings | None
    service_metrics: bool = False
    """Whether CloudWatch gets the metrics of LLM services."""

    @property
    def eks(self) -> EksClusterSettings:
        """The EKS cluster: what requires one is made in no other.

        Raises:
            LookupError: it is another Kubernetes.
        """
        if self.known_eks is None:
            raise LookupError("the cluster is not known to be on EKS")
        return self.known_eks


@dataclass(frozen=True)
class AddOn:
    """One add-on."""

    name: str
    """Its key in the settings."""
    summary: str
    default: Default
    requires_eks: bool
    order: int
    """Those of a higher number are made when all of a lower one are there, and go before them."""
    namespace: str
    charts: tuple[Chart, ...]
    make: Callable[[str, Surroundings, pulumi.ResourceOptions], pulumi.Resource]
    """From the component's name, what it is made from, and options."""
    endpoints: tuple[str, ...] = ()
    """AWS services that it calls, besides those that every node does: their interface endpoints."""


ADD_ONS = (
    AddOn(
        "neuron",
        "device plugin and scheduler for Neuron chips",
        default=Default.NEURON_ON_OWN_CLUSTER,
        requires_eks=False,
        order=1,
        namespace="kube-system",
        charts=(NEURON_CHART,),
        make=lambda name, at, opts: NeuronOperator.from_settings(
            name,
            NeuronOperatorSettings(
                kubernetes_version=at.kubernetes_version,
                tolerations=at.neuron_tolerations,
                scheduler_replicas=at.replicas,
                on_system_nodes=at.on_system_nodes,
                mirror=at.mirror,
            ),
            opts,
        ),
    ),
    AddOn(
        "kube_ray",
        "KubeRay, which turns RayServices into pods",
        default=Default.OWN_CLUSTER,
        requires_eks=False,
        order=1,
        namespace=OPERATOR_NAMESPACE,
        charts=(KUBERAY_CHART,),
        make=lambda name, at, opts: KubeRayOperator.from_settings(
            name,
            KubeRayOperatorSettings(
                install_crds=at.install_crds,
                replicas=at.replicas,
                on_system_nodes=at.on_system_nodes,
                mirror=at.mirror,
            ),
            opts,
        ),
    ),
    AddOn(
        "efa",
        "device plugin for Elastic Fabric Adapters, for models that span several nodes",
        default=Default.OFF,
        requires_eks=True,
        order=1,
        namespace="kube-system",
        charts=(EFA_CHART,),
        make=lambda name, at, opts: EfaDevicePlugin.from_settings(
            name, EfaDevicePluginSettings(tolerations=at.neuron_tolerations, mirror=at.mirror), opts
        ),
    ),
    AddOn(
        "cloud_watch",
        "metrics and logs in CloudWatch",
        default=Default.OWN_CLUSTER,
        requires_eks=True,
        order=1,
        namespace=cloud_watch.NAMESPACE,
        charts=(),
        make=lambda name, at, opts: CloudWatchObservability.from_settings(
            name,
            CloudWatchObservabilitySettings(
                cluster_name=at.eks.name,
                region=at.eks.region,
                adopt_log_groups=at.adopt_log_groups,
                on_system_nodes=at.on_system_nodes,
                service_metrics=at.service_metrics,
            ),
            opts,
        ),
        endpoints=("logs",),
    ),
    AddOn(
        "load_balancer_controller",
        "AWS load balancers for Ingresses and Services",
        default=Default.EXPOSED_ON_OWN_CLUSTER,
        requires_eks=True,
        order=1,
        namespace="kube-system",
        charts=(LOAD_BALANCER_CHART,),
        make=lambda name, at, opts: LoadBalancerController.from_settings(
            name,
            LoadBalancerControllerSettings(
                cluster_name=at.eks.name,
                region=at.eks.region,
                vpc_id=at.eks.vpc_id,
                isolated_vpc=at.eks.isolated_vpc,
                install_crds=at.install_crds,
                replicas=at.replicas,
                on_system_nodes=at.on_system_nodes,
                mirror=at.mirror,
            ),
            opts,
        ),
        endpoints=("elasticloadbalancing",),
    ),
    AddOn(
        "karpenter",
        "Karpenter, and with it the node pools",
        default=Default.OWN_CLUSTER,
        requires_eks=True,
        # Its pools' nodes run to the end, and operators are needed on them as long: these go after Karpenter.
        order=2,
        namespace="kube-system",
        charts=(KARPENTER_CHART,),
        make=lambda name, at, opts: Karpenter.from_settings(
            name,
            KarpenterSettings(
                cluster_name=at.eks.name,
                cluster_arn=at.eks.arn,
                region=at.eks.region,
                isolated_vpc=at.eks.isolated_vpc,
                install_crds=at.install_crds,
                replicas=at.replicas,
                on_system_nodes=at.on_system_nodes,
                mirror=at.mirror,
            ),
            opts,
        ),
        endpoints=("sqs", "ssm"),
    ),
)
"""All add-ons, in the order in which they are made."""


def add_on_named(name: str) -> AddOn:
    """Return the add-on with a key in the settings.

    Raises:
        KeyError: there is none.
    """
    return {add_on.name: add_on for add_on in ADD_ONS}[name]
