"""Whether the pods of a stack's services can ever run, as far as its settings tell: what `pulumi up` can still say.

The plan knows more, such as what is laid over a spec; ``neuronserve synth`` places its pods one by one.
"""

import re
from collections.abc import Iterator, Mapping
from functools import partial

from neuronserve.components.add_ons.registry import AddOn, add_on_named
from neuronserve.components.llm_service.autoscaler import AUTOSCALER_RESOURCES, has_autoscaler
from neuronserve.components.llm_service.container_resources import ContainerResources
from neuronserve.components.llm_service.sizes import head_resources, replicas, workers
from neuronserve.components.open_web_ui.pod import resources
from neuronserve.components.platform.checks import KARPENTER
from neuronserve.facts.general_purpose import GENERAL_PURPOSE_TYPES, GeneralPurposeType
from neuronserve.facts.instance_types import INSTANCE_TYPES, InstanceType
from neuronserve.facts.neuron import NEURON_RESOURCE
from neuronserve.facts.quantities import is_quantity, quantity
from neuronserve.facts.system_nodes import SYSTEM_NODE_LABELS
from neuronserve.serving.settings import Accelerator
from neuronserve.settings import MapKey, Path, Rule, SettingNames, known
from neuronserve.stack.node_pools import DEFAULT_POOL, needs_of_pool, node_of, pool_of, types_of_pool
from neuronserve.stack.settings import StackSettings

GIB = 2**30

KNOWN_LABELS = re.compile(r"(kubernetes\.io|k8s\.io|k8s\.aws|karpenter\.sh|amazonaws\.com)/")
"""Of nodes, given by Kubernetes, AWS and Karpenter."""


def room_rules(stack: StackSettings) -> Iterator[Rule]:
    """Yield the rules for the services and pools of a stack."""
    for name in ("karpenter", "kube_ray", "neuron"):
        yield partial(_needed_add_on, add_on_named(name))
    for name in stack.services:
        yield partial(_head_fits, name)
        yield partial(_worker_fits, name)
        yield partial(_selected_nodes, "head", name)
        yield partial(_selected_nodes, "worker", name)
    if stack.open_web_ui.enabled:
        yield _open_web_ui_fits
    for name in stack.node_pools:
        yield partial(_within_limits, name)


def _needed_add_on(add_on: AddOn, stack: StackSettings, names: SettingNames) -> list[str]:
    """A cluster that the stack makes has nothing in it but what the stack puts there."""
    needing = [
        name for name, service in stack.services.items() if add_on.name != "neuron" or node_of(service) is not None
    ]
    if not stack.has_system_nodes or not needing or stack.makes(add_on):
        return []
    listed = " and ".join(names(("services", MapKey(name))) for name in needing)
    setting = names(("add_ons", add_on.name))
    return [
        f"{setting} is false, and the stack makes a cluster of its own, where nothing else does what it does "
        f"({add_on.summary}): no pod of {listed} would ever run. Remove it, or the services."
    ]


def _head_fits(name: str, stack: StackSettings, names: SettingNames) -> list[str]:
    service = stack.services[name]
    sidecar = [AUTOSCALER_RESOURCES] if has_autoscaler(replicas(service), service.upgrade_strategy) else []
    return _fits(("services", MapKey(name), "head"), [head_resources(service), *sidecar], stack, names)


def _worker_fits(name: str, stack: StackSettings, names: SettingNames) -> list[str]:
    if stack.services[name].accelerator is not Accelerator.CPU:
        return []
    return _fits(("services", MapKey(name), "worker"), [workers(stack.services[name]).resources], stack, names)


def _open_web_ui_fits(stack: StackSettings, names: SettingNames) -> list[str]:
    return _fits(("open_web_ui",), [resources(stack.open_web_ui)], stack, names)


