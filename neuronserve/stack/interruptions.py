"""What a stack lets interrupt its services: no mistake, but to be known before it happens."""

import math
from collections.abc import Iterator
from typing import Any

from neuronserve.components.karpenter.node_pool_spec import TERMINATION_GRACE_PERIOD_S
from neuronserve.components.karpenter.settings import DisruptionReason, NodePoolOptions
from neuronserve.components.llm_service.autoscaler import has_autoscaler
from neuronserve.components.llm_service.ray_service_spec import MACHINES_READY_TIMEOUT_S, fewest_workers, worker_grace_s
from neuronserve.components.llm_service.settings import HeadStorageKind, LlmServiceSettings, UpgradeStrategy
from neuronserve.components.llm_service.sizes import ray_service, replicas, serving_settings, workers
from neuronserve.components.platform.checks import KARPENTER
from neuronserve.settings import MapKey, SettingNames, known
from neuronserve.stack.node_pools import DEFAULT_POOL, node_of, pool_of
from neuronserve.stack.settings import StackSettings


def interruptions(stack: StackSettings, names: SettingNames) -> Iterator[str]:
    """Yield what stops services that have nothing to take over meanwhile: another engine, and Karpenter.

    Args:
        stack: settings with which nothing is wrong.
        names: how the stack file writes settings.
    """
    for name, service in stack.services.items():
        if service.upgrade_strategy is UpgradeStrategy.NONE and replicas(service).minimum == 1:
            yield (
                f"{names(('services', MapKey(name), 'upgrade_strategy'))} is None, and its engine may be the only one: "
                f"a change that takes another (docs/changes.md lists them) stops it first, and {_start(service)}, "
                "nothing answers. With NewCluster, which takes the nodes twice meanwhile, the new one answers first."
            )
    if not stack.makes(KARPENTER):
        return
    yield from _cut_short(stack, names)
    for name, service in stack.services.items():
        node = node_of(service)
        pool = pool_of(stack, node.name) if node else DEFAULT_POOL
        if _moves_pods(stack, pool) and _is_alone(service):
            most = names(("services", MapKey(name), "replicas", "max"))
            strategy = names(("services", MapKey(name), "upgrade_strategy"))
            yield (
                f"{_reasons(pool, names)} lets Karpenter move the one worker of "
                f"{names(('services', MapKey(name)))}, and the next is made when it has gone: until then, "
                f"{_start(service)}, nothing answers. With {strategy} NewCluster, or {most} above its minimum, the "
                "next replica answers first."
            )
        if _moves_pods(stack, DEFAULT_POOL) and service.head_fault_tolerance.storage is HeadStorageKind.NONE:
            storage = names(("services", MapKey(name), "head_fault_tolerance", "storage"))
            yield (
                f"{_reasons(DEFAULT_POOL, names)} lets Karpenter move the Ray head of "
                f"{names(('services', MapKey(name)))}, and all replicas start anew with it: {_start(service)}, nothing "
                f"answers. With another {storage} than None they go on."
            )


def _cut_short(stack: StackSettings, names: SettingNames) -> Iterator[str]:
    for name, service in stack.services.items():
        node = node_of(service)
        pool = pool_of(stack, node.name) if node else DEFAULT_POOL
        over_s = worker_grace_s(ray_service(service)) - TERMINATION_GRACE_PERIOD_S
        if over_s <= 0 or _says_how_long_nodes_stay(stack.node_pools.get(pool, NodePoolOptions())):
            continue
        shutdown_s = serving_settings(service).graceful_shutdown_timeout_s
        period = names(("node_pools", MapKey(pool), "node_pool_spec"))
        yield (
            f"{names(('services', MapKey(name), 'model', 'graceful_shutdown_timeout_s'))} is {shutdown_s:g}, and a "
            f"worker that starts the next replica first may take {math.ceil(over_s / 60)} minutes longer to go than "
            f"Karpenter keeps its node, which are {TERMINATION_GRACE_PERIOD_S // 60}: requests that still run then are "
            f"cut off. Set it to {math.floor(shutdown_s - over_s)} or less, or a longer template.spec."
            f"terminationGracePeriod in {period}."
        )


def _says_how_long_nodes_stay(pool: NodePoolOptions) -> bool:
    spec: Any = known(pool.node_pool_spec)
    return "terminationGracePeriod" in ((spec.get("template") or {}).get("spec") or {})


def _moves_pods(stack: StackSettings, pool: str) -> bool:
    reasons = stack.node_pools.get(pool, NodePoolOptions()).disruption_reasons
    return any(reason is not DisruptionReason.EMPTY for reason in reasons)


def _is_alone(service: LlmServiceSettings) -> bool:
    wanted = replicas(service)
    return not has_autoscaler(wanted, service.upgrade_strategy) and fewest_workers(wanted, workers(service)) == 1


def _reasons(pool: str, names: SettingNames) -> str:
    return names(("node_pools", MapKey(pool), "disruption_reasons"))


def _start(service: LlmServiceSettings) -> str:
    most_s = MACHINES_READY_TIMEOUT_S + serving_settings(service).engine_start_timeout_s
    return f"for the start of an engine, up to {round(most_s / 60)} minutes"
