"""Karpenter, which makes nodes for pods that have no place, and the pools that it makes them from."""

from neuronserve.components.karpenter.karpenter import Karpenter, KarpenterArgs
from neuronserve.components.karpenter.node_pool import (
    ACCELERATED_POOLS,
    DEFAULT_POOL,
    DEFAULT_POOL_INSTANCE_TYPES,
    NodePool,
)
from neuronserve.components.karpenter.node_pool_args import CapacityType, NodePoolArgs

__all__ = [
    "ACCELERATED_POOLS",
    "DEFAULT_POOL",
    "DEFAULT_POOL_INSTANCE_TYPES",
    "CapacityType",
    "Karpenter",
    "KarpenterArgs",
    "NodePool",
    "NodePoolArgs",
]
