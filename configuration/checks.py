"""What is wrong with a stack's configuration as a whole: each part by its own rules, and the parts together."""

from collections.abc import Collection
from typing import TYPE_CHECKING

from neuronserve.components.cluster import checks as cluster_checks
from neuronserve.components.llm_service import checks as service_checks
from neuronserve.components.network import checks as network_checks
from neuronserve.components.settings import SettingNames

if TYPE_CHECKING:
    from neuronserve.configuration.stack_configuration import StackConfiguration


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
    return problems


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
    if configuration.region is None:
        return ["aws:region is not set. Set it to the region to deploy to: pulumi config set aws:region us-west-2"]
    return network_checks.region_problems(configuration.network, configuration.region, names.below("network"))
