"""What is wrong with a stack's configuration as a whole: each part by its own rules, and the parts together."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from neuronserve.components.add_ons.efa import EFA_CHART
from neuronserve.components.add_ons.kube_ray import KUBERAY_CHART
from neuronserve.components.add_ons.load_balancer_controller import LOAD_BALANCER_CHART
from neuronserve.components.add_ons.neuron import NEURON_CHART
from neuronserve.components.cluster import checks as cluster_checks
from neuronserve.components.helm.charts import chart_problems
from neuronserve.components.karpenter import CapacityType
from neuronserve.components.karpenter.karpenter import CRD_CHART, KARPENTER_CHART
from neuronserve.components.karpenter.node_pool_checks import (
    EFA_CARDS,
    SMALLEST_DISK_GIB,
    SMALLEST_NEURON_DISK_GIB,
    disk_problems,
)
from neuronserve.components.karpenter.node_pool_checks import find_problems as pool_problems
from neuronserve.components.karpenter.node_pool_settings import ChosenPoolSettings
from neuronserve.components.llm_service import UpgradeStrategy
from neuronserve.components.llm_service import checks as service_checks
from neuronserve.components.network import checks as network_checks
from neuronserve.facts.general_purpose import GENERAL_PURPOSE_TYPES
from neuronserve.facts.instance_types import INSTANCE_TYPES
from neuronserve.serving.settings import Accelerator
from neuronserve.settings.rules import Rule, broken_rules
from neuronserve.settings.settings import SettingNames

if TYPE_CHECKING:
    from neuronserve.stack.stack_configuration import StackConfiguration


def find_problems(configuration: "StackConfiguration", names: SettingNames, unusable: Collection[str]) -> list[str]:
    """Return everything that is wrong, one message each.

    Args:
        configuration: settings that have the right types.
        names: how the stack file writes settings.
        unusable: paths known to be wrong already.
    """
    problems = service_checks.find_problems(configuration, names, unusable)
    if "network" not in unusable:
        problems += network_checks.find_problems(
            configuration.network, names.below("network"), _below("network", unusable)
        )
    if "cluster" not in unusable:
        problems += cluster_checks.find_problems(
            configuration.cluster, names.below("cluster"), _below("cluster", unusable)
        )
    if not {"network", "cluster"} & set(unusable):
        problems += _parts(configuration, names)
        problems += _region(configuration, names)
    problems += broken_rules(PLATFORM_RULES, configuration, names, unusable)
    return problems


def _add_ons(configuration: "StackConfiguration", names: SettingNames) -> list[str]:
    problems = []
    if not configuration.is_on_aws:
        problems += [
            f"{names(f'add_ons.{add_on}')} is true, but {names('cluster.existing')} is known by a kubeconfig alone, "
            f"and it needs an EKS cluster. Remove it, or set {names('cluster.existing.name')}."
            for add_on in ("karpenter", "cloud_watch", "load_balancer_controller", "efa")
            if getattr(configuration.add_ons, add_on)
        ]
    elif configuration.add_ons.load_balancer_controller and not configuration.makes_cluster:
        problems.append(
            f"{names('add_ons.load_balancer_controller')} is true, and it needs the network that the stack makes. "
            f"Remove it, or {names('cluster.existing')}."
        )
    if configuration.add_ons.efa and configuration.instance_type not in EFA_CARDS:
        problems.append(
            f"{names('add_ons.efa')} is true, and {names('instance_type')} is {configuration.instance_type}, which has "
            f"no EFA. Remove it, or set {names('instance_type')} to {' or '.join(EFA_CARDS)}."
        )
    return problems


def _charts(configuration: "StackConfiguration", names: SettingNames) -> list[str]:
    """Return what keeps charts from being read, before a network and a cluster are there and paid for."""
    helm = {
        "karpenter": (CRD_CHART, KARPENTER_CHART),
        "neuron": (NEURON_CHART,),
        "efa": (EFA_CHART,),
    }
    with_crds = {"kube_ray": (KUBERAY_CHART,), "load_balancer_controller": (LOAD_BALANCER_CHART,)}
    problems = []
    for charts, unpacked in ((helm, False), (with_crds, True)):
        wanted = [chart for add_on, its in charts.items() if configuration.has(add_on) for chart in its]
        problems += chart_problems(wanted, configuration.mirror, names, unpacked=unpacked)
    return problems


def _default_pool(configuration: "StackConfiguration", names: SettingNames) -> list[str]:
    pool, below = configuration.node_pools.default, names.below("node_pools.default")
    problems = [*pool_problems(pool, below), *disk_problems(pool.disk_gib, SMALLEST_DISK_GIB, below)]
    unknown = [one for one in pool.instance_types if one not in GENERAL_PURPOSE_TYPES]
    if unknown:
        problems.append(
            f"{below('instance_types')} holds {', '.join(unknown)}; the Ray head's pool can have "
            f"{', '.join(GENERAL_PURPOSE_TYPES)}."
        )
    if CapacityType.SPOT in pool.capacity_types:
        problems.append(
            f"{below('capacity_types')} holds spot, but the Ray head runs there, and the service ends with it. "
            "Take spot out."
        )
    return [*problems, *_pool_zones(configuration, pool, below, names)]


def _accelerated_pool(configuration: "StackConfiguration", names: SettingNames) -> list[str]:
    pool, below = configuration.node_pools.accelerated, names.below("node_pools.accelerated")
    problems = [*pool_problems(pool, below), *disk_problems(pool.disk_gib, SMALLEST_NEURON_DISK_GIB, below)]
    if configuration.instance_type in INSTANCE_TYPES and configuration.accelerator is Accelerator.NEURON:
        needed = configuration.accelerated_nodes
        if pool.max_nodes is not None and pool.max_nodes < needed:
            why = (
                f" ({names('upgrade_strategy')} NewCluster starts a second set of them)"
                if _is_doubled(configuration)
                else ""
            )
            problems.append(
                f"{below('max_nodes')} is {pool.max_nodes}, but {names('replicas.max')} needs up to {needed} "
                f"{configuration.instance_type}{why}, and the others would never start. "
                f"Set it to {needed} or more, or leave it out."
            )
    return [*problems, *_pool_zones(configuration, pool, below, names)]


def _is_doubled(configuration: "StackConfiguration") -> bool:
    return configuration.upgrade_strategy is UpgradeStrategy.NEW_CLUSTER


def _pool_zones(
    configuration: "StackConfiguration", pool: ChosenPoolSettings, below: SettingNames, names: SettingNames
) -> list[str]:
    zones = configuration.network.zones
    if not configuration.makes_cluster or zones is None or pool.zones is None:
        return []
    without = [zone for zone in pool.zones if zone not in zones]
    if not without:
        return []
    return [
        f"{below('zones')} holds {', '.join(without)}, and {names('network.zones')} are {', '.join(zones)}: there "
        "would be no subnet. Name zones that both have, written alike."
    ]


def _below(part: str, unusable: Collection[str]) -> set[str]:
    return {path.removeprefix(f"{part}.") for path in unusable if path.startswith(f"{part}.")}


def _parts(configuration: "StackConfiguration", names: SettingNames) -> list[str]:
    if configuration.makes_cluster or not configuration.network.model_fields_set:
        return []
    return [
        f"{names('network')} is set, but {names('cluster.existing')} is a cluster in a network of its own. "
        f"Remove {names('network')}."
    ]


def _region(configuration: "StackConfiguration", names: SettingNames) -> list[str]:
    if not configuration.is_on_aws:
        return []
    if not configuration.region:
        return ["aws:region is not set. Set it to the region to deploy to: pulumi config set aws:region us-west-2"]
    return network_checks.region_problems(configuration.network, configuration.region, names.below("network"))


PLATFORM_RULES = (
    Rule(("add_ons", "cluster", "instance_type"), _add_ons),
    Rule(("add_ons", "mirror", "accelerator", "cluster"), _charts),
    Rule(("node_pools.default", "network", "cluster"), _default_pool),
    Rule(
        (
            *("node_pools.accelerated", "network", "cluster", "accelerator", "instance_type"),
            *("replicas", "model.tensor_parallel_size", "worker", "upgrade_strategy"),
        ),
        _accelerated_pool,
    ),
)
