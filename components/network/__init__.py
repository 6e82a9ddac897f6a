"""The VPC that a cluster stands in, or one that exists already."""

from neuronserve.components.network.args import (
    ExistingNetworkArgs,
    FlowLogsArgs,
    InterfaceEndpoint,
    NatGateways,
    NetworkArgs,
)
from neuronserve.components.network.network import Network

__all__ = [
    "ExistingNetworkArgs",
    "FlowLogsArgs",
    "InterfaceEndpoint",
    "NatGateways",
    "Network",
    "NetworkArgs",
]
