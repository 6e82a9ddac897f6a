"""A model on an instance type: all that decides whether it fits there, and the arithmetic of it."""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from neuronserve.facts.instance_types import INSTANCE_TYPES, RUNTIME_TENSOR_PARALLEL_SIZES, InstanceType
from neuronserve.sizing.memory import GIB, MemoryPerCore, compile_memory_gib, memory_per_core, replicas_per_node
from neuronserve.sizing.models import ModelShape
from neuronserve.sizing.pod import worker_resources


@dataclass(frozen=True)
class Placement:
    """A model on an instance type, as a user sets it; nothing in it has to be right."""

    shape: ModelShape | None
    """Where it is None, not known, only what does not depend on it is checked."""
    node: InstanceType
    tensor_parallel_size: int
    """Cores of one replica, at least 1."""
    max_model_len: int
    """Tokens of the longest sequence, at least 1."""
    max_num_seqs: int
    """Sequences that a replica works on at once, at least 1."""
    min_replicas: int = 1
    max_replicas: int | None = None
    """None for as many as at least."""
    chips: int | None = None
    """Chips of the node that a worker takes; None for all."""
    worker_cpu: float | None = None
    """CPU cores of a worker; None for what its chips' share of the node can give."""
    worker_memory_gib: float | None = None
    """Memory of a worker; likewise."""

    def with_(self, field: str, value: float | None) -> "Placement":
        """Return it with another value of a field."""
        changed: dict[str, Any] = {field: value}
        return replace(self, **changed)

    @cached_property
    def instance(self) -> InstanceType:
        """The part of its node that a worker takes."""
        return self.node.part(min(self.chips, self.node.chips)) if self.chips else self.node

    @property
    def replicas_per_worker(self) -> int:
        """How many replicas a worker holds; 0 where it has too few cores for one."""
        return replicas_per_node(self.instance, self.tensor_parallel_size)

    @property
    def most_replicas(self) -> int:
        """How many replicas there are at most."""
        return self.min_replicas if self.max_replicas is None else self.max_replicas

    @property
    def nodes(self) -> int:
        """How many nodes its replicas take at most; 0 where a worker holds none."""
        replicas = max(self.min_replicas, self.most_replicas)
        workers = math.ceil(replicas / self.replicas_per_worker) if self.replicas_per_worker else 0
        return math.ceil(workers * self.instance.chips / self.node.chips)

    @cached_property
    def memory(self) -> MemoryPerCore | None:
        """What each core holds; None where the model is not known."""
        if self.shape is None:
            return None
        return memory_per_core(
            self.shape,
            self.instance,
            tensor_parallel_size=self.tensor_parallel_size,
            max_model_len=self.max_model_len,
            max_num_seqs=self.max_num_seqs,
        )

    @property
    def compile_memory_gib(self) -> float:
        """Host memory for compiling, of all replicas of a worker; 0 where the model is not known."""
        return compile_memory_gib(self.shape, self.replicas_per_worker) if self.shape else 0.0

    @property
    def lacks_memory(self) -> bool:
        """Whether the cores have too little memory."""
        return self.memory is not None and not self.memory.fits

    @property
    def lacks_compile_memory(self) -> bool:
        """Whether the host has too little memory for compiling, if the worker gets all that there is."""
        return self.compile_memory_gib > worker_resources(self.instance).memory_gib

    @property
    def is_padded(self) -> bool:
        """Whether attention heads have to be padded to a multiple of the cores."""
        return self.shape is not None and self.shape.num_attention_heads % self.tensor_parallel_size != 0

    @cached_property
    def can_be_joined(self) -> bool:
        """Whether so many cores can work as one, with none left over."""
        size = self.tensor_parallel_size
        return size in self.instance.tensor_parallel_sizes and self.instance.cores % size == 0

    @cached_property
    def fits(self) -> bool:
        """Whether the model runs there; with padded heads only where it does not without."""
        return self._fits_padded_or_not and not (self.is_padded and self.unpadded_sizes())

    @cached_property
    def _fits_padded_or_not(self) -> bool:
        return self.can_be_joined and not self.lacks_memory and not self.lacks_compile_memory

    def with_sizes(self) -> Iterator["Placement"]:
        """Yield it with each number of cores that can work as one, ascending; 1 always is one."""
        for size in RUNTIME_TENSOR_PARALLEL_SIZES[self.node.family]:
            placement = replace(self, tensor_parallel_size=size)
            if placement.can_be_joined:
                yield placement

    def unpadded_sizes(self) -> list[int]:
        """Return the tensor-parallel sizes with which it fits without padded heads."""
        return [
            other.tensor_parallel_size
            for other in self.with_sizes()
            if not other.is_padded and other._fits_padded_or_not
        ]

    def fitting_sizes(self) -> list[int]:
        """Return the tensor-parallel sizes with which it fits, those with padded heads where there are no others."""
        if unpadded := self.unpadded_sizes():
            return unpadded
        return [other.tensor_parallel_size for other in self.with_sizes() if other._fits_padded_or_not]

    def on_other_nodes(self) -> Iterator["Placement"]:
        """Yield it on each other instance type, its own family first, each from small to large.

        A worker takes as many chips as before where the scheduler gives so many, or else all.
        """
        others = (other for other in INSTANCE_TYPES.values() if other.name != self.node.name)
        for other in sorted(others, key=lambda other: (other.family != self.node.family, other.on_demand_usd_per_hour)):
            if self.chips in other.shareable_chips:
                yield replace(self, node=other)
            yield replace(self, node=other, chips=None)

    def with_more_chips(self) -> Iterator["Placement"]:
        """Yield it with each larger number of chips of its node that the scheduler gives to one worker."""
        for chips in self.node.shareable_chips:
            if self.chips and self.chips < chips < self.node.chips:
                yield replace(self, chips=chips)
        if self.chips:
            yield replace(self, chips=None)


def padding(shape: ModelShape, tensor_parallel_size: int) -> str:
    """Return which heads are padded or repeated on so many cores, such as "64 attention heads padded to 72"."""
    heads, key_value_heads = shape.sharded_heads(tensor_parallel_size)
    text = f"{shape.num_attention_heads} attention heads padded to {heads}"
    if key_value_heads == shape.num_key_value_heads:
        return text
    return f"{text}, {shape.num_key_value_heads} key/value heads repeated to {key_value_heads}"


def padding_cost(shape: ModelShape, tensor_parallel_size: int) -> str | None:
    """Return in a clause what padded heads cost on so many cores, None where no head is padded."""
    heads, key_value_heads = shape.sharded_heads(tensor_parallel_size)
    if heads == shape.num_attention_heads:
        return None
    more = 100 * (heads / shape.num_attention_heads - 1)
    times = key_value_heads / shape.num_key_value_heads
    cache = f" and a KV cache {times:.3g} times as large" if times > 1 else ""
    return (
        f"{padding(shape, tensor_parallel_size)}; that takes {more:.0f} % more work in attention, "
        f"{shape.weight_bytes(tensor_parallel_size) / GIB:.1f} instead of {shape.weight_bytes() / GIB:.1f} GiB for "
        f"weights{cache}"
    )
