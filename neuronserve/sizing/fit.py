"""Whether a model fits on an instance type, and if not, why and what would."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

from neuronserve.facts.instance_types import INSTANCE_TYPES, RUNTIME_TENSOR_PARALLEL_SIZES, InstanceType
from neuronserve.sizing.memory import (
    COMPILE_MEMORY_BASE_GIB,
    COMPILE_MEMORY_PER_WEIGHT,
    GIB,
    RESERVED_GIB_PER_CORE,
    MemoryPerCore,
    compile_memory_gib,
    memory_per_core,
    replicas_per_node,
)
from neuronserve.sizing.models import ModelShape
from neuronserve.sizing.pod import worker_resources

SHORTEST_SUGGESTED_LENGTH = 512
"""Tokens; a shorter sequence is of too little use to be suggested."""


def check_fit(  # noqa: PLR0913 (each is one thing that the user sets)
    shape: ModelShape | None,
    instance: InstanceType,
    *,
    tensor_parallel_size: int,
    max_model_len: int,
    max_num_seqs: int,
    setting: Callable[[str], str],
) -> list[str]:
    """Return everything that keeps a model from running on an instance type, one message each.

    Each problem is judged as if those before it had been mended as their messages say.

    Args:
        shape: the model's shape; where it is None, not known, only what does not depend on it is checked.
        instance: where the model should run.
        tensor_parallel_size: cores of one replica, at least 1.
        max_model_len: tokens of the longest sequence, at least 1.
        max_num_seqs: sequences that a replica works on at once, at least 1.
        setting: returns the name of ``tensor_parallel_size``, ``max_model_len`` or ``max_num_seqs`` as the
            user wrote it, such as ``neuronserve:model.maxNumSeqs``.
    """
    names = _Names(setting)
    if shape is None:
        reasons = _unusable_size(None, instance, tensor_parallel_size)
        sizes = _usable_sizes(None, instance)
        return [_size_message(instance, tensor_parallel_size, reasons, sizes, names)] if reasons else []

    problems = []
    placement = _Placement(shape, instance, tensor_parallel_size, max_model_len, max_num_seqs)
    if max_model_len > (longest := shape.max_position_embeddings):
        problems.append(
            f"{setting('max_model_len')} is {max_model_len}, but the model was trained for sequences of "
            f"{longest} tokens at most. Set it to {longest} or less."
        )
        placement = replace(placement, max_model_len=longest)
    if reasons := _unusable_size(shape, instance, tensor_parallel_size):
        # Where no size fits, the largest asks least of each core: the next messages say what it lacks.
        right = placement.fitting_sizes() or _usable_sizes(shape, instance)[-1:]
        problems.append(_size_message(instance, tensor_parallel_size, reasons, right, names))
        placement = replace(placement, tensor_parallel_size=right[-1])
    if not placement.memory.fits:
        problems.append(_memory_message(placement, names))
    if not placement.compiles:
        problems.append(_compile_message(placement, names))
    return problems


@dataclass(frozen=True)
class _Names:
    """Names of settings: in full where a message begins, the last part of it from then on."""

    full: Callable[[str], str]

    def short(self, setting: str) -> str:
        return re.split(r"[.:]", self.full(setting))[-1]


@dataclass(frozen=True)
class _Placement:
    """A model on an instance type, with all that decides whether it fits."""

    shape: ModelShape
    instance: InstanceType
    tensor_parallel_size: int
    max_model_len: int
    max_num_seqs: int

    @property
    def memory(self) -> MemoryPerCore:
        return memory_per_core(
            self.shape,
            self.instance,
            tensor_parallel_size=self.tensor_parallel_size,
            max_model_len=self.max_model_len,
            max_num_seqs=self.max_num_seqs,
        )

    @property
    def replicas(self) -> int:
        return replicas_per_node(self.instance, self.tensor_parallel_size)

    @property
    def compile_memory_gib(self) -> float:
        return compile_memory_gib(self.shape, self.replicas)

    @property
    def compiles(self) -> bool:
        return self.compile_memory_gib <= worker_resources(self.instance).memory_gib

    @property
    def fits(self) -> bool:
        usable = not _unusable_size(self.shape, self.instance, self.tensor_parallel_size)
        return usable and self.memory.fits and self.compiles

    def fitting_sizes(self) -> list[int]:
        """Return the tensor-parallel sizes with which it would fit."""
        sizes = _usable_sizes(self.shape, self.instance)
        return [size for size in sizes if replace(self, tensor_parallel_size=size).fits]

    def fewer_sequences(self) -> int | None:
        """Return the largest lower power of two of sequences for which each core has the memory."""
        return next(
            (n for n in _powers_of_two_below(self.max_num_seqs) if replace(self, max_num_seqs=n).memory.fits),
            None,
        )

    def shorter_length(self) -> int | None:
        """Return the largest lower power of two of tokens for which each core has the memory."""
        return next(
            (
                n
                for n in _powers_of_two_below(self.max_model_len)
                if n >= SHORTEST_SUGGESTED_LENGTH and replace(self, max_model_len=n).memory.fits
            ),
            None,
        )

    def other_instance(self) -> tuple[InstanceType, int] | None:
        """Return the smallest other instance type on which it would fit, and with which tensor-parallel size.

        The same family comes first, and the present size before others.
        """
        candidates = sorted(
            (other for other in INSTANCE_TYPES.values() if other.name != self.instance.name),
            key=lambda other: (other.family != self.instance.family, other.on_demand_usd_per_hour),
        )
        for other in candidates:
            if sizes := replace(self, instance=other).fitting_sizes():
                return other, self.tensor_parallel_size if self.tensor_parallel_size in sizes else sizes[0]
        return None


def _unusable_size(shape: ModelShape | None, instance: InstanceType, size: int) -> list[str]:
    """Return why a model cannot, or should not, be spread over so many cores of an instance."""
    reasons = []
    if size not in (runtime := RUNTIME_TENSOR_PARALLEL_SIZES[instance.family]):
        reasons.append(f"the Neuron runtime joins {_either(runtime)} cores on {instance.family}")
    if size > instance.cores:
        reasons.append(f"{instance.name} has {instance.cores} cores")
    elif idle := instance.cores % size:
        reasons.append(f"it leaves {idle} of the {instance.cores} cores of {instance.name} idle")
    if shape and shape.num_attention_heads % size:
        padded, padded_cache = shape.sharded_heads(size)
        reason = f"the model's {shape.num_attention_heads} attention heads would have to be padded to {padded}"
        if padded_cache > shape.num_key_value_heads:
            reason += f", and its KV cache from {shape.num_key_value_heads} heads to {padded_cache}"
        reasons.append(reason)
    return reasons


def _usable_sizes(shape: ModelShape | None, instance: InstanceType) -> list[int]:
    """Return the tensor-parallel sizes, that nothing but memory speaks against; 1 always is one."""
    return [size for size in instance.tensor_parallel_sizes if not _unusable_size(shape, instance, size)]


def _size_message(instance: InstanceType, size: int, reasons: list[str], right: list[int], names: _Names) -> str:
    return (
        f"{names.full('tensor_parallel_size')} is {size} on {instance.name}, but {'; '.join(reasons)}. "
        f"Set it to {_either(right)}."
    )


def _memory_message(placement: _Placement, names: _Names) -> str:
    memory, size = placement.memory, placement.tensor_parallel_size
    weights = f"{placement.shape.weight_bytes() / GIB:.1f} GiB of weights"
    if memory.weights_gib > memory.usable_gib:
        return (
            f"{names.full('tensor_parallel_size')} is {size}, and the {weights} alone take "
            f"{memory.weights_gib:.1f} of {memory.capacity_gib:.0f} GiB on {_cores(placement)}, where "
            f"{RESERVED_GIB_PER_CORE:.0f} GiB are kept for compiled code and scratch. "
            f"{_suggestions(placement, names, [])}"
        )
    settings = [
        f"{names.short(setting)} to {value}"
        for setting, value in (
            ("max_num_seqs", placement.fewer_sequences()),
            ("max_model_len", placement.shorter_length()),
        )
        if value is not None
    ]
    return (
        f"{names.full('max_num_seqs')} is {placement.max_num_seqs}, and with {names.short('max_model_len')} "
        f"{placement.max_model_len} the KV cache takes {memory.kv_cache_gib * size:.1f} GiB; with {weights} "
        f"that is {memory.total_gib:.1f} of {memory.capacity_gib:.0f} GiB on {_cores(placement)}, where "
        f"{RESERVED_GIB_PER_CORE:.0f} GiB are kept for compiled code and scratch. "
        f"{_suggestions(placement, names, settings)}"
    )


def _compile_message(placement: _Placement, names: _Names) -> str:
    instance, replicas = placement.instance, placement.replicas
    holds = f"{instance.name} holds {replicas} {'replica' if replicas == 1 else 'replicas'}"
    each = (
        f"{COMPILE_MEMORY_PER_WEIGHT:.0f} x {placement.shape.weight_bytes() / GIB:.1f} GiB of weights + "
        f"{COMPILE_MEMORY_BASE_GIB:.0f} GiB"
    )
    return (
        f"{names.full('tensor_parallel_size')} is {placement.tensor_parallel_size}, so one {holds}, and "
        f"compiling the model takes about {placement.compile_memory_gib:.0f} GiB of host memory "
        f"({each} for each replica); a worker there has {worker_resources(instance).memory_gib} GiB. "
        f"{_suggestions(placement, names, [])}"
    )


def _suggestions(placement: _Placement, names: _Names, settings: list[str]) -> str:
    """Return what to change: settings, the tensor-parallel size, the instance type, or else the model."""
    size_name = names.short("tensor_parallel_size")
    settings = list(settings)
    if sizes := placement.fitting_sizes():
        settings.append(f"{size_name} to {sizes[0]}")
    suggestions = []
    if settings:
        suggestions.append(f"set {', or '.join(settings)}")
    if other := placement.other_instance():
        instance, size = other
        with_size = "" if size == placement.tensor_parallel_size else f" with {size_name} {size}"
        suggestions.append(f"choose {instance.name}{with_size}")
    text = ", or ".join(suggestions) or "choose a smaller model"
    return f"{text[0].upper()}{text[1:]}."


def _cores(placement: _Placement) -> str:
    size, instance = placement.tensor_parallel_size, placement.instance
    if size == instance.cores:
        return f"each of the {size} cores of {instance.name}"
    cores = "the one core" if size == 1 else f"each of the {size} cores"
    return f"{cores} that a replica has on {instance.name}"


def _either(sizes: Iterable[int]) -> str:
    *others, last = map(str, sizes)
    return f"{', '.join(others)} or {last}" if others else last


def _powers_of_two_below(number: int) -> Iterator[int]:
    """Yield the powers of two below a number, from large to small."""
    exponent = (number - 1).bit_length() - 1
    while exponent >= 0:
        yield 2**exponent
        exponent -= 1
