"""Pulumi components that serve LLMs on AWS Inferentia2 and Trainium, and their arguments.

Every public class is imported from here, ``from neuronserve.components import Network``, and loaded when it is first
asked for: a program that makes nothing but a Network does not load the SDKs for EKS and Kubernetes.

Generated from the folders by `make generate`.
"""

import importlib
from typing import TYPE_CHECKING

_MODULES = {
    "Accelerator": "neuronserve.serving.settings",
    "AccessLogBucket": "neuronserve.components.llm_service.access_log_bucket",
    "AccessLogBucketArgs": "neuronserve.components.llm_service.args",
    "AddOnsArgs": "neuronserve.components.platform.args",
    "CapabilitiesArgs": "neuronserve.components.llm_service.args",
    "CapacityType": "neuronserve.components.karpenter.settings",
    "ChatServiceArgs": "neuronserve.components.open_web_ui.args",
    "CloudWatchMonitoring": "neuronserve.components.observability.cloud_watch_monitoring",
    "CloudWatchMonitoringArgs": "neuronserve.components.observability.args",
    "CloudWatchObservability": "neuronserve.components.add_ons.cloud_watch",
    "CloudWatchObservabilityArgs": "neuronserve.components.add_ons.args",
    "Cluster": "neuronserve.components.cluster.cluster",
    "ClusterArgs": "neuronserve.components.cluster.args",
    "DefaultStorageClass": "neuronserve.components.cluster.default_storage_class",
    "DefaultStorageClassArgs": "neuronserve.components.cluster.args",
    "DisruptionReason": "neuronserve.components.karpenter.settings",
    "EfaDevicePlugin": "neuronserve.components.add_ons.efa",
    "EfaDevicePluginArgs": "neuronserve.components.add_ons.args",
    "EksClusterArgs": "neuronserve.components.cluster.args",
    "ExistingCluster": "neuronserve.components.cluster.existing_cluster",
    "ExistingClusterArgs": "neuronserve.components.cluster.args",
    "ExistingNetwork": "neuronserve.components.network.existing_network",
    "ExistingNetworkArgs": "neuronserve.components.network.args",
    "ExposeArgs": "neuronserve.components.llm_service.args",
    "FlowLogsArgs": "neuronserve.components.network.args",
    "HeadArgs": "neuronserve.components.llm_service.args",
    "HeadFaultToleranceArgs": "neuronserve.components.llm_service.args",
    "HeadStorage": "neuronserve.components.head_storage.head_storage",
    "HeadStorageArgs": "neuronserve.components.head_storage.args",
    "HeadStorageKind": "neuronserve.components.llm_service.settings",
    "InterfaceEndpoint": "neuronserve.components.network.settings",
    "Karpenter": "neuronserve.components.karpenter.karpenter",
    "KarpenterArgs": "neuronserve.components.karpenter.args",
    "KubeRayOperator": "neuronserve.components.add_ons.kube_ray",
    "KubeRayOperatorArgs": "neuronserve.components.add_ons.args",
    "LlmService": "neuronserve.components.llm_service.llm_service",
    "LlmServiceArgs": "neuronserve.components.llm_service.args",
    "LoadBalancerController": "neuronserve.components.add_ons.load_balancer_controller",
    "LoadBalancerControllerArgs": "neuronserve.components.add_ons.args",
    "LoadBalancerScheme": "neuronserve.components.llm_service.settings",
    "MirrorArgs": "neuronserve.components.helm.args",
    "ModelArgs": "neuronserve.components.llm_service.args",
    "NatGateways": "neuronserve.components.network.settings",
    "Network": "neuronserve.components.network.network",
    "NetworkArgs": "neuronserve.components.network.args",
    "NetworkPolicyArgs": "neuronserve.components.llm_service.args",
    "NeuronOperator": "neuronserve.components.add_ons.neuron",
    "NeuronOperatorArgs": "neuronserve.components.add_ons.args",
    "NeuronPlatform": "neuronserve.components.platform.neuron_platform",
    "NeuronPlatformArgs": "neuronserve.components.platform.args",
    "NodePool": "neuronserve.components.karpenter.node_pool",
    "NodePoolArgs": "neuronserve.components.karpenter.args",
    "NodePoolOptionsArgs": "neuronserve.components.platform.args",
    "OpenWebUi": "neuronserve.components.open_web_ui.open_web_ui",
    "OpenWebUiArgs": "neuronserve.components.open_web_ui.args",
    "OpenWebUiNetworkPolicyArgs": "neuronserve.components.open_web_ui.args",
    "PodIdentity": "neuronserve.components.identity.pod_identity",
    "PodIdentityArgs": "neuronserve.components.identity.args",
    "PrometheusObservability": "neuronserve.components.observability.prometheus",
    "PrometheusObservabilityArgs": "neuronserve.components.observability.args",
    "ReplicasArgs": "neuronserve.components.llm_service.args",
    "SecurityContextArgs": "neuronserve.components.llm_service.args",
    "ServingNamespace": "neuronserve.components.llm_service.serving_namespace",
    "ServingNamespaceArgs": "neuronserve.components.llm_service.args",
    "SystemNodesArgs": "neuronserve.components.cluster.args",
    "UpgradeStrategy": "neuronserve.components.llm_service.settings",
    "WatchedServiceArgs": "neuronserve.components.observability.args",
    "WorkerArgs": "neuronserve.components.llm_service.args",
}
"""What is public, and the module that defines it."""

