"""What a stack lets interrupt its services: no mistake, but to be known before it happens."""

from collections.abc import Iterator

from neuronserve.components.karpenter.settings import DisruptionReason, NodePoolOptions
from neuronserve.components.llm_service.ray_service_spec import MACHINES_READY_TIMEOUT_S, fewest_workers
from neuronserve.components.llm_service.settings import LlmServiceSettings, UpgradeStrategy
from neuronserve.components.llm_service.sizes import replicas, serving_settings, workers
from neuronserve.components.platform.checks import KARPENTER
from neuronserve.settings import MapKey, SettingNames
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
    for name, service in stack.services.items():
        node = node_of(service)
        pool = pool_of(stack, node.name) if node else DEFAULT_POOL
        if _moves_pods(stack, pool) and _is_alone(service):
            most = names(("services", MapKey(name), "replicas", "max"))
            yield (
                f"{_reasons(pool, names)} lets Karpenter move the one worker of "
                f"{names(('services', MapKey(name)))}, and the next is made when it has gone: until then, "
                f"{_start(service)}, nothing answers. With {most} above its minimum the next replica answers first."
            )
        if _moves_pods(stack, DEFAULT_POOL):
            yield (
                f"{_reasons(DEFAULT_POOL, names)} lets Karpenter move the Ray head of "
                f"{names(('services', MapKey(name)))}, and all replicas start anew with it: {_start(service)}, nothing "
                f"answers."
            )


def _moves_pods(stack: StackSettings, pool: str) -> bool:
    reasons = stack.node_pools.get(pool, NodePoolOptions()).disruption_reasons
    return any(reason is not DisruptionReason.EMPTY for reason in reasons)


def _is_alone(service: LlmServiceSettings) -> bool:
    wanted = replicas(service)
    return wanted.minimum == wanted.maximum and fewest_workers(wanted, workers(service)) == 1


def _reasons(pool: str, names: SettingNames) -> str:
    return names(("node_pools", MapKey(pool), "disruption_reasons"))


def _start(service: LlmServiceSettings) -> str:
    most_s = MACHINES_READY_TIMEOUT_S + serving_settings(service).engine_start_timeout_s
    return f"for the start of an engine, up to {round(most_s / 60)} minutes"
