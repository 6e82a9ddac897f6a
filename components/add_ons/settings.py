"""The settings of the add-ons, one class for each."""

from typing import Annotated

from pydantic import Field

from neuronserve.components.helm.settings import MirrorSettings
from neuronserve.facts.instance_types import EFA_CARDS
from neuronserve.facts.kube_ray import OPERATOR_NAMESPACE
from neuronserve.settings import Json, Later, Required, Settings, Text, WholeNumber
from neuronserve.settings.pod_fields import Toleration

CLOUD_WATCH_VERSION = "v6.6.0-eksbuild.1"
"""Of the EKS add-on amazon-cloudwatch-observability, for Kubernetes 1.28 and later. Public configurations of clusters
with 1.36 ran it in 2026, such as https://github.com/awslabs/global-capacity-orchestrator-on-aws, whose tests hold the
schema of its configuration; not verified by us with ``aws eks describe-addon-versions``. Neuron metrics need v1.5.0,
Pod Identity v3.1.0."""


class NeuronOperatorSettings(Settings):
    """The arguments of NeuronOperator."""

    kubernetes_version: Annotated[
        Later[Text], Required("the cluster's version of Kubernetes, such as 1.35", stand_in="1.35")
    ]
    """The cluster's version of Kubernetes, such as 1.35."""
    kube_scheduler_tag: Later[Text] | None = None
    """Tag of EKS Distro's kube-scheduler, for a version of Kubernetes that is not known here."""
    scheduler: bool = True
    """Whether to install the scheduler extension and my-scheduler, for pods that share a node."""
    scheduler_replicas: Later[Annotated[WholeNumber, Field(ge=1)]] = 2
    """Replicas of my-scheduler, one of which works at a time."""
    tolerations: list[Toleration] = Field(default_factory=list)
    """Tolerations of the device plugin for taints other than aws.amazon.com/neuron that Neuron nodes have."""
    on_system_nodes: bool = True
    """Whether extension and my-scheduler run on the system nodes."""
    mirror: MirrorSettings = MirrorSettings()
    """Where chart and images are taken from. Default: their public registries."""
    values: Later[Json] = Field(default_factory=dict)
    """Further values of the chart, laid over those of the component."""


class KubeRayOperatorSettings(Settings):
    """The arguments of KubeRayOperator."""

    namespace: Later[Text] = OPERATOR_NAMESPACE
    """The operator's namespace."""
    create_namespace: bool = True
    """Whether the component makes the namespace, with the restricted Pod Security Standard."""
    watch_namespaces: list[Later[Text]] = Field(default_factory=list)
    """Namespaces in which the operator acts. Default: all."""
    namespaced_permissions: bool = False
    """Whether it gets permissions in watch_namespaces only, which then have to be there first."""
    install_crds: bool = True
    """Whether the component makes KubeRay's CRDs; false where the cluster has them."""
    replicas: Later[Annotated[WholeNumber, Field(ge=1)]] = 2
    """Replicas of the operator, one of which works at a time."""
    on_system_nodes: bool = True
    """Whether it runs on the system nodes."""
    mirror: MirrorSettings = MirrorSettings()
    """Where chart, CRDs and image are taken from. Default: their public homes."""
    values: Later[Json] = Field(default_factory=dict)
    """Further values of the chart, laid over those of the component."""


class EfaDevicePluginSettings(Settings):
    """The arguments of EfaDevicePlugin."""

    instance_types: Later[Annotated[list[Text], Field(min_length=1)]] = Field(default_factory=lambda: list(EFA_CARDS))
    """EC2 instance types on whose nodes it runs."""
    tolerations: list[Toleration] = Field(default_factory=list)
    """Tolerations for taints other than aws.amazon.com/neuron that these nodes have."""
    mirror: MirrorSettings = MirrorSettings()
    """Where chart and image are taken from. Default: their public homes."""
    values: Later[Json] = Field(default_factory=dict)
    """Further values of the chart, laid over those of the component."""


class LoadBalancerControllerSettings(Settings):
    """The arguments of LoadBalancerController."""

    cluster_name: Annotated[Later[Text], Required("the name of the EKS cluster", stand_in="stand-in")]
    """The EKS cluster; it has to run the add-on eks-pod-identity-agent."""
    region: Annotated[Later[Text], Required("the cluster's region, such as us-west-2", stand_in="us-west-2")]
    """The cluster's region."""
    vpc_id: Annotated[Later[Text], Required("the id of the cluster's VPC", stand_in="stand-in")]
    """The cluster's VPC. Nodes do not answer pods that ask for it."""
    isolated_vpc: bool = False
    """Whether nothing leads out of it: then Shield and WAF, which have no endpoints, are left alone."""
    install_crds: bool = True
    """Whether the component makes the controller's CRDs; false where the cluster has them."""
    replicas: Later[Annotated[WholeNumber, Field(ge=1)]] = 2
    """Replicas of the controller, one of which works at a time."""
    on_system_nodes: bool = True
    """Whether the controller runs on the system nodes."""
    mirror: MirrorSettings = MirrorSettings()
    """Where chart, CRDs and image are taken from. Default: their public homes."""
    values: Later[Json] = Field(default_factory=dict)
    """Further values of the chart, laid over those of the component."""


class CloudWatchObservabilitySettings(Settings):
    """The arguments of CloudWatchObservability."""

    cluster_name: Annotated[Later[Text], Required("the name of the EKS cluster", stand_in="stand-in")]
    """The EKS cluster; it has to run the add-on eks-pod-identity-agent and have nodes."""
    region: Annotated[Later[Text], Required("the cluster's region, such as us-west-2", stand_in="us-west-2")]
    """The cluster's region."""
    version: Later[Text] = CLOUD_WATCH_VERSION
    """Version of the EKS add-on amazon-cloudwatch-observability."""
    container_logs: Later[bool] = True
    """Whether logs of pods and nodes are sent; false if something else ships them already."""
    log_retention_in_days: Later[WholeNumber] = 30
    """Days for which CloudWatch keeps the logs."""
    service_metrics: bool = False
    """Whether the metrics of LLM services, Ray Serve's and vLLM's, are sent too: $0.30 a month for each of sixteen of a
    service. Its networkPolicy.monitoringNamespaces has to have amazon-cloudwatch, which a stack sees to."""
    adopt_log_groups: bool = False
    """Whether log groups that are there already are taken over, with their logs."""
    on_system_nodes: bool = True
    """Whether the add-on's controller runs on the system nodes; its collectors run on all nodes."""
    configuration: Later[Json] = Field(default_factory=dict)
    """Further configuration of the EKS add-on, laid over that of the component."""
