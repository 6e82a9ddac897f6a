"""What is wrong with a stack's settings as a whole: each part by its own rules, and the parts together."""

from collections.abc import Collection, Iterable, Iterator
from functools import partial
from itertools import combinations

from neuronserve.components.add_ons.registry import ADD_ONS
from neuronserve.components.cluster.checks import RULES as CLUSTER_RULES
from neuronserve.components.head_storage.checks import OPTION_RULES as HEAD_STORAGE_RULES
from neuronserve.components.karpenter.checks import (
    NODE_POOL_OPTION_RULES,
    instance_type_problems,
    queue_name_problems,
)
from neuronserve.components.llm_service.checks import RULES as SERVICE_RULES
from neuronserve.components.network.checks import EXISTING_RULES as EXISTING_NETWORK_RULES
from neuronserve.components.network.checks import OPTION_RULES as NETWORK_RULES
from neuronserve.components.network.checks import ZONE_FORMS, outside_region
from neuronserve.components.observability.cloud_watch_checks import OPTION_RULES as CLOUD_WATCH_RULES
from neuronserve.components.observability.prometheus_checks import OPTION_RULES as PROMETHEUS_RULES
from neuronserve.components.open_web_ui.checks import OPTION_RULES as OPEN_WEB_UI_RULES
from neuronserve.components.platform.checks import KARPENTER
from neuronserve.components.platform.checks import OPTION_RULES as PLATFORM_RULES
from neuronserve.facts.instance_types import EFA_CARDS
from neuronserve.settings import MapKey, Path, Rule, SettingNames, below, broken_rules
from neuronserve.settings.base import Settings
from neuronserve.stack.exposure_checks import exposure_rules
from neuronserve.stack.head_storage import head_storage_rules
from neuronserve.stack.isolation_checks import isolation_rules
from neuronserve.stack.network_policies import network_policy_rules
from neuronserve.stack.node_pool_checks import node_pool_rules
from neuronserve.stack.node_pools import DEFAULT_POOL, types_of_pool
from neuronserve.stack.observability_checks import ALARMS, OBSERVABILITY_RULES, PROMETHEUS
from neuronserve.stack.open_web_ui import open_web_ui_rules
from neuronserve.stack.providers import accounts, provider_keys, region
from neuronserve.stack.room_checks import room_rules
from neuronserve.stack.settings import StackSettings
from neuronserve.stack.tag_checks import TAG_RULES


def find_problems(stack: StackSettings, names: SettingNames, unusable: Collection[Path] = frozenset()) -> list[str]:
    """Return everything that is wrong, one message each.

    Args:
        stack: settings that have the right types.
        names: how the stack file writes settings.
        unusable: paths known to be wrong already.
    """
    return [
        problem
        for path, settings, rules in _parts(stack)
        for problem in broken_rules(rules, settings, names.below(*path) if path else names, below(unusable, *path))
    ]


def _parts(stack: StackSettings) -> Iterator[tuple[Path, Settings, Iterable[Rule]]]:
    """Yield each part with its path and the rules that concern it alone, and at last the whole."""
    for name, service in stack.services.items():
        yield ("services", MapKey(name)), service, SERVICE_RULES
    if stack.network.existing:
        yield ("network", "existing"), stack.network.existing, EXISTING_NETWORK_RULES
    yield ("network",), stack.network, NETWORK_RULES
    yield ("cluster",), stack.cluster, CLUSTER_RULES
    yield ("head_storage",), stack.head_storage, HEAD_STORAGE_RULES
    if stack.observability.cloud_watch:
        yield ALARMS, stack.observability.cloud_watch, CLOUD_WATCH_RULES
    if stack.observability.prometheus:
        yield PROMETHEUS, stack.observability.prometheus, PROMETHEUS_RULES
    yield ("open_web_ui",), stack.open_web_ui, OPEN_WEB_UI_RULES
    for name, pool in stack.node_pools.items():
        # Of the default one they have to be other types, and a rule of its own says which.
        rules = [rule for rule in NODE_POOL_OPTION_RULES if rule is not instance_type_problems or name != DEFAULT_POOL]
        yield ("node_pools", MapKey(name)), pool.changed(instance_types=types_of_pool(stack, name)), rules
    yield (
        (),
        stack,
        [
            *STACK_RULES,
            *_service_rules(stack),
            *node_pool_rules(stack),
            *room_rules(stack),
            *isolation_rules(stack),
            *network_policy_rules(stack),
            *exposure_rules(stack),
            *head_storage_rules(stack),
            *OBSERVABILITY_RULES,
            *open_web_ui_rules(),
        ],
    )


def _service_rules(stack: StackSettings) -> Iterator[Rule]:
    for name in stack.services:
        yield partial(_namespace, name)
    for one, other in combinations(stack.services, 2):
        yield partial(_names_apart, one, other)
        yield partial(_head_names_apart, one, other)
        yield partial(_head_apart_from_kuberay, one, other)


def _existing_network(stack: StackSettings, names: SettingNames) -> list[str]:
    others = sorted(stack.network.model_fields_set - {"existing"}) if stack.network.existing else []
    return _needless(others, names.below("network"))


def _existing_cluster(stack: StackSettings, names: SettingNames) -> list[str]:
    others = sorted(stack.cluster.model_fields_set - {"existing"}) if stack.cluster.existing else []
    return _needless(others, names.below("cluster"))


