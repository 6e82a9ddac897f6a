"""The EKS cluster that everything else stands on, or one that exists already."""

from neuronserve.components.cluster.args import (
    ClusterArgs,
    ExistingClusterArgs,
    SystemNodesArgs,
)
from neuronserve.components.cluster.cluster import Cluster
from neuronserve.components.cluster.default_storage_class import DefaultStorageClass
from neuronserve.components.cluster.system_nodes import SYSTEM_NODE_LABELS, SYSTEM_TOLERATIONS

__all__ = [
    "SYSTEM_NODE_LABELS",
    "SYSTEM_TOLERATIONS",
    "Cluster",
    "ClusterArgs",
    "DefaultStorageClass",
    "ExistingClusterArgs",
    "SystemNodesArgs",
]
