"""What is wrong with a stack's settings as a whole: each part by its own rules, and the parts together."""

from collections import Counter
from collections.abc import Collection, Iterator

from neuronserve.components.add_ons.registry import ADD_ONS
from neuronserve.components.cluster.checks import RULES as CLUSTER_RULES
from neuronserve.components.karpenter.checks import NODE_POOL_OPTION_RULES
from neuronserve.components.llm_service.checks import RULES as SERVICE_RULES
from neuronserve.components.network.checks import EXISTING_RULES as EXISTING_NETWORK_RULES
from neuronserve.components.network.checks import OPTION_RULES as NETWORK_RULES
from neuronserve.components.network.checks import outside_region
from neuronserve.components.platform.checks import OPTION_RULES as PLATFORM_RULES
from neuronserve.facts.instance_types import EFA_CARDS
from neuronserve.settings import MapKey, Path, Rule, SettingNames, below, broken_rules
from neuronserve.settings.base import Settings
from neuronserve.stack.node_pool_checks import NODE_POOL_RULES
from neuronserve.stack.settings import StackSettings


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


def _parts(stack: StackSettings) -> Iterator[tuple[Path, Settings, tuple[Rule, ...]]]:
    """Yield each part with its path and the rules that concern it alone, and at last the whole."""
    for name, service in stack.services.items():
        yield ("services", MapKey(name)), service, SERVICE_RULES
    if stack.network.existing:
        yield ("network", "existing"), stack.network.existing, EXISTING_NETWORK_RULES
    yield ("network",), stack.network, NETWORK_RULES
    yield ("cluster",), stack.cluster, CLUSTER_RULES
    for name, pool in stack.node_pools.items():
        yield ("node_pools", MapKey(name)), pool, NODE_POOL_OPTION_RULES
    yield (), stack, STACK_RULES


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


def _region(stack: StackSettings, names: SettingNames) -> list[str]:
    if not stack.is_on_eks:
        return []
    if not stack.region:
        return ["aws:region is not set. Set it to the region to deploy to: pulumi config set aws:region us-west-2"]
    return outside_region(stack.network, stack.region, names.below("network"))


def _efa(stack: StackSettings, names: SettingNames) -> list[str]:
    types = [service.instance_type for service in stack.services.values()]
    types += [one for pool in stack.node_pools.values() for one in pool.instance_types or []]
    if not stack.add_ons.efa or any(one in EFA_CARDS for one in types):
        return []
    return [
        f"{names('add_ons.efa')} is true, and no service and no node pool has an instance type with EFA. Remove it, or "
        f"use {' or '.join(EFA_CARDS)}."
    ]


def _service_names(stack: StackSettings, names: SettingNames) -> list[str]:
    """Two services of one name in one namespace would be one."""
    problems = []
    for setting, named in (
        ("service_name", {key: service.name for key, service in stack.services.items()}),
        ("head_service_name", {key: service.head_service_name for key, service in stack.services.items()}),
    ):
        places = {key: (stack.services[key].namespace, name) for key, name in named.items() if name is not None}
        for (namespace, name), count in Counter(places.values()).items():
            if count > 1:
                keys = [key for key, place in places.items() if place == (namespace, name)]
                listed = " and ".join(names(("services", MapKey(key), setting)) for key in keys)
                problems.append(f"{listed} are {name}, all in namespace {namespace}. Give each a name of its own.")
    return problems


def _namespaces(stack: StackSettings, names: SettingNames) -> list[str]:
    taken = {add_on.namespace: add_on.name for add_on in ADD_ONS}
    return [
        f"{names(('services', MapKey(key), 'namespace'))} is {service.namespace!r}, which belongs to "
        f"{names(('add_ons', taken[str(service.namespace)]))}. Set it to another name, such as vllm."
        for key, service in stack.services.items()
        if str(service.namespace) in taken and not str(service.namespace).startswith("kube-")
    ]


STACK_RULES = (
    _existing_network,
    _existing_cluster,
    _one_way_to_the_cluster,
    _network_without_cluster,
    _region,
    _service_names,
    _namespaces,
    _efa,
    *PLATFORM_RULES,
    *NODE_POOL_RULES,
)
