"""Whether replicas fill their workers, and workers have a place on their nodes; if not, why and what would be right.

Each check is three functions of a placement: whether it is broken, what would mend it, and how to say so.
"""

import math
from collections.abc import Iterator
from dataclasses import replace

from neuronserve.facts.kubernetes_versions import MOST_NODES
from neuronserve.sizing.placement import Placement
from neuronserve.sizing.pod import worker_resources
from neuronserve.sizing.remedies import Change, Names, advice


def chips_not_given(placement: Placement) -> bool:
    """Return whether the scheduler gives no worker so many chips."""
    return placement.chips is not None and placement.chips not in placement.node.shareable_chips


def with_given_chips(placement: Placement) -> Iterator[Placement]:
    """Yield it with all chips, and with the next numbers that the scheduler gives, below and above."""
    given, wanted = placement.node.shareable_chips, placement.chips or 0
    below, above = [chips for chips in given if chips < wanted][-1:], [chips for chips in given if chips > wanted][:1]
    for chips in (None, *below, *above):
        yield replace(placement, chips=chips)


def chips_message(placement: Placement, changes: list[Change], names: Names) -> str:
    """Return how many chips a worker can take."""
    node = placement.node
    chips = f"{node.chips} {'chip' if node.chips == 1 else 'chips'}"
    return (
        f"{names('chips')} is {placement.chips}, and of the {chips} of {node.name} one pod can take "
        f"{_listed(node.shareable_chips)}; left out, it is all. {advice(changes, names, 'chips')}"
    )


def _listed(numbers: tuple[int, ...]) -> str:
    if len(numbers) > 2 and numbers == tuple(range(numbers[0], numbers[-1] + 1)):
        return f"{numbers[0]} to {numbers[-1]}"
    return ", ".join(map(str, numbers))


def most_below_fewest(placement: Placement) -> bool:
    """Return whether there would be fewer replicas at most than at least."""
    return placement.most_replicas < placement.min_replicas


def with_more_replicas(placement: Placement) -> Iterator[Placement]:
    """Yield it with as many replicas at most as at least, and so many more that they fill their workers."""
    each = max(placement.replicas_per_worker, 1)
    yield _within_bounds(placement, math.ceil(placement.min_replicas / each) * each, each)


