"""What is wrong between a stack's node pools, its services and its network: rules about one pool each."""

from collections.abc import Callable
from functools import partial

from neuronserve.components.karpenter.settings import CapacityType
from neuronserve.facts.general_purpose import GENERAL_PURPOSE_TYPES
from neuronserve.settings import MapKey, Rule, SettingNames
from neuronserve.stack.node_pools import (
    DEFAULT_POOL,
    FAMILY_POOLS,
    needs_of_pool,
    node_of,
    pool_of,
    services_of_pool,
    sets,
)
from neuronserve.stack.settings import StackSettings

PoolRule = Callable[[str, StackSettings, SettingNames], list[str]]


def node_pool_rules(stack: StackSettings) -> list[Rule]:
    """Return the rules for the pools that a stack names, and for those that its services need."""
    of_services = [partial(_type_in_pool, service) for service in stack.services]
    return [*of_services, *(partial(rule, name) for name in stack.node_pools for rule in RULES)]


def _below(name: str, names: SettingNames) -> SettingNames:
    return names.below("node_pools", MapKey(name))


def _default_pool_types(name: str, stack: StackSettings, names: SettingNames) -> list[str]:
    if name != DEFAULT_POOL:
        return []
    unknown = [one for one in stack.node_pools[name].instance_types or () if one not in GENERAL_PURPOSE_TYPES]
    if not unknown:
        return []
    return [
        f"{_below(name, names)('instance_types')} holds {', '.join(unknown)}; the Ray heads' pool can have "
        f"{', '.join(GENERAL_PURPOSE_TYPES)}."
    ]


def _default_pool_capacity(name: str, stack: StackSettings, names: SettingNames) -> list[str]:
    if name != DEFAULT_POOL or CapacityType.SPOT not in stack.node_pools[name].capacity_types:
        return []
    return [
        f"{_below(name, names)('capacity_types')} holds spot, but the Ray heads run there, and a service ends with its "
        "head. Take spot out."
    ]


def _type_in_pool(service: str, stack: StackSettings, names: SettingNames) -> list[str]:
    node = node_of(stack.services[service])
    pool = stack.node_pools.get(pool_of(stack, node.name)) if node else None
    if node is None or pool is None or pool.instance_types is None or node.name in pool.instance_types:
        return []
    setting = _below(pool_of(stack, node.name), names)("instance_types")
    return [
        f"{setting} lacks {node.name}, which {names(('services', MapKey(service), 'instance_type'))} is. Add it, or "
        f"leave {setting} out."
    ]


def _types_of_own_pool(name: str, stack: StackSettings, names: SettingNames) -> list[str]:
    if name == DEFAULT_POOL or stack.node_pools[name].instance_types is not None or services_of_pool(stack, name):
        return []
    return [
        f"{_below(name, names)('instance_types')} is not set, and no service needs the pool. Set it to the EC2 "
        f"instance types of its nodes, or remove {names(('node_pools', MapKey(name)))}. Pools that services need are "
        f"made by themselves: {', '.join(dict.fromkeys(FAMILY_POOLS.values()))}."
    ]


def _size_of_own_pool(name: str, stack: StackSettings, names: SettingNames) -> list[str]:
    pool = stack.node_pools[name]
    has_size = pool.max_nodes is not None or pool.limits is not None
    if name == DEFAULT_POOL or has_size or pool.instance_types is None or services_of_pool(stack, name):
        return []
    return [
        f"{_below(name, names)('max_nodes')} is not set, and no service needs the pool. Set it to the most nodes at a "
        "time."
    ]


def _room_for_services(name: str, stack: StackSettings, names: SettingNames) -> list[str]:
    most, needed = stack.node_pools[name].max_nodes, needs_of_pool(stack, name)
    nodes = sum(need.nodes for need in needed)
    if most is None or most >= nodes:
        return []
    doubled = any(sets(stack.services[need.service]) > 1 for need in needed)
    why = " (upgradeStrategy NewCluster starts a second set of them)" if doubled else ""
    listed = " and ".join(names(("services", MapKey(need.service))) for need in needed)
    verb = "needs" if len(needed) == 1 else "need"
    types = " and ".join(dict.fromkeys(need.instance_type for need in needed))
    return [
        f"{_below(name, names)('max_nodes')} is {most}, but {listed} {verb} up to {nodes} {types}{why}, and the "
        f"others would never start. Set it to {nodes} or more, or leave it out."
    ]


def _zones(setting: str, name: str, stack: StackSettings, names: SettingNames) -> list[str]:
    if not stack.has_system_nodes or stack.network.existing:
        return []
    there, wanted = getattr(stack.network, setting), getattr(stack.node_pools[name], setting)
    if there is None or wanted is None or not (without := [zone for zone in wanted if zone not in there]):
        return []
    return [
        f"{_below(name, names)(setting)} holds {', '.join(without)}, and {names(('network', setting))} are "
        f"{', '.join(there)}: there would be no subnet. Name zones that both have."
    ]


RULES: tuple[PoolRule, ...] = (
    _default_pool_types,
    _default_pool_capacity,
    _types_of_own_pool,
    _size_of_own_pool,
    _room_for_services,
    partial(_zones, "availability_zone_ids"),
    partial(_zones, "availability_zone_names"),
)
