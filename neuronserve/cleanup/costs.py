"""What leftovers cost a month, at list prices on demand of us-east-1."""

from typing import Any

from neuronserve.facts.instance_types import INSTANCE_TYPES
from neuronserve.facts.prices import (
    APPLICATION_LOAD_BALANCER_PER_HOUR,
    CLASSIC_LOAD_BALANCER_PER_HOUR,
    GENERAL_PURPOSE_PER_HOUR,
    GP3_FREE_IOPS,
    GP3_FREE_MIB_PER_S,
    GP3_PER_GIB_MONTH,
    GP3_PER_IOPS_MONTH,
    GP3_PER_MIB_PER_S_MONTH,
    HOURS_PER_MONTH,
    LOGS_PER_GIB_MONTH,
    NETWORK_LOAD_BALANCER_PER_HOUR,
    PUBLIC_ADDRESS_PER_HOUR,
)

LOAD_BALANCERS = {
    "application": APPLICATION_LOAD_BALANCER_PER_HOUR,
    "classic": CLASSIC_LOAD_BALANCER_PER_HOUR,
    "network": NETWORK_LOAD_BALANCER_PER_HOUR,
}
RUNNING = ("pending", "running")


def of_instance(instance_type: str, state: str) -> float | None:
    """Return what an instance costs, without its volumes: nothing once it has stopped."""
    if state not in RUNNING:
        return 0.0
    if node := INSTANCE_TYPES.get(instance_type):
        return node.on_demand_usd_per_hour * HOURS_PER_MONTH
    price = GENERAL_PURPOSE_PER_HOUR.get(instance_type)
    return None if price is None else price * HOURS_PER_MONTH


def of_volume(volume: dict[str, Any]) -> float | None:
    """Return what a volume costs, attached or not."""
    if volume["VolumeType"] != "gp3":
        return None
    size, iops = int(volume["Size"]), int(volume.get("Iops", 0))
    throughput = int(volume.get("Throughput", 0))
    return (
        size * GP3_PER_GIB_MONTH
        + max(0, iops - GP3_FREE_IOPS) * GP3_PER_IOPS_MONTH
        + max(0, throughput - GP3_FREE_MIB_PER_S) * GP3_PER_MIB_PER_S_MONTH
    )


def of_load_balancer(kind: str, public_addresses: int) -> float | None:
    """Return what a load balancer costs that nobody uses: ``application``, ``network`` or ``classic``."""
    price = LOAD_BALANCERS.get(kind)
    return None if price is None else (price + public_addresses * PUBLIC_ADDRESS_PER_HOUR) * HOURS_PER_MONTH


def of_log_group(stored_bytes: int) -> float:
    """Return what keeping logs costs."""
    return stored_bytes / 2**30 * LOGS_PER_GIB_MONTH
