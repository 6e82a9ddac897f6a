"""What runs in the cluster for others: operators and device plugins, each from a pinned Helm chart."""

from neuronserve.components.operators.charts import MirrorArgs, MirrorSettings
from neuronserve.components.operators.efa import EfaDevicePlugin, EfaDevicePluginArgs
from neuronserve.components.operators.kuberay import KubeRayOperator, KubeRayOperatorArgs
from neuronserve.components.operators.load_balancer_controller import (
    LoadBalancerController,
    LoadBalancerControllerArgs,
)
from neuronserve.components.operators.neuron import NeuronOperator, NeuronOperatorArgs

__all__ = [
    "EfaDevicePlugin",
    "EfaDevicePluginArgs",
    "KubeRayOperator",
    "KubeRayOperatorArgs",
    "LoadBalancerController",
    "LoadBalancerControllerArgs",
    "MirrorArgs",
    "MirrorSettings",
    "NeuronOperator",
    "NeuronOperatorArgs",
]
