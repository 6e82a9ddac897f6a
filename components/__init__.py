"""Pulumi components that serve LLMs on AWS Inferentia2 and Trainium, and their arguments.

Every public class is imported from here, ``from neuronserve.components import Network``, and loaded when it is first
asked for: a program that makes nothing but a Network does not load the SDKs for EKS and Kubernetes.
"""

import importlib
from typing import TYPE_CHECKING

_MODULES = {
    "Accelerator": "neuronserve.serving.settings",
    "CapacityType": "neuronserve.components.karpenter.node_pool_args",
    "CloudWatchObservability": "neuronserve.components.add_ons.cloud_watch",
    "CloudWatchObservabilityArgs": "neuronserve.components.add_ons.cloud_watch",
    "Cluster": "neuronserve.components.cluster.cluster",
    "ClusterArgs": "neuronserve.components.cluster.args",
    "DefaultStorageClass": "neuronserve.components.cluster.default_storage_class",
    "EfaDevicePlugin": "neuronserve.components.add_ons.efa",
    "EfaDevicePluginArgs": "neuronserve.components.add_ons.efa",
    "ExistingClusterArgs": "neuronserve.components.cluster.args",
    "ExistingNetworkArgs": "neuronserve.components.network.args",
    "FlowLogsArgs": "neuronserve.components.network.args",
    "InterfaceEndpoint": "neuronserve.components.network.args",
    "Karpenter": "neuronserve.components.karpenter.karpenter",
    "KarpenterArgs": "neuronserve.components.karpenter.karpenter",
    "KubeRayOperator": "neuronserve.components.add_ons.kube_ray",
    "KubeRayOperatorArgs": "neuronserve.components.add_ons.kube_ray",
    "LlmService": "neuronserve.components.llm_service.llm_service",
    "LlmServiceArgs": "neuronserve.components.llm_service.args",
    "LlmServiceModelArgs": "neuronserve.components.llm_service.args",
    "LlmServiceReplicasArgs": "neuronserve.components.llm_service.args",
    "LlmServiceResourcesArgs": "neuronserve.components.llm_service.args",
    "LlmServiceWorkerArgs": "neuronserve.components.llm_service.args",
    "LoadBalancerController": "neuronserve.components.add_ons.load_balancer_controller",
    "LoadBalancerControllerArgs": "neuronserve.components.add_ons.load_balancer_controller",
    "MirrorArgs": "neuronserve.components.helm.charts",
    "NatGateways": "neuronserve.components.network.args",
    "Network": "neuronserve.components.network.network",
    "NetworkArgs": "neuronserve.components.network.args",
    "NeuronOperator": "neuronserve.components.add_ons.neuron",
    "NeuronOperatorArgs": "neuronserve.components.add_ons.neuron",
    "NodePool": "neuronserve.components.karpenter.node_pool",
    "NodePoolArgs": "neuronserve.components.karpenter.node_pool_args",
    "PodIdentity": "neuronserve.components.identity.pod_identity",
    "PodIdentityArgs": "neuronserve.components.identity.pod_identity",
    "SystemNodesArgs": "neuronserve.components.cluster.args",
    "UpgradeStrategy": "neuronserve.components.llm_service.args",
}
"""What is public, and the module that defines it."""

__all__ = sorted(_MODULES)  # noqa: PLE0605 (type checkers read the imports below)

if TYPE_CHECKING:  # the same table, as type checkers and editors read it
    from neuronserve.components.add_ons.cloud_watch import CloudWatchObservability as CloudWatchObservability
    from neuronserve.components.add_ons.cloud_watch import CloudWatchObservabilityArgs as CloudWatchObservabilityArgs
    from neuronserve.components.add_ons.efa import EfaDevicePlugin as EfaDevicePlugin
    from neuronserve.components.add_ons.efa import EfaDevicePluginArgs as EfaDevicePluginArgs
    from neuronserve.components.add_ons.kube_ray import KubeRayOperator as KubeRayOperator
    from neuronserve.components.add_ons.kube_ray import KubeRayOperatorArgs as KubeRayOperatorArgs
    from neuronserve.components.add_ons.load_balancer_controller import LoadBalancerController as LoadBalancerController
    from neuronserve.components.add_ons.load_balancer_controller import (
        LoadBalancerControllerArgs as LoadBalancerControllerArgs,
    )
    from neuronserve.components.add_ons.neuron import NeuronOperator as NeuronOperator
    from neuronserve.components.add_ons.neuron import NeuronOperatorArgs as NeuronOperatorArgs
    from neuronserve.components.cluster.args import ClusterArgs as ClusterArgs
    from neuronserve.components.cluster.args import ExistingClusterArgs as ExistingClusterArgs
    from neuronserve.components.cluster.args import SystemNodesArgs as SystemNodesArgs
    from neuronserve.components.cluster.cluster import Cluster as Cluster
    from neuronserve.components.cluster.default_storage_class import DefaultStorageClass as DefaultStorageClass
    from neuronserve.components.helm.charts import MirrorArgs as MirrorArgs
    from neuronserve.components.identity.pod_identity import PodIdentity as PodIdentity
    from neuronserve.components.identity.pod_identity import PodIdentityArgs as PodIdentityArgs
    from neuronserve.components.karpenter.karpenter import Karpenter as Karpenter
    from neuronserve.components.karpenter.karpenter import KarpenterArgs as KarpenterArgs
    from neuronserve.components.karpenter.node_pool import NodePool as NodePool
    from neuronserve.components.karpenter.node_pool_args import CapacityType as CapacityType
    from neuronserve.components.karpenter.node_pool_args import NodePoolArgs as NodePoolArgs
    from neuronserve.components.llm_service.args import LlmServiceArgs as LlmServiceArgs
    from neuronserve.components.llm_service.args import LlmServiceModelArgs as LlmServiceModelArgs
    from neuronserve.components.llm_service.args import LlmServiceReplicasArgs as LlmServiceReplicasArgs
    from neuronserve.components.llm_service.args import LlmServiceResourcesArgs as LlmServiceResourcesArgs
    from neuronserve.components.llm_service.args import LlmServiceWorkerArgs as LlmServiceWorkerArgs
    from neuronserve.components.llm_service.args import UpgradeStrategy as UpgradeStrategy
    from neuronserve.components.llm_service.llm_service import LlmService as LlmService
    from neuronserve.components.network.args import ExistingNetworkArgs as ExistingNetworkArgs
    from neuronserve.components.network.args import FlowLogsArgs as FlowLogsArgs
    from neuronserve.components.network.args import InterfaceEndpoint as InterfaceEndpoint
    from neuronserve.components.network.args import NatGateways as NatGateways
    from neuronserve.components.network.args import NetworkArgs as NetworkArgs
    from neuronserve.components.network.network import Network as Network
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
