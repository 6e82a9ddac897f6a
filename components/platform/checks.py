"""What is wrong with the settings of a platform, found before anything is deployed."""

from functools import partial

from neuronserve.components.add_ons.registry import ADD_ONS, AddOn, add_on_named
from neuronserve.components.helm.charts import chart_problems
from neuronserve.components.karpenter.checks import (
    NODE_POOL_OPTION_RULES,
    PLACE_RULES,
    pool_name_problems,
    queue_name_problems,
    size_problems,
)
from neuronserve.components.karpenter.settings import NodePoolOptions
from neuronserve.components.platform.settings import NeuronPlatformSettings, PlatformOptions
from neuronserve.settings import Rule, SettingNames, known
from neuronserve.settings.pod_fields import toleration_problems

KARPENTER = add_on_named("karpenter")
LOAD_BALANCER_CONTROLLER = add_on_named("load_balancer_controller")


def _required_eks(add_on: AddOn, settings: PlatformOptions, names: SettingNames) -> list[str]:
    if not add_on.requires_eks or settings.is_on_eks or not getattr(settings.add_ons, add_on.name):
        return []
    return [
        f"{names(('add_ons', add_on.name))} is true, and it needs an EKS cluster, which this one is not known to be. "
        "Remove it, or name the EKS cluster."
    ]


def _charts(add_on: AddOn, settings: PlatformOptions, names: SettingNames) -> list[str]:
    """Return what keeps charts from being read, before a network and a cluster are there and paid for."""
    if settings.mirror.chart_directory is None or not settings.makes(add_on):
        return []
    return chart_problems(
        [chart.with_crds_if(settings.install_crds) for chart in add_on.charts], settings.mirror, names
    )


def _pool_names(settings: PlatformOptions, names: SettingNames) -> list[str]:
    return [
        problem
        for name in settings.node_pools
        for problem in pool_name_problems(name, f"A name in {names('node_pools')}")
    ]


def _karpenter(settings: PlatformOptions, names: SettingNames) -> list[str]:
    if not settings.node_pools or settings.makes(KARPENTER):
        return []
    return [
        f"{names('node_pools')} holds {', '.join(settings.node_pools)}, and {names('add_ons.karpenter')} is not true, "
        f"so nothing would make nodes of them. Set {names('add_ons.karpenter')} to true, or remove the pools."
    ]


def _pool_types(pool: NodePoolOptions, names: SettingNames) -> list[str]:
    if pool.instance_types is not None:
        return []
    return [f"{names('instance_types')} is not set. Set it to the EC2 instance types of its nodes."]


def _place(settings: NeuronPlatformSettings, names: SettingNames) -> list[str]:
    if settings.eks is None or not settings.node_pools:
        return []
    return [problem for rule in PLACE_RULES for problem in rule(settings.eks, names.below("eks"))]


def _queue(settings: NeuronPlatformSettings, names: SettingNames) -> list[str]:
    if settings.eks is None or not settings.makes(KARPENTER):
        return []
    right = f"set {names('add_ons.karpenter')} to false."
    return queue_name_problems(known(settings.eks.name), names("eks.name"), right)


def _neuron_tolerations(settings: NeuronPlatformSettings, names: SettingNames) -> list[str]:
    return toleration_problems(known(settings.neuron_tolerations), names("neuron_tolerations"))


ADD_ON_RULES: tuple[Rule, ...] = tuple(partial(rule, add_on) for add_on in ADD_ONS for rule in (_required_eks, _charts))
OPTION_RULES: tuple[Rule, ...] = (*ADD_ON_RULES, _pool_names, _karpenter)
RULES: tuple[Rule, ...] = (*OPTION_RULES, _place, _queue, _neuron_tolerations)
POOL_RULES: tuple[Rule, ...] = (*NODE_POOL_OPTION_RULES, _pool_types, size_problems)
"""Of each entry of ``node_pools``."""
