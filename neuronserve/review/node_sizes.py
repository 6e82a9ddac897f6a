"""What a node of an instance type takes from its pool's limits, and what of that pods can have."""

from neuronserve.facts.general_purpose import GENERAL_PURPOSE_TYPES
from neuronserve.facts.instance_types import INSTANCE_TYPES
from neuronserve.facts.neuron import NEURON_RESOURCE


def whole(instance_type: str) -> dict[str, float]:
    """Return all that a node has, by resource; of an instance type that is not known, nothing."""
    if accelerated := INSTANCE_TYPES.get(instance_type):
        return {"cpu": accelerated.vcpus, "memory": accelerated.memory_gib * 2**30, NEURON_RESOURCE: accelerated.chips}
    if plain := GENERAL_PURPOSE_TYPES.get(instance_type):
        return {"cpu": plain.vcpus, "memory": plain.memory_gib * 2**30, NEURON_RESOURCE: 0}
    return {"cpu": 0, "memory": 0, NEURON_RESOURCE: 0}


def has_room(instance_type: str, asked: dict[str, float]) -> bool:
    """Tell whether pods that ask for so much together fit on one node."""
    known = INSTANCE_TYPES.get(instance_type) or GENERAL_PURPOSE_TYPES.get(instance_type)
    there = whole(instance_type)
    if known:
        there |= {"cpu": known.allocatable.cpu_millis / 1000, "memory": known.allocatable.memory_mib * 2**20}
    return all(amount <= there[resource] for resource, amount in asked.items() if resource in there)
