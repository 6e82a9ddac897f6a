"""What is wrong between a stack's node pools, its services and its network."""

from collections.abc import Iterator

from neuronserve.components.karpenter.settings import CapacityType, NodePoolOptions
from neuronserve.facts.general_purpose import GENERAL_PURPOSE_TYPES
from neuronserve.settings import MapKey, SettingNames
from neuronserve.stack.node_pools import DEFAULT_POOL, FAMILY_POOLS, needs_of_pool, sets
from neuronserve.stack.settings import StackSettings


def _named_pools(stack: StackSettings, names: SettingNames) -> Iterator[tuple[str, NodePoolOptions, SettingNames]]:
    for name, pool in stack.node_pools.items():
        yield name, pool, names.below("node_pools", MapKey(name))


def _default_pool_types(stack: StackSettings, names: SettingNames) -> list[str]:
    pool, name = stack.node_pools.get(DEFAULT_POOL), names(("node_pools", MapKey(DEFAULT_POOL), "instance_types"))
    unknown = [one for one in (pool.instance_types if pool else None) or [] if one not in GENERAL_PURPOSE_TYPES]
    if not unknown:
        return []
    return [f"{name} holds {', '.join(unknown)}; the Ray heads' pool can have {', '.join(GENERAL_PURPOSE_TYPES)}."]


def _default_pool_capacity(stack: StackSettings, names: SettingNames) -> list[str]:
    pool, name = stack.node_pools.get(DEFAULT_POOL), names(("node_pools", MapKey(DEFAULT_POOL), "capacity_types"))
    if pool is None or CapacityType.SPOT not in pool.capacity_types:
        return []
    return [f"{name} holds spot, but the Ray heads run there, and a service ends with its head. Take spot out."]


def _types_of_pools(stack: StackSettings, names: SettingNames) -> list[str]:
    problems = []
    for name, pool, below in _named_pools(stack, names):
        lacking = [
            need
            for need in needs_of_pool(stack, name)
            if pool.instance_types is not None and need.instance_type not in pool.instance_types
        ]
        problems += [
            f"{below('instance_types')} lacks {need.instance_type}, which "
            f"{names(('services', MapKey(need.service), 'instance_type'))} is. Add it, or leave "
            f"{below('instance_types')} out."
            for need in lacking
        ]
        if name != DEFAULT_POOL and pool.instance_types is None and not needs_of_pool(stack, name):
            problems.append(
                f"{below('instance_types')} is not set, and no service needs the pool. Set it to the EC2 instance "
                f"types of its nodes, or remove {names(('node_pools', MapKey(name)))}. Pools that services need are "
                f"made by themselves: {', '.join(dict.fromkeys(FAMILY_POOLS.values()))}."
            )
    return problems


def _sizes_of_pools(stack: StackSettings, names: SettingNames) -> list[str]:
    problems = []
    for name, pool, below in _named_pools(stack, names):
        needed = needs_of_pool(stack, name)
        if (
            name != DEFAULT_POOL
            and not needed
            and pool.max_nodes is None
            and pool.limits is None
            and pool.instance_types
        ):
            problems.append(
                f"{below('max_nodes')} is not set, and no service needs the pool. Set it to the most nodes at a time."
            )
        nodes = sum(need.nodes for need in needed)
        if pool.max_nodes is not None and pool.max_nodes < nodes:
            doubled = any(sets(stack.services[need.service]) > 1 for need in needed)
            why = " (upgradeStrategy NewCluster starts a second set of them)" if doubled else ""
            listed = " and ".join(names(("services", MapKey(need.service))) for need in needed)
            verb = "needs" if len(needed) == 1 else "need"
            types = " and ".join(dict.fromkeys(need.instance_type for need in needed))
            problems.append(
                f"{below('max_nodes')} is {pool.max_nodes}, but {listed} {verb} up to {nodes} {types}{why}, and the "
                f"others would never start. Set it to {nodes} or more, or leave it out."
            )
    return problems


def _zones_of_pools(stack: StackSettings, names: SettingNames) -> list[str]:
    if not stack.has_system_nodes or stack.network.existing:
        return []
    problems = []
    for setting in ("availability_zone_ids", "availability_zone_names"):
        there = getattr(stack.network, setting)
        for _, pool, below in _named_pools(stack, names):
            wanted = getattr(pool, setting)
            if there is None or wanted is None or not (without := [zone for zone in wanted if zone not in there]):
                continue
            problems.append(
                f"{below(setting)} holds {', '.join(without)}, and {names(('network', setting))} are "
                f"{', '.join(there)}: there would be no subnet. Name zones that both have."
            )
    return problems


NODE_POOL_RULES = (
    _default_pool_types,
    _default_pool_capacity,
    _types_of_pools,
    _sizes_of_pools,
    _zones_of_pools,
)
