"""Where the Ray heads of a stack's services keep what they know, as far as that is the stack's to decide."""

from collections.abc import Iterator
from functools import partial

from neuronserve.components.add_ons.registry import add_on_named
from neuronserve.components.head_storage.head_storage import HeadStorage
from neuronserve.components.llm_service.settings import (
    HeadFaultToleranceSettings,
    HeadStorageKind,
    LlmServiceSettings,
)
from neuronserve.serving.settings import Accelerator
from neuronserve.settings import MapKey, Rule, SettingNames
from neuronserve.stack.settings import StackSettings

KUBE_RAY = add_on_named("kube_ray")

STORAGE = ("head_fault_tolerance", "storage")


def chosen(stack: StackSettings, service: LlmServiceSettings) -> HeadFaultToleranceSettings:
    """Return a service's settings with a storage, should it not name one."""
    tolerance = service.head_fault_tolerance
    if tolerance.storage is not None:
        return tolerance
    is_default = stack.has_system_nodes and service.accelerator is Accelerator.NEURON
    return tolerance.changed(storage=HeadStorageKind.ELASTI_CACHE if is_default else HeadStorageKind.NONE)


def wants_elasti_cache(stack: StackSettings) -> bool:
    """Return whether any service keeps the state of its head in ElastiCache."""
    return any(_storage(service) is HeadStorageKind.ELASTI_CACHE for service in stack.services.values())


def with_head_storage(
    services: dict[str, LlmServiceSettings], made: HeadStorage | None
) -> dict[str, LlmServiceSettings]:
    """Return the services by name, those in ElastiCache with its address and token."""
    return {
        name: service.changed(
            head_fault_tolerance=HeadFaultToleranceSettings(
                storage=HeadStorageKind.REDIS, redis_address=made.address, redis_password=made.auth_token
            )
        )
        if made and _storage(service) is HeadStorageKind.ELASTI_CACHE
        else service
        for name, service in services.items()
    }


def head_storage_rules(stack: StackSettings) -> Iterator[Rule]:
    """Yield the rules for the stack's storage and for each service."""
    yield _needless
    for name in stack.services:
        yield partial(_nowhere_to_make_it, name)


def _needless(stack: StackSettings, names: SettingNames) -> list[str]:
    if not stack.head_storage.model_fields_set or wants_elasti_cache(stack):
        return []
    return [
        f"{names('head_storage')} is set, and no service keeps anything there. Remove it, or set "
        f"{names(('services', MapKey('<name>'), *STORAGE))} to ElastiCache."
    ]


def _nowhere_to_make_it(name: str, stack: StackSettings, names: SettingNames) -> list[str]:
    if stack.has_system_nodes or _storage(stack.services[name]) is not HeadStorageKind.ELASTI_CACHE:
        return []
    below = names.below("services", MapKey(name), "head_fault_tolerance")
    return [
        f"{below('storage')} is ElastiCache, which a stack makes in the network of a cluster of its own, and "
        f"{names('cluster.existing')} was there before. Set {below('storage')} to Redis and {below('redis_address')} "
        "to that of a Redis or Valkey in its network, or choose Embedded."
    ]


def doubtful_storage(stack: StackSettings, names: SettingNames) -> Iterator[str]:
    """Yield what storage takes for granted of an operator that was there.

    Args:
        stack: settings with which nothing is wrong.
        names: how the stack file writes settings.
    """
    for name, service in stack.services.items():
        if _storage(service) is HeadStorageKind.EMBEDDED and not stack.makes(KUBE_RAY):
            yield (
                f"{names(('services', MapKey(name), *STORAGE))} is Embedded, an alpha feature of KubeRay 1.7: the "
                "operator that was there before this stack refuses the service unless its feature gate "
                "GCSFaultToleranceEmbeddedStorage is on."
            )


def _storage(service: LlmServiceSettings) -> HeadStorageKind | None:
    return service.head_fault_tolerance.storage
