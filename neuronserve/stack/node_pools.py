"""Which node pools a stack has: those that its file names, completed, and those that its services need besides."""

import math
from collections.abc import Iterator
from typing import NamedTuple

from neuronserve.components.karpenter.settings import NodePoolOptions
from neuronserve.components.llm_service.settings import LlmServiceSettings, UpgradeStrategy
from neuronserve.components.platform.checks import KARPENTER
from neuronserve.facts.instance_types import INSTANCE_TYPES, InstanceType
from neuronserve.facts.neuron import NEURON_RESOURCE
from neuronserve.serving.settings import Accelerator
from neuronserve.sizing import replicas_per_node
from neuronserve.stack.settings import StackSettings

DEFAULT_POOL = "default"
"""The pool of whatever has no other place, the Ray heads among it."""

DEFAULT_POOL_INSTANCE_TYPES = ["m7i.xlarge", "m7i.2xlarge", "m6i.xlarge", "m6i.2xlarge"]

DEFAULT_POOL_NODES = 4
"""Fewest nodes that the default pool may have: two heads during an upgrade, and room for what else is there."""

FAMILY_POOLS = {"inf2": "inferentia-inf2", "trn1": "trainium-trn1", "trn1n": "trainium-trn1"}
"""Names of pools with Neuron chips, by instance family: those of AWS's data-on-eks."""


class Need(NamedTuple):
    """Nodes of one instance type that a service can need at a time."""

    service: str
    instance_type: str
    nodes: int


def sets(service: LlmServiceSettings) -> int:
    """Return how many sets of pods a service can have at a time: an upgrade starts a second one."""
    return 2 if service.upgrade_strategy is UpgradeStrategy.NEW_CLUSTER else 1


def pool_of(stack: StackSettings, instance_type: str) -> str:
    """Return the name of the pool of an instance type with Neuron chips: one that names it, or that of its family."""
    naming = (name for name, pool in stack.node_pools.items() if instance_type in (pool.instance_types or ()))
    return next(naming, FAMILY_POOLS[INSTANCE_TYPES[instance_type].family])


def services_of_pool(stack: StackSettings, pool_name: str) -> dict[str, InstanceType]:
    """Return which services need a pool with Neuron chips, and the nodes that they want."""
    return {name: node for name, node in _nodes(stack) if pool_of(stack, node.name) == pool_name}


def types_of_pool(stack: StackSettings, pool_name: str) -> list[str]:
    """Return the instance types of a pool: those that it names, or those that it is needed for."""
    if pool_name in stack.node_pools and (named := stack.node_pools[pool_name].instance_types):
        return named
    if pool_name == DEFAULT_POOL:
        return DEFAULT_POOL_INSTANCE_TYPES
    needed = {node.name for node in services_of_pool(stack, pool_name).values()}
    return [one for one in INSTANCE_TYPES if one in needed]


def needs_of_pool(stack: StackSettings, pool_name: str) -> list[Need]:
    """Return what a pool is needed for; for a service that cannot be deployed, nothing."""
    services = services_of_pool(stack, pool_name).items()
    return [Need(name, node.name, nodes) for name, node in services if (nodes := _most(stack.services[name], node))]


def node_pools(stack: StackSettings) -> dict[str, NodePoolOptions]:
    """Return all pools by name, the default one first, with instance types and a size; none without Karpenter."""
    if not stack.makes(KARPENTER):
        return {}
    needed = [pool_of(stack, node.name) for _, node in _nodes(stack)]
    names = dict.fromkeys([DEFAULT_POOL, *stack.node_pools, *needed])
    return {name: _completed(stack, name) for name in names}


def _completed(stack: StackSettings, name: str) -> NodePoolOptions:
    pool, types = stack.node_pools.get(name, NodePoolOptions()), types_of_pool(stack, name)
    if name == DEFAULT_POOL:
        heads = sum(sets(service) for service in stack.services.values())
        return pool.changed(instance_types=types, max_nodes=pool.max_nodes or max(DEFAULT_POOL_NODES, 2 * heads))
    needed = needs_of_pool(stack, name)
    nodes = pool.max_nodes or sum(need.nodes for need in needed)
    exact = pool.max_nodes is None and pool.limits is None and len(types) > 1
    return pool.changed(instance_types=types, max_nodes=nodes, limits=_limits(needed) if exact else pool.limits)


def _nodes(stack: StackSettings) -> Iterator[tuple[str, InstanceType]]:
    for name, service in stack.services.items():
        if node := node_of(service):
            yield name, node


def node_of(service: LlmServiceSettings) -> InstanceType | None:
    """Return the instance type of a service with Neuron chips, None if it has none, or one that is not known."""
    return INSTANCE_TYPES.get(service.instance_type or "") if service.accelerator is Accelerator.NEURON else None


def _most(service: LlmServiceSettings, node: InstanceType) -> int:
    """Return the most nodes that a service can have at a time, 0 where it has no place on one."""
    chips = min(service.worker.neuron_chips or node.chips, node.chips)
    per_worker = replicas_per_node(node.part(chips), service.model.tensor_parallel_size)
    if per_worker == 0:
        return 0
    workers = math.ceil(service.replicas.maximum / per_worker)
    return sets(service) * math.ceil(workers * chips / node.chips)


def _limits(needed: list[Need]) -> dict[str, str]:
    """Return the limits of nodes of several types: what they have together, which so many of the largest exceed."""
    nodes = [(need.nodes, INSTANCE_TYPES[need.instance_type]) for need in needed]
    return {
        "cpu": str(sum(number * node.vcpus for number, node in nodes)),
        "memory": f"{sum(number * node.memory_gib for number, node in nodes)}Gi",
        NEURON_RESOURCE: str(sum(number * node.chips for number, node in nodes)),
    }
