"""Whether a model fits on an instance type, and if not, why and what would."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import islice

from neuronserve.facts.instance_types import RUNTIME_TENSOR_PARALLEL_SIZES
from neuronserve.sizing.memory import (
    COMPILE_MEMORY_BASE_GIB,
    COMPILE_MEMORY_PER_WEIGHT,
    GIB,
    RESERVED_GIB_PER_CORE,
)
from neuronserve.sizing.placement import Placement, padding
from neuronserve.sizing.pod import worker_resources
from neuronserve.sizing.remedies import Change, Names, advice, either

SHORTEST_SUGGESTED_LENGTH = 512
"""Tokens; a shorter sequence is of too little use to be suggested."""

LEAST = {"max_num_seqs": 1, "max_model_len": SHORTEST_SUGGESTED_LENGTH}
"""How low a setting may be suggested."""


def is_too_long(placement: Placement) -> bool:
    """Return whether the model was trained for shorter sequences only."""
    return placement.shape is not None and placement.max_model_len > placement.shape.max_position_embeddings


def shortened(placement: Placement) -> Iterator[Placement]:
    """Yield it with the longest sequence that the model was trained for."""
    if placement.shape:
        yield replace(placement, max_model_len=placement.shape.max_position_embeddings)


def length_message(placement: Placement, changes: list[Change], names: Names) -> str:
    """Return how long a sequence may be."""
    (longest,) = (change["max_model_len"] for change in changes)
    return (
        f"{names('max_model_len')} is {placement.max_model_len}, but the model was trained for sequences of {longest} "
        f"tokens at most. Set it to {longest} or less."
    )


def does_not_fit(placement: Placement) -> bool:
    """Return whether cores, their memory or that of the host are the wrong ones for the model."""
    return not placement.fits


def fitting(placement: Placement) -> Iterator[Placement]:
    """Yield a placement that does not fit with what would make it fit: settings first, then another instance type."""
    sized = [replace(placement, tensor_parallel_size=size) for size in placement.fitting_sizes()]
    if sized and _unusable_size(placement):
        yield from sized
        return
    here = [
        *_lowered(placement, any_size=False),
        *sized[:1],
        *_first(_sized(other) for other in placement.with_more_chips()),
    ]
    here = here or _lowered_anyhow([placement, *placement.with_more_chips()])
    yield from here
    others = [*placement.on_other_nodes()]
    yield from _first(_sized(other) for other in others) or ([] if here else _lowered_anyhow(others))


def _lowered_anyhow(placements: Iterable[Placement]) -> list[Placement]:
    """Return the first that can fit with all that has to change together for that."""
    return _first(
        [*_lowered(place, any_size=True)] or _first(_lowered_both(place)) for place in placements if _can_fit(place)
    )


def _first(found: Iterable[list[Placement]]) -> list[Placement]:
    return next((placements for placements in found if placements), [])


def _sized(placement: Placement) -> list[Placement]:
    """Return it with a number of cores with which it fits, its own before others; nothing if there is none."""
    if placement.fits:
        return [placement]
    return [replace(placement, tensor_parallel_size=size) for size in placement.fitting_sizes()[:1]]


def _lowered(placement: Placement, *, any_size: bool) -> Iterator[Placement]:
    """Yield it with the largest lower power of two of sequences, and likewise of tokens, with which it fits.

    Its number of cores stays where it can, and always unless ``any_size``.
    """
    keeps_size = not any_size and placement.can_be_joined and not placement.is_padded
    for field in LEAST:
        lower = (placement.with_(field, value) for value in _powers_of_two_below(placement, field))
        yield from _first(([one] if one.fits else []) if keeps_size else _sized(one) for one in lower)


def _lowered_both(placement: Placement) -> Iterator[list[Placement]]:
    for length in _powers_of_two_below(placement, "max_model_len"):
        yield from ([one] for one in islice(_lowered(replace(placement, max_model_len=length), any_size=True), 1))


def _can_fit(placement: Placement) -> bool:
    for field, least in LEAST.items():
        placement = placement.with_(field, min(getattr(placement, field), least))
    return bool(placement.fitting_sizes())


def _powers_of_two_below(placement: Placement, field: str) -> Iterator[int]:
    """Yield the powers of two below a setting, from large to small, down to the least that is suggested."""
    exponent = (getattr(placement, field) - 1).bit_length() - 1
    while exponent >= 0 and 2**exponent >= LEAST[field]:
        yield 2**exponent
        exponent -= 1


def _unusable_size(placement: Placement) -> list[str]:
    """Return why a model cannot, or should not, be spread over so many cores."""
    instance, size, shape = placement.instance, placement.tensor_parallel_size, placement.shape
    there = _there(placement).removeprefix("one ")
    reasons = []
    if size not in (runtime := RUNTIME_TENSOR_PARALLEL_SIZES[instance.family]):
        reasons.append(f"the Neuron runtime joins {either(runtime)} cores on {instance.family}")
    if size > instance.cores:
        reasons.append(f"{there} has {instance.cores} cores")
    elif idle := instance.cores % size:
        reasons.append(f"it leaves {idle} of the {instance.cores} cores of {there} idle")
    if shape and placement.is_padded and placement.unpadded_sizes():
        padded, padded_cache = shape.sharded_heads(size)
        reason = f"the model's {shape.num_attention_heads} attention heads would have to be padded to {padded}"
        if padded_cache > shape.num_key_value_heads:
            reason += f", and its KV cache from {shape.num_key_value_heads} heads to {padded_cache}"
        reasons.append(reason)
    return reasons


def fit_message(placement: Placement, changes: list[Change], names: Names) -> str:
    """Return why it does not fit, with the arithmetic, and what to change."""
    size, reasons = placement.tensor_parallel_size, _unusable_size(placement)
    texts = []
    if reasons:
        texts = [f"{names('tensor_parallel_size')} is {size} on {placement.instance.name}, but {'; '.join(reasons)}."]
    if not reasons:
        texts += _lacks(placement, names)
    elif not placement.fitting_sizes():
        *_, largest = placement.with_sizes()  # it asks least of each core
        texts += _lacks(largest, names, f"With {largest.tensor_parallel_size}")
    if not changes:
        texts.append("There is no instance type on which it fits: choose a smaller model.")
    else:
        if all("node" in change for change in changes):
            texts.append(f"No setting makes it fit on {placement.node.name}.")
        texts.append(advice(changes, names, "tensor_parallel_size" if reasons else ""))
    return " ".join(texts)


def _lacks(placement: Placement, names: Names, given: str | None = None) -> Iterator[str]:
    """Yield what its cores and its host lack, a sentence each.

    The first begins with a setting, or with what is given besides the settings, such as "With 8".
    """
    if placement.lacks_memory:
        yield f"{_lacks_memory(placement, names, given)}."
    if placement.lacks_compile_memory:
        there = _there(placement)
        begins = f"{names('tensor_parallel_size')} is {placement.tensor_parallel_size}, so {there}"
        if placement.lacks_memory or given:
            begins = f"{there[0].upper()}{there[1:]}" if placement.lacks_memory else f"{given}, {there}"
        yield f"{begins} {_lacks_compile_memory(placement)}."


def _lacks_memory(placement: Placement, names: Names, given: str | None) -> str:
    memory, shape, size = placement.memory, placement.shape, placement.tensor_parallel_size
    assert memory is not None and shape is not None  # noqa: S101, PT018 (what is not known lacks nothing)
    weights = f"{memory.weights_gib * size:.1f} GiB of weights"
    if placement.is_padded:
        weights += f" ({padding(shape, size)})"
    kept = f"where {RESERVED_GIB_PER_CORE:.0f} GiB are kept for compiled code and scratch"
    if memory.weights_gib > memory.usable_gib:
        begins = f"{given}, the" if given else f"{names('tensor_parallel_size')} is {size}, and the"
        return (
            f"{begins} {weights} alone take {memory.weights_gib:.1f} of {memory.capacity_gib:.0f} GiB on "
            f"{_cores(placement)}, {kept}"
        )
    load = f"{names.short('max_model_len')} {placement.max_model_len}"
    if given:
        begins = f"{given}, {names.short('max_num_seqs')} {placement.max_num_seqs} and {load}"
    else:
        begins = f"{names('max_num_seqs')} is {placement.max_num_seqs}, and with {load}"
    return (
        f"{begins} the KV cache takes {memory.kv_cache_gib * size:.1f} GiB; with {weights} that is "
        f"{memory.total_gib:.1f} of {memory.capacity_gib:.0f} GiB on {_cores(placement)}, {kept}"
    )


def _lacks_compile_memory(placement: Placement) -> str:
    replicas, shape = placement.replicas_per_worker, placement.shape
    assert shape is not None  # noqa: S101 (what is not known lacks nothing)
    return (
        f"holds {replicas} {'replica' if replicas == 1 else 'replicas'}, and compiling the model takes about "
        f"{placement.compile_memory_gib:.0f} GiB of host memory ({COMPILE_MEMORY_PER_WEIGHT:.0f} x "
        f"{shape.weight_bytes() / GIB:.1f} GiB of weights + {COMPILE_MEMORY_BASE_GIB:.0f} GiB for each replica); a "
        f"worker there has {worker_resources(placement.instance).memory_gib} GiB"
    )


def _there(placement: Placement) -> str:
    """Return what holds its replicas: a node, or a worker with a part of it."""
    chips, node = placement.instance.chips, placement.node
    if chips == node.chips:
        return f"one {node.name}"
    return f"a worker with {chips} {'chip' if chips == 1 else 'chips'} of {node.name}"


def _cores(placement: Placement) -> str:
    size, instance = placement.tensor_parallel_size, placement.instance
    if size == instance.cores:
        return f"each of the {size} cores of {_there(placement).removeprefix('one ')}"
    cores = "the one core" if size == 1 else f"each of the {size} cores"
    return f"{cores} that a replica has on {instance.name}"