def _fits(pod: Path, containers: list[ContainerResources], stack: StackSettings, names: SettingNames) -> list[str]:
    types = _types_of_default_pool(stack)
    if not stack.makes(KARPENTER) or not types:
        return []
    cpu = sum(container.cpu_request for container in containers)
    memory_gib = sum(container.memory_request_gib for container in containers)
    most = max(types, key=lambda one: (one.allocatable.cpu_millis, one.allocatable.memory_mib))
    most_cpu, most_gib = most.allocatable.cpu_millis / 1000, most.allocatable.memory_mib / 1024
    if cpu <= most_cpu and memory_gib <= most_gib:
        return []
    larger = [
        one.name
        for one in GENERAL_PURPOSE_TYPES.values()
        if cpu <= one.allocatable.cpu_millis / 1000 and memory_gib <= one.allocatable.memory_mib / 1024
    ]
    pool_types = names(("node_pools", MapKey(DEFAULT_POOL), "instance_types"))
    hint = f", or add {larger[-1]} to {pool_types}" if larger else ""
    return [
        f"{names(pod)} comes to {cpu:g} CPU and {memory_gib:.1f} GiB, and the largest node "
        f"of pool {DEFAULT_POOL}, {most.name}, has {most_cpu:.1f} CPU and {most_gib:.1f} GiB for pods: it would never "
        f"run. Set less{hint}."
    ]


def _selected_nodes(pod: str, name: str, stack: StackSettings, names: SettingNames) -> list[str]:
    """Return which labels no node has: those of a new cluster have what their pools say, besides what all have."""
    service = stack.services[name]
    node = node_of(service) if pod == "worker" else None
    pool = pool_of(stack, node.name) if node else DEFAULT_POOL
    # Pods without chips can be on nodes of any pool that they tolerate.
    possible = [stack.node_pools[one] for one in stack.node_pools if not node or one == pool]
    if not stack.has_system_nodes or any(one.node_pool_spec for one in possible):
        return []
    labels: list[Mapping[str, object]] = [SYSTEM_NODE_LABELS, *(one.labels for one in possible)]
    there = {label for one in labels for label in one.items()}
    selector = (service.head if pod == "head" else service.worker).node_selector
    return [
        f"{names(('services', MapKey(name), pod, 'node_selector', MapKey(key)))} is {value!r}, a label that no node "
        f"would have, so it would never run. Add it to {names(('node_pools', MapKey(pool), 'labels'))}, or remove it."
        for key, value in selector.items()
        if (key, value) not in there and not KNOWN_LABELS.search(key)
    ]


def _within_limits(pool: str, stack: StackSettings, names: SettingNames) -> list[str]:
    limits = known(stack.node_pools[pool].limits or {})
    needed = _needed(pool, stack)
    problems = []
    for resource, limit in limits.items():
        asked = sum(nodes * _whole(node).get(resource, 0) for nodes, node in needed)
        if not is_quantity(limit) or asked <= quantity(limit):
            continue
        listed = " and ".join(f"{nodes} {node.name}" for nodes, node in needed)
        shown = f"{asked / GIB:g}Gi" if resource == "memory" else f"{asked:g}"
        setting = names(("node_pools", MapKey(pool), "limits", MapKey(resource)))
        problems.append(
            f"{setting} is {limit}, and the services need up to {listed} at a time, which come to {shown}: some pods "
            f"would never run. Set it to {shown} or more, or leave {names(('node_pools', MapKey(pool), 'limits'))} out."
        )
    return problems


def _needed(pool: str, stack: StackSettings) -> list[tuple[int, InstanceType | GeneralPurposeType]]:
    """Return how many nodes of which types a pool has to have; of the default one, on which heads run, at least one."""
    if pool == DEFAULT_POOL:
        types = _types_of_default_pool(stack)
        return [(1, min(types, key=lambda one: one.vcpus))] if types and stack.services else []
    return [(need.nodes, INSTANCE_TYPES[need.instance_type]) for need in needs_of_pool(stack, pool)]


def _types_of_default_pool(stack: StackSettings) -> list[GeneralPurposeType]:
    """Return the instance types on which heads run; none where one of them is not known, as another rule says."""
    types = types_of_pool(stack, DEFAULT_POOL)
    return [GENERAL_PURPOSE_TYPES[one] for one in types] if set(types) <= GENERAL_PURPOSE_TYPES.keys() else []


def _whole(node: InstanceType | GeneralPurposeType) -> dict[str, float]:
    chips = node.chips if isinstance(node, InstanceType) else 0
    return {"cpu": node.vcpus, "memory": node.memory_gib * GIB, NEURON_RESOURCE: chips}