__all__ = sorted(_MODULES)  # noqa: PLE0605 (type checkers read the imports below)

if TYPE_CHECKING:  # the same table, as type checkers and editors read it
    from neuronserve.components.add_ons.args import CloudWatchObservabilityArgs as CloudWatchObservabilityArgs
    from neuronserve.components.add_ons.args import EfaDevicePluginArgs as EfaDevicePluginArgs
    from neuronserve.components.add_ons.args import KubeRayOperatorArgs as KubeRayOperatorArgs
    from neuronserve.components.add_ons.args import LoadBalancerControllerArgs as LoadBalancerControllerArgs
    from neuronserve.components.add_ons.args import NeuronOperatorArgs as NeuronOperatorArgs
    from neuronserve.components.add_ons.cloud_watch import CloudWatchObservability as CloudWatchObservability
    from neuronserve.components.add_ons.efa import EfaDevicePlugin as EfaDevicePlugin
    from neuronserve.components.add_ons.kube_ray import KubeRayOperator as KubeRayOperator
    from neuronserve.components.add_ons.load_balancer_controller import LoadBalancerController as LoadBalancerController
    from neuronserve.components.add_ons.neuron import NeuronOperator as NeuronOperator
    from neuronserve.components.cluster.args import ClusterArgs as ClusterArgs
    from neuronserve.components.cluster.args import DefaultStorageClassArgs as DefaultStorageClassArgs
    from neuronserve.components.cluster.args import EksClusterArgs as EksClusterArgs
    from neuronserve.components.cluster.args import ExistingClusterArgs as ExistingClusterArgs
    from neuronserve.components.cluster.args import SystemNodesArgs as SystemNodesArgs
    from neuronserve.components.cluster.cluster import Cluster as Cluster
    from neuronserve.components.cluster.default_storage_class import DefaultStorageClass as DefaultStorageClass
    from neuronserve.components.cluster.existing_cluster import ExistingCluster as ExistingCluster
    from neuronserve.components.head_storage.args import HeadStorageArgs as HeadStorageArgs
    from neuronserve.components.head_storage.head_storage import HeadStorage as HeadStorage
    from neuronserve.components.helm.args import MirrorArgs as MirrorArgs
    from neuronserve.components.identity.args import PodIdentityArgs as PodIdentityArgs
    from neuronserve.components.identity.pod_identity import PodIdentity as PodIdentity
    from neuronserve.components.karpenter.args import KarpenterArgs as KarpenterArgs
    from neuronserve.components.karpenter.args import NodePoolArgs as NodePoolArgs
    from neuronserve.components.karpenter.karpenter import Karpenter as Karpenter
    from neuronserve.components.karpenter.node_pool import NodePool as NodePool
    from neuronserve.components.karpenter.settings import CapacityType as CapacityType
    from neuronserve.components.karpenter.settings import DisruptionReason as DisruptionReason
    from neuronserve.components.llm_service.access_log_bucket import AccessLogBucket as AccessLogBucket
    from neuronserve.components.llm_service.args import AccessLogBucketArgs as AccessLogBucketArgs
    from neuronserve.components.llm_service.args import CapabilitiesArgs as CapabilitiesArgs
    from neuronserve.components.llm_service.args import ExposeArgs as ExposeArgs
    from neuronserve.components.llm_service.args import HeadArgs as HeadArgs
    from neuronserve.components.llm_service.args import HeadFaultToleranceArgs as HeadFaultToleranceArgs
    from neuronserve.components.llm_service.args import LlmServiceArgs as LlmServiceArgs
    from neuronserve.components.llm_service.args import ModelArgs as ModelArgs
    from neuronserve.components.llm_service.args import NetworkPolicyArgs as NetworkPolicyArgs
    from neuronserve.components.llm_service.args import ReplicasArgs as ReplicasArgs
    from neuronserve.components.llm_service.args import SecurityContextArgs as SecurityContextArgs
    from neuronserve.components.llm_service.args import ServingNamespaceArgs as ServingNamespaceArgs
    from neuronserve.components.llm_service.args import WorkerArgs as WorkerArgs
    from neuronserve.components.llm_service.llm_service import LlmService as LlmService
    from neuronserve.components.llm_service.serving_namespace import ServingNamespace as ServingNamespace
    from neuronserve.components.llm_service.settings import HeadStorageKind as HeadStorageKind
    from neuronserve.components.llm_service.settings import LoadBalancerScheme as LoadBalancerScheme
    from neuronserve.components.llm_service.settings import UpgradeStrategy as UpgradeStrategy
    from neuronserve.components.network.args import ExistingNetworkArgs as ExistingNetworkArgs
    from neuronserve.components.network.args import FlowLogsArgs as FlowLogsArgs
    from neuronserve.components.network.args import NetworkArgs as NetworkArgs
    from neuronserve.components.network.existing_network import ExistingNetwork as ExistingNetwork
    from neuronserve.components.network.network import Network as Network
    from neuronserve.components.network.settings import InterfaceEndpoint as InterfaceEndpoint
    from neuronserve.components.network.settings import NatGateways as NatGateways
    from neuronserve.components.observability.args import CloudWatchMonitoringArgs as CloudWatchMonitoringArgs
    from neuronserve.components.observability.args import PrometheusObservabilityArgs as PrometheusObservabilityArgs
    from neuronserve.components.observability.args import WatchedServiceArgs as WatchedServiceArgs
    from neuronserve.components.observability.cloud_watch_monitoring import CloudWatchMonitoring as CloudWatchMonitoring
    from neuronserve.components.observability.prometheus import PrometheusObservability as PrometheusObservability
    from neuronserve.components.open_web_ui.args import ChatServiceArgs as ChatServiceArgs
    from neuronserve.components.open_web_ui.args import OpenWebUiArgs as OpenWebUiArgs
    from neuronserve.components.open_web_ui.args import OpenWebUiNetworkPolicyArgs as OpenWebUiNetworkPolicyArgs
    from neuronserve.components.open_web_ui.open_web_ui import OpenWebUi as OpenWebUi
    from neuronserve.components.platform.args import AddOnsArgs as AddOnsArgs
    from neuronserve.components.platform.args import NeuronPlatformArgs as NeuronPlatformArgs
    from neuronserve.components.platform.args import NodePoolOptionsArgs as NodePoolOptionsArgs
    from neuronserve.components.platform.neuron_platform import NeuronPlatform as NeuronPlatform
    from neuronserve.serving.settings import Accelerator as Accelerator
else:  # out of their sight, or they would take any name for one that exists

    def __getattr__(name: str) -> object:
        if name not in _MODULES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        value = getattr(importlib.import_module(_MODULES[name]), name)
        globals()[name] = value
        return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES})
