"""What runs in the cluster for others: operators, device plugins, and what watches them."""

from neuronserve.components.add_ons.cloud_watch import CloudWatchObservability, CloudWatchObservabilityArgs
from neuronserve.components.add_ons.efa import EfaDevicePlugin, EfaDevicePluginArgs
from neuronserve.components.add_ons.kube_ray import KubeRayOperator, KubeRayOperatorArgs
from neuronserve.components.add_ons.load_balancer_controller import (
    LoadBalancerController,
    LoadBalancerControllerArgs,
)
from neuronserve.components.add_ons.neuron import NeuronOperator, NeuronOperatorArgs

__all__ = [
    "CloudWatchObservability",
    "CloudWatchObservabilityArgs",
    "EfaDevicePlugin",
    "EfaDevicePluginArgs",
    "KubeRayOperator",
    "KubeRayOperatorArgs",
    "LoadBalancerController",
    "LoadBalancerControllerArgs",
    "NeuronOperator",
    "NeuronOperatorArgs",
]
