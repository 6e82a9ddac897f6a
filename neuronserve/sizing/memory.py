"""How much memory a model takes: on each NeuronCore while it serves, and on the host while it is compiled."""

from dataclasses import dataclass

from neuronserve.facts.instance_types import InstanceType
from neuronserve.sizing.models import ModelShape

GIB = 2**30

RESERVED_GIB_PER_CORE = 2.0
"""HBM of each core that is kept for all but weights and KV cache: compiled code and constants, scratchpad and
activations, DMA rings, collectives
(https://awsdocs-neuron.readthedocs-hosted.com/en/latest/neuron-runtime/explore/device-memory.html).

A rule of thumb, unproven on hardware: what is really needed depends on the compiled graph.
"""

COMPILE_MEMORY_PER_WEIGHT = 2.0
COMPILE_MEMORY_BASE_GIB = 4.0
"""Host memory that compiling takes: this multiple of the weights, and this much besides.

A rule of thumb, unproven by us, drawn through two reports: Llama-3.1-8B (15 GiB of weights) is killed on a
host with 32 GiB (https://github.com/aws-neuron/aws-neuron-sdk/issues/1222), and a mixture of experts with
30 billion weights (57 GiB) peaked at about 120 GB. It knows nothing of sequence lengths, and a long one can
take more: a model with 1 billion weights was killed on 32 GiB too
(https://github.com/aws-neuron/nki-llama/issues/8).
"""


@dataclass(frozen=True)
class MemoryPerCore:
    """What each NeuronCore of a replica holds."""

    weights_gib: float
    kv_cache_gib: float
    """The KV cache is allocated in full when the engine starts."""
    usable_gib: float
    """What weights and KV cache may take together."""
    capacity_gib: float
    """The core's HBM."""

    @property
    def total_gib(self) -> float:
        """Weights and KV cache together."""
        return self.weights_gib + self.kv_cache_gib

    @property
    def fits(self) -> bool:
        """Whether weights and KV cache stay within what is usable."""
        return self.total_gib <= self.usable_gib


def memory_per_core(
    shape: ModelShape,
    instance: InstanceType,
    *,
    tensor_parallel_size: int,
    max_model_len: int,
    max_num_seqs: int,
) -> MemoryPerCore:
    """Return what each core of a replica holds, in bfloat16.

    Args:
        shape: the model's shape.
        instance: where it runs.
        tensor_parallel_size: cores of one replica.
        max_model_len: tokens of the longest sequence.
        max_num_seqs: sequences that a replica works on at once.
    """
    kv_cache = shape.kv_bytes_per_token(tensor_parallel_size) * max_model_len * max_num_seqs
    capacity = instance.accelerator_memory_gib_per_core
    return MemoryPerCore(
        weights_gib=shape.weight_bytes(tensor_parallel_size) / tensor_parallel_size / GIB,
        kv_cache_gib=kv_cache / tensor_parallel_size / GIB,
        usable_gib=capacity - RESERVED_GIB_PER_CORE,
        capacity_gib=capacity,
    )


def replicas_per_node(instance: InstanceType, tensor_parallel_size: int) -> int:
    """Return how many replicas of so many cores each an instance holds; 0 where it has too few for one."""
    return instance.cores // tensor_parallel_size


def compile_memory_gib(shape: ModelShape, replicas: int) -> float:
    """Return the host memory, in GiB, that replicas take when they compile a model at the same time."""
    weights = shape.weight_bytes() / GIB
    return replicas * (COMPILE_MEMORY_PER_WEIGHT * weights + COMPILE_MEMORY_BASE_GIB)
