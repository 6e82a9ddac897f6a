"""The EC2 instance types with Inferentia2 and Trainium chips: the one table of hardware facts.

Where each column comes from:

- chips, accelerator memory, vCPUs, memory: the Neuron documentation on the architecture of Inf2 and Trn1
  (https://awsdocs-neuron.readthedocs-hosted.com/en/latest/general/arch/neuron-hardware/inf2-arch.html,
  ``trn1-arch.html`` beside it);
- cores: ``aws.amazon.com/neuroncore`` in Karpenter's reference of instance types
  (https://karpenter.sh/docs/reference/instance-types/): two NeuronCores a chip;
- allocatable: the same reference, which Karpenter computes for AL2023, with the default kubelet reservation
  and 7.5 % of the memory taken off for the hypervisor. It is an estimate; no node was asked;
- prices: AWS's on-demand price list for Linux as Karpenter carries it, generated from the AWS Pricing API
  (https://github.com/aws/karpenter-provider-aws/blob/main/pkg/providers/pricing/zz_generated.pricing_aws.go).
  They are for :data:`PRICE_REGION` on :data:`PRICE_DATE`; other regions and later days were not verified;
- tensor-parallel sizes: see :data:`RUNTIME_TENSOR_PARALLEL_SIZES`.
"""

import dataclasses
import difflib
from collections.abc import Mapping
from dataclasses import dataclass

PRICE_REGION = "us-east-1"
"""The region that the on-demand prices are for."""

PRICE_DATE = "2026-01-19"
"""The day on which the on-demand prices were read from the AWS Pricing API."""

RUNTIME_TENSOR_PARALLEL_SIZES: Mapping[str, tuple[int, ...]] = {
    "inf2": (1, 2, 4, 8, 24),
    "trn1": (1, 2, 8, 16, 32),
    "trn1n": (1, 2, 8, 16, 32),
}
"""How many cores the Neuron runtime can join for one model, by family.

From the NxD Inference feature guide
(https://awsdocs-neuron.readthedocs-hosted.com/en/latest/libraries/nxd-inference/developer_guides/feature-guide.html).
It names Inf2 and Trn1; that Trn1n, the same chips with a faster network, has Trn1's sizes is an inference.
"""


SHAREABLE_CHIPS: Mapping[str, tuple[int, ...]] = {"trn1": (1, 4, 8, 16), "trn1n": (1, 4, 8, 16)}
"""How many chips of a node with many the Neuron scheduler extension gives to one pod, by family; on Inf2 any number.

From https://awsdocs-neuron.readthedocs-hosted.com/en/latest/containers/kubernetes-getting-started.html.
"""


EFA_CARDS: Mapping[str, int] = {"trn1.32xlarge": 8, "trn1n.32xlarge": 16}
"""Network cards of the instance types with EFA and Neuron chips, each with one adapter; Inferentia2 has none
(https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-acc-inst-types.html)."""


class UnknownInstanceTypeError(ValueError):
    """No such instance type in the table; the message names those that are."""


@dataclass(frozen=True)
class Allocatable:
    """What Kubernetes can give to pods on a node."""

    cpu_millis: int
    """CPU, in thousandths of a core."""
    memory_mib: int
    pods: int


@dataclass(frozen=True)
class InstanceType:
    """An EC2 instance type with Neuron chips."""

    name: str
    chips: int
    """Inferentia2 or Trainium chips: what Kubernetes counts as ``aws.amazon.com/neuron``."""
    cores: int
    """NeuronCores of all chips: what Ray counts as ``neuron_cores``."""
    accelerator_memory_gib: int
    """HBM of all chips."""
    vcpus: int
    memory_gib: int
    """Nominal host memory."""
    allocatable: Allocatable
    on_demand_usd_per_hour: float
    """In :data:`PRICE_REGION`, on :data:`PRICE_DATE`."""

    @property
    def cores_per_chip(self) -> int:
        """NeuronCores of one chip."""
        return self.cores // self.chips

    @property
    def accelerator_memory_gib_per_core(self) -> float:
        """HBM of one NeuronCore, in GiB."""
        return self.accelerator_memory_gib / self.cores

    @property
    def family(self) -> str:
        """The part of the name before the dot, such as ``inf2``."""
        return self.name.partition(".")[0]

    @property
    def shareable_chips(self) -> tuple[int, ...]:
        """How many of its chips one pod may take, ascending."""
        possible = SHAREABLE_CHIPS.get(self.family, range(1, self.chips + 1))
        return tuple(chips for chips in possible if chips <= self.chips)

    def part(self, chips: int) -> "InstanceType":
        """Return what some of its chips, with the same share of everything else, come to as an instance type."""
        share = chips / self.chips
        allocatable = self.allocatable
        return dataclasses.replace(
            self,
            chips=chips,
            cores=chips * self.cores_per_chip,
            accelerator_memory_gib=round(self.accelerator_memory_gib * share),
            vcpus=int(self.vcpus * share),
            memory_gib=int(self.memory_gib * share),
            allocatable=Allocatable(
                int(allocatable.cpu_millis * share), int(allocatable.memory_mib * share), allocatable.pods
            ),
            on_demand_usd_per_hour=self.on_demand_usd_per_hour * share,
        )

    @property
    def tensor_parallel_sizes(self) -> tuple[int, ...]:
        """How many of its cores the Neuron runtime can join for one model, ascending."""
        return tuple(size for size in RUNTIME_TENSOR_PARALLEL_SIZES[self.family] if size <= self.cores)


INSTANCE_TYPES: dict[str, InstanceType] = {
    instance.name: instance
    for instance in (
        InstanceType("inf2.xlarge", 1, 2, 32, 4, 16, Allocatable(3920, 14162, 58), 0.7582),
        InstanceType("inf2.8xlarge", 1, 2, 32, 32, 128, Allocatable(31850, 118312, 234), 1.96786),
        InstanceType("inf2.24xlarge", 6, 12, 192, 96, 384, Allocatable(95690, 355262, 737), 6.49063),
        InstanceType("inf2.48xlarge", 12, 24, 384, 192, 768, Allocatable(191450, 718987, 737), 12.98127),
        InstanceType("trn1.2xlarge", 1, 2, 32, 8, 32, Allocatable(7910, 29317, 58), 1.34375),
        InstanceType("trn1.32xlarge", 16, 32, 512, 128, 512, Allocatable(127610, 481894, 247), 21.5),
        InstanceType("trn1n.32xlarge", 16, 32, 512, 128, 512, Allocatable(127610, 481894, 247), 24.78),
    )
}
"""Every known instance type by name, each family from small to large."""


def instance_type(name: str) -> InstanceType:
    """Return the instance type of a name.

    Raises:
        UnknownInstanceTypeError: it is not in the table.
    """
    try:
        return INSTANCE_TYPES[name]
    except KeyError:
        close = difflib.get_close_matches(name, INSTANCE_TYPES, n=1)
        hint = f"Did you mean {close[0]}? " if close else ""
        raise UnknownInstanceTypeError(
            f"Instance type {name!r} is not known. {hint}Known are {', '.join(INSTANCE_TYPES)}."
        ) from None
