"""The arguments of the components in ``components/add_ons``.

Generated from the settings classes by `make generate`: a change belongs there.
"""

from typing import Any, NotRequired, TypedDict

import pulumi

from neuronserve.components.helm.args import MirrorArgs


class NeuronOperatorArgs(TypedDict):
    """The arguments of NeuronOperator."""

    kubernetes_version: pulumi.Input[str]
    """The cluster's version of Kubernetes, such as 1.35."""
    kube_scheduler_tag: NotRequired[pulumi.Input[str] | None]
    """Tag of EKS Distro's kube-scheduler, for a version of Kubernetes that is not known here."""
    scheduler: NotRequired[bool | None]
    """Whether to install the scheduler extension and my-scheduler, for pods that share a node. Default: true."""
    scheduler_replicas: NotRequired[pulumi.Input[int] | None]
    """Replicas of my-scheduler, one of which works at a time. Default: 2."""
    tolerations: NotRequired[list[Any] | None]
    """Tolerations of the device plugin for taints other than aws.amazon.com/neuron that Neuron nodes have."""
    on_system_nodes: NotRequired[bool | None]
    """Whether extension and my-scheduler run on the system nodes. Default: true."""
    mirror: NotRequired[MirrorArgs | None]
    """Where chart and images are taken from. Default: their public registries."""
    values: NotRequired[pulumi.Input[Any] | None]
    """Further values of the chart, laid over those of the component."""


class KubeRayOperatorArgs(TypedDict):
    """The arguments of KubeRayOperator."""

    namespace: NotRequired[pulumi.Input[str] | None]
    """The operator's namespace. Default: kuberay-operator."""
    create_namespace: NotRequired[bool | None]
    """Whether the component makes the namespace, with the restricted Pod Security Standard. Default: true."""
    watch_namespaces: NotRequired[list[pulumi.Input[str]] | None]
    """Namespaces in which the operator acts. Default: all."""
    namespaced_permissions: NotRequired[bool | None]
    """Whether it gets permissions in watch_namespaces only, which then have to be there first. Default: false."""
    install_crds: NotRequired[bool | None]
    """Whether the component makes KubeRay's CRDs; false where the cluster has them. Default: true."""
    replicas: NotRequired[pulumi.Input[int] | None]
    """Replicas of the operator, one of which works at a time. Default: 2."""
    on_system_nodes: NotRequired[bool | None]
    """Whether it runs on the system nodes. Default: true."""
    mirror: NotRequired[MirrorArgs | None]
    """Where chart, CRDs and image are taken from. Default: their public homes."""
    values: NotRequired[pulumi.Input[Any] | None]
    """Further values of the chart, laid over those of the component."""


class EfaDevicePluginArgs(TypedDict):
    """The arguments of EfaDevicePlugin."""

    instance_types: NotRequired[pulumi.Input[list[str]] | None]
    """EC2 instance types on whose nodes it runs. Default: [trn1.32xlarge, trn1n.32xlarge]."""
    tolerations: NotRequired[list[Any] | None]
    """Tolerations for taints other than aws.amazon.com/neuron that these nodes have."""
    mirror: NotRequired[MirrorArgs | None]
    """Where chart and image are taken from. Default: their public homes."""
    values: NotRequired[pulumi.Input[Any] | None]
    """Further values of the chart, laid over those of the component."""


class CloudWatchObservabilityArgs(TypedDict):
    """The arguments of CloudWatchObservability."""

    cluster_name: pulumi.Input[str]
    """The EKS cluster; it has to run the add-on eks-pod-identity-agent and have nodes."""
    region: pulumi.Input[str]
    """The cluster's region."""
    version: NotRequired[pulumi.Input[str] | None]
    """Version of the EKS add-on amazon-cloudwatch-observability. Default: v6.6.0-eksbuild.1."""
    container_logs: NotRequired[pulumi.Input[bool] | None]
    """Whether logs of pods and nodes are sent; false if something else ships them already. Default: true."""
    log_retention_in_days: NotRequired[pulumi.Input[int] | None]
    """Days for which CloudWatch keeps the logs. Default: 30."""
    service_metrics: NotRequired[bool | None]
    """Whether the metrics of LLM services, Ray Serve's and vLLM's, are sent too: $0.30 a month for each of sixteen of a
    service. Its networkPolicy.monitoringNamespaces has to have amazon-cloudwatch, which a stack sees to. Default:
    false."""
    adopt_log_groups: NotRequired[bool | None]
    """Whether log groups that are there already are taken over, with their logs. Default: false."""
    on_system_nodes: NotRequired[bool | None]
    """Whether the add-on's controller runs on the system nodes; its collectors run on all nodes. Default: true."""
    configuration: NotRequired[pulumi.Input[Any] | None]
    """Further configuration of the EKS add-on, laid over that of the component."""


class LoadBalancerControllerArgs(TypedDict):
    """The arguments of LoadBalancerController."""

    cluster_name: pulumi.Input[str]
    """The EKS cluster; it has to run the add-on eks-pod-identity-agent."""
    region: pulumi.Input[str]
    """The cluster's region."""
    vpc_id: pulumi.Input[str]
    """The cluster's VPC. Nodes do not answer pods that ask for it."""
    isolated_vpc: NotRequired[bool | None]
    """Whether nothing leads out of it: then Shield and WAF, which have no endpoints, are left alone. Default: false."""
    install_crds: NotRequired[bool | None]
    """Whether the component makes the controller's CRDs; false where the cluster has them. Default: true."""
    replicas: NotRequired[pulumi.Input[int] | None]
    """Replicas of the controller, one of which works at a time. Default: 2."""
    on_system_nodes: NotRequired[bool | None]
    """Whether the controller runs on the system nodes. Default: true."""
    mirror: NotRequired[MirrorArgs | None]
    """Where chart, CRDs and image are taken from. Default: their public homes."""
    values: NotRequired[pulumi.Input[Any] | None]
    """Further values of the chart, laid over those of the component."""
