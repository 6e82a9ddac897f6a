"""EC2 instance types without accelerators that the platform's other pods run on.

vCPUs and memory are those of https://aws.amazon.com/ec2/instance-types/; what Kubernetes can give to pods is computed
as Karpenter does for AL2023 with kubelet's default reservations.
"""

from dataclasses import dataclass

from neuronserve.facts.instance_types import Allocatable

HYPERVISOR_SHARE = 0.075
"""Part of the nominal memory that Karpenter takes off for the hypervisor: its ``vmMemoryOverheadPercent``."""

EVICTION_MIB = 100
"""Free memory below which kubelet evicts pods."""

MOST_PODS = 110
"""With prefix delegation an instance of fewer than 30 vCPUs runs so many."""


@dataclass(frozen=True)
class GeneralPurposeType:
    """An EC2 instance type without accelerators."""

    name: str
    vcpus: int
    memory_gib: int

    @property
    def allocatable(self) -> Allocatable:
        """What Kubernetes can give to pods: an estimate."""
        # Kubelet keeps 6 % of the first core, 1 % of the second, 0.5 % of the next two, 0.25 % of the others.
        kept = sum((60, 10, 5, 5)[core] if core < 4 else 2.5 for core in range(self.vcpus))
        memory = self.memory_gib * 1024 * (1 - HYPERVISOR_SHARE) - (255 + 11 * MOST_PODS) - EVICTION_MIB
        return Allocatable(int(self.vcpus * 1000 - kept), int(memory), MOST_PODS)


GENERAL_PURPOSE_TYPES = {
    f"{family}.{size}": GeneralPurposeType(f"{family}.{size}", vcpus, vcpus * 4)
    for family in ("m6i", "m7i")
    for size, vcpus in (("large", 2), ("xlarge", 4), ("2xlarge", 8), ("4xlarge", 16))
}
"""Every known type by name."""