def _needless(others: list[str], names: SettingNames) -> list[str]:
    if not others:
        return []
    listed = ", ".join(names(setting) for setting in others)
    return [
        f"{names('existing')} is set, so nothing is made, and {listed} would do nothing. "
        f"Remove {listed}, or {names('existing')}."
    ]


def _one_way_to_the_cluster(stack: StackSettings, names: SettingNames) -> list[str]:
    known = stack.cluster.existing
    if known is None or known.name is None:
        return []
    problems, below_existing = [], names.below("cluster", "existing")
    if known.kubeconfig is not None:
        problems.append(
            f"{below_existing('name')} is {known.name}, an EKS cluster, and {below_existing('kubeconfig')} is set "
            "as well. Keep the one that is meant."
        )
    if known.context is not None:
        problems.append(
            f"{below_existing('context')} is {known.context}, a context of a kubeconfig, but the cluster is found "
            f"by {below_existing('name')}. Remove one of the two."
        )
    return problems


def _network_without_cluster(stack: StackSettings, names: SettingNames) -> list[str]:
    if stack.has_system_nodes or not stack.network.model_fields_set:
        return []
    return [
        f"{names('network')} is set, but {names('cluster.existing')} is a cluster in a network of its own. "
        f"Remove {names('network')}."
    ]


def _zones_in_region(setting: str, stack: StackSettings, names: SettingNames) -> list[str]:
    if not stack.is_on_eks or not stack.region:
        return []
    return outside_region(setting, stack.network, stack.region, names.below("network"))


def _queue_name(stack: StackSettings, names: SettingNames) -> list[str]:
    """The queue of Karpenter's is called after the cluster."""
    if not stack.makes(KARPENTER):
        return []
    known = stack.cluster.existing
    if known and known.name:
        said, right = names("cluster.existing.name"), f"set {names('add_ons.karpenter')} to false"
    elif stack.cluster.cluster_name:
        said, right = names("cluster.cluster_name"), "set a shorter one"
    else:
        said, right = "The cluster, called after project and stack,", f"set {names('cluster.cluster_name')}"
    return queue_name_problems(stack.cluster_name, said, f"{right}.")


def _efa(stack: StackSettings, names: SettingNames) -> list[str]:
    types = [service.instance_type for service in stack.services.values()]
    types += [one for pool in stack.node_pools.values() for one in pool.instance_types or []]
    if not stack.add_ons.efa or any(one in EFA_CARDS for one in types):
        return []
    return [
        f"{names('add_ons.efa')} is true, and no service and no node pool has an instance type with EFA. Remove it, or "
        f"use {' or '.join(EFA_CARDS)}."
    ]


def _namespace(name: str, stack: StackSettings, names: SettingNames) -> list[str]:
    namespace = str(stack.services[name].namespace)
    taken = {add_on.namespace: add_on.name for add_on in ADD_ONS}
    if namespace not in taken or namespace.startswith("kube-"):
        return []
    return [
        f"{names(('services', MapKey(name), 'namespace'))} is {namespace!r}, which belongs to "
        f"{names(('add_ons', taken[namespace]))}. Set it to another name, such as vllm."
    ]


def _names_apart(one: str, other: str, stack: StackSettings, names: SettingNames) -> list[str]:
    """Two services of one name in one namespace would be one."""
    first, second = stack.services[one], stack.services[other]
    if (first.name, first.namespace) != (second.name, second.namespace):
        return []
    listed = " and ".join(names(("services", MapKey(key), "service_name")) for key in (one, other))
    return [f"{listed} are both {first.name}, in namespace {first.namespace}. Give each a name of its own."]


def _head_apart_from_kuberay(one: str, other: str, stack: StackSettings, names: SettingNames) -> list[str]:
    """KubeRay makes Services for each RayService, which no plan shows."""
    first, second = stack.services[one], stack.services[other]
    if first.namespace != second.namespace:
        return []
    return [
        f"{names(('services', MapKey(key), 'head_service_name'))} is {service.head_service_name}, which KubeRay calls "
        f"a Service of {names(('services', MapKey(of)))}, in namespace {service.namespace}. Set it to another name."
        for key, service, of, there in ((one, first, other, second), (other, second, one, first))
        if service.head_service_name in (f"{there.name}-head-svc", f"{there.name}-serve-svc")
    ]


def _head_names_apart(one: str, other: str, stack: StackSettings, names: SettingNames) -> list[str]:
    """Likewise the Services of their heads, which have the services' own names unless they are told otherwise."""
    first, second = stack.services[one], stack.services[other]
    if first.head_service_name is None and second.head_service_name is None:
        return []
    heads = [(service.head_service_name or service.name, service.namespace) for service in (first, second)]
    if heads[0] != heads[1]:
        return []
    listed = " and ".join(
        names(("services", MapKey(key), "head_service_name" if service.head_service_name else "service_name"))
        for key, service in ((one, first), (other, second))
    )
    return [f"{listed} are both {heads[0][0]}, in namespace {heads[0][1]}. Give each a name of its own."]


STACK_RULES: tuple[Rule, ...] = (
    _existing_network,
    _existing_cluster,
    _one_way_to_the_cluster,
    _network_without_cluster,
    provider_keys,
    accounts,
    region,
    _queue_name,
    *(partial(_zones_in_region, setting) for setting in ZONE_FORMS),
    _efa,
    *TAG_RULES,
    *PLATFORM_RULES,
)