def _within_bounds(placement: Placement, replicas: int, each: int) -> Placement:
    """Return it with so many replicas at most, or with the most that can be set at all, and no more at least."""
    replicas = min(replicas, MOST_NODES // each * each)
    fewest = min(placement.min_replicas, replicas)
    only_fewest = placement.max_replicas is None and fewest == replicas
    return replace(placement, min_replicas=fewest, max_replicas=None if only_fewest else replicas)


def replica_order_message(placement: Placement, changes: list[Change], names: Names) -> str:
    """Return which of two numbers of replicas has to be the larger one."""
    return (
        f"{names('min_replicas')} is {placement.min_replicas}, more than {names('max_replicas')}, which is "
        f"{placement.most_replicas}. {advice(changes, names, '')}"
    )


def with_no_more_nodes(before: Placement, after: Placement) -> Placement:
    """Return a changed placement with so few replicas that they take no more nodes than before."""
    if not before.nodes or after.nodes <= before.nodes:
        return after
    workers = before.nodes * after.node.chips // after.instance.chips
    return _within_bounds(after, workers * after.replicas_per_worker, after.replicas_per_worker)


def leaves_cores_idle(placement: Placement) -> bool:
    """Return whether the last worker, paid for whole, would not be full of replicas."""
    each = placement.replicas_per_worker
    return bool(each and not most_below_fewest(placement) and placement.most_replicas % each)


def with_full_workers(placement: Placement) -> Iterator[Placement]:
    """Yield it with fewer replicas at most, and with more."""
    each = placement.replicas_per_worker
    fewer = placement.most_replicas - placement.most_replicas % each
    if fewer >= placement.min_replicas:
        yield _within_bounds(placement, fewer, each)
    more = _within_bounds(placement, fewer + each, each)
    if more.most_replicas > placement.most_replicas or fewer < placement.min_replicas:
        yield more


def idle_cores_message(placement: Placement, changes: list[Change], names: Names) -> str:
    """Return how many cores would have nothing to do."""
    size, instance, each = placement.tensor_parallel_size, placement.instance, placement.replicas_per_worker
    workers = placement.most_replicas // each + 1
    idle = workers * each - placement.most_replicas
    return (
        f"{names('max_replicas')} is {placement.most_replicas}, and one {instance.name} holds {each} replicas of "
        f"{size} cores ({names('tensor_parallel_size')}): {idle * size} of the {workers * instance.cores} cores that "
        f"are paid for would never work. {advice(changes, names, 'max_replicas')}"
    )


def takes_too_much(field: str, placement: Placement) -> bool:
    """Return whether a worker wants more of something, ``cpu`` or ``memory_gib``, than there is for it."""
    given = getattr(placement, f"worker_{field}")
    return given is not None and given > _most(field, placement)


def with_what_there_is(field: str, placement: Placement) -> Iterator[Placement]:
    """Yield it with all that there is for a worker."""
    yield from _set_or_left_out(f"worker_{field}", _most(field, placement), placement)


def too_much_message(field: str, placement: Placement, changes: list[Change], names: Names) -> str:
    """Return how much there is for a worker."""
    given = getattr(placement, f"worker_{field}")
    return (
        f"{names(f'worker_{field}')} is {given:g}, but a pod on {placement.instance.name} can have "
        f"{_most(field, placement)} at most. {advice(changes, names, f'worker_{field}')}"
    )


def _most(field: str, placement: Placement) -> int:
    most: int = getattr(worker_resources(placement.instance), field)
    return most


def _set_or_left_out(field: str, value: int, placement: Placement) -> Iterator[Placement]:
    for right in (value, None):
        yield placement.with_(field, right)


def lacks_cpu_for_replicas(placement: Placement) -> bool:
    """Return whether a worker gets less than the CPU core that each of its replicas takes."""
    return placement.worker_cpu is not None and placement.worker_cpu < placement.replicas_per_worker


def with_cpu_for_replicas(placement: Placement) -> Iterator[Placement]:
    """Yield it with a CPU core for each replica."""
    yield from _set_or_left_out("worker_cpu", placement.replicas_per_worker, placement)


def cpu_for_replicas_message(placement: Placement, changes: list[Change], names: Names) -> str:
    """Return how many CPU cores the replicas of a worker take."""
    return (
        f"{names('worker_cpu')} is {placement.worker_cpu:g}, and a worker holds {placement.replicas_per_worker} "
        f"replicas, which take 1 each. {advice(changes, names, 'worker_cpu', or_so=' or more')}"
    )


def lacks_memory_to_compile(placement: Placement) -> bool:
    """Return whether a worker gets too little memory to compile the model, where there would be enough."""
    given = placement.worker_memory_gib
    return given is not None and given < placement.compile_memory_gib and not placement.lacks_compile_memory


def with_memory_to_compile(placement: Placement) -> Iterator[Placement]:
    """Yield it with the memory that compiling takes."""
    yield from _set_or_left_out("worker_memory_gib", math.ceil(placement.compile_memory_gib), placement)


def memory_to_compile_message(placement: Placement, changes: list[Change], names: Names) -> str:
    """Return how much memory compiling takes."""
    replicas = placement.replicas_per_worker
    return (
        f"{names('worker_memory_gib')} is {placement.worker_memory_gib:g}, and compiling the model takes about "
        f"{math.ceil(placement.compile_memory_gib)} GiB of host memory for the "
        f"{'replica' if replicas == 1 else f'{replicas} replicas'} of a worker. "
        f"{advice(changes, names, 'worker_memory_gib', or_so=' or more')}"
    )
