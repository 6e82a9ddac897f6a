"""What a worker pod that has a node to itself may request."""

import math
from dataclasses import dataclass

from neuronserve.facts.instance_types import InstanceType

DAEMONSET_CPU_MILLIS = 900
"""CPU left to the DaemonSets of a node: vpc-cni, kube-proxy, EBS CSI, Pod Identity, the Neuron device plugin,
node monitoring, CloudWatch and its neuron-monitor. They request the same on a large node as on a small one.

An estimate: their requests add up to some 800m with everything installed.
"""

DAEMONSET_MEMORY_MIB = 1024
"""Memory left to the same DaemonSets. An estimate."""

MEMORY_MARGIN = 0.08
"""Part of the allocatable memory that is left alone besides: the table has Karpenter's estimate, and a node
that turns out smaller must still have room for the pod.
"""


@dataclass(frozen=True)
class WorkerResources:
    """The resources of one worker pod."""

    cpu: int
    """Whole cores."""
    memory_gib: int
    neuron: int
    """Chips: the ``aws.amazon.com/neuron`` of the pod."""


def worker_resources(instance: InstanceType) -> WorkerResources:
    """Return the most that one worker pod may request of an instance, with all its chips."""
    allocatable = instance.allocatable
    memory_mib = allocatable.memory_mib * (1 - MEMORY_MARGIN) - DAEMONSET_MEMORY_MIB
    return WorkerResources(
        cpu=(allocatable.cpu_millis - DAEMONSET_CPU_MILLIS) // 1000,
        memory_gib=math.floor(memory_mib / 1024),
        neuron=instance.chips,
    )
