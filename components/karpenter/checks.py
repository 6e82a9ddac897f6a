"""What is wrong with the settings of a node pool, found before anything is deployed."""

import re
from functools import partial

from neuronserve.components.helm.charts import chart_problems
from neuronserve.components.karpenter.charts import KARPENTER_CHART
from neuronserve.components.karpenter.settings import (
    CapacityType,
    KarpenterSettings,
    NodePoolOptions,
    NodePoolSettings,
)
from neuronserve.facts.general_purpose import GENERAL_PURPOSE_TYPES
from neuronserve.facts.instance_types import EFA_CARDS, INSTANCE_TYPES
from neuronserve.facts.quantities import is_quantity
from neuronserve.facts.zones import is_zone_id, is_zone_name
from neuronserve.settings import MapKey, Rule, SettingNames, known
from neuronserve.settings.syntax import DNS_1123_LABEL

AMI_ALIAS = re.compile(r"al2023@v[0-9]{8}")
RESERVATION = re.compile(r"cr-[0-9a-z]+")
"""From the CRD of EC2NodeClass."""

LONGEST_QUEUE_NAME = 80
"""https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html"""

SMALLEST_NEURON_DISK_GIB = 200
SMALLEST_DISK_GIB = 30

ZONE_FORMS = {
    "availability_zone_ids": (is_zone_id, "an id such as usw2-az1"),
    "availability_zone_names": (is_zone_name, "a name such as us-west-2a"),
}


def _charts(settings: KarpenterSettings, names: SettingNames) -> list[str]:
    return chart_problems([KARPENTER_CHART.with_crds_if(settings.install_crds)], settings.mirror, names)


def _queue(settings: KarpenterSettings, names: SettingNames) -> list[str]:
    return queue_name_problems(known(settings.cluster_name), names("cluster_name"), "Karpenter cannot be used with it.")


def queue_name_problems(cluster_name: str, said: str, right: str) -> list[str]:
    """Return why Karpenter's queue cannot be called after a cluster.

    Args:
        cluster_name: the cluster's name.
        said: where the user wrote it.
        right: what to do about it.
    """
    if len(cluster_name) <= LONGEST_QUEUE_NAME:
        return []
    return [
        f"{said} is {cluster_name!r} ({len(cluster_name)} characters), and so is Karpenter's queue, whose name SQS "
        f"limits to {LONGEST_QUEUE_NAME} characters: {right}"
    ]


def _zones(setting: str, settings: NodePoolOptions, names: SettingNames) -> list[str]:
    zones, name, (has_form, form) = getattr(settings, setting), names(setting), ZONE_FORMS[setting]
    if zones == []:
        return [f"{name} is empty, so no node could be anywhere. Name zones, or leave it out for all subnets."]
    unknown = [zone for zone in known(zones) or [] if not has_form(zone)]
    return [f"{name} holds {', '.join(map(repr, unknown))}; a zone is written as {form}."] if unknown else []


def _one_way_to_name_zones(settings: NodePoolOptions, names: SettingNames) -> list[str]:
    if settings.availability_zone_ids is None or settings.availability_zone_names is None:
        return []
    return [
        f"{names('availability_zone_ids')} and {names('availability_zone_names')} are both set. Keep one of the two."
    ]


def _reservations(settings: NodePoolOptions, names: SettingNames) -> list[str]:
    ids, reserved = settings.capacity_reservation_ids, CapacityType.RESERVED in settings.capacity_types
    name, types = names("capacity_reservation_ids"), names("capacity_types")
    problems = []
    if ids and not reserved:
        problems.append(f"{name} is set, but {types} does not hold reserved, so they would not be used. Add reserved.")
    if reserved and not ids:
        problems.append(
            f"{types} holds reserved, and {name} is not set: Karpenter uses only reservations that it is told of. "
            f"Name them in {name}, or take reserved out."
        )
    return problems


def _reservation_ids(settings: NodePoolOptions, names: SettingNames) -> list[str]:
    return [
        f"{names('capacity_reservation_ids')} holds {one!r}, which is not the id of a capacity reservation, such as "
        "cr-0123456789abcdef0."
        for one in known(settings.capacity_reservation_ids)
        if not RESERVATION.fullmatch(one)
    ]


def _image(settings: NodePoolOptions, names: SettingNames) -> list[str]:
    if AMI_ALIAS.fullmatch(known(settings.ami_alias)):
        return []
    return [
        f"{names('ami_alias')} is {settings.ami_alias!r}; it should name a release, al2023@v and eight digits, such as "
        "al2023@v20260903: with latest, every release of AWS's replaces all nodes."
    ]


def instance_type_problems(settings: NodePoolOptions, names: SettingNames) -> list[str]:
    """Return why nodes cannot be of the instance types of a pool."""
    name, types = names("instance_types"), settings.instance_types or []
    there = {*INSTANCE_TYPES, *GENERAL_PURPOSE_TYPES}
    unknown = [one for one in types if one not in there]
    if unknown:
        return [
            f"{name} holds {', '.join(unknown)}, of which nothing is known here. Known are {', '.join(sorted(there))}."
        ]
    plain = [one for one in types if one not in INSTANCE_TYPES]
    if plain and len(plain) < len(types):
        return [
            f"{name} holds types with and without Neuron chips: {', '.join(types)}. "
            f"Make a pool of its own of {', '.join(plain)}."
        ]
    return []


def _pool_name(settings: NodePoolSettings, names: SettingNames) -> list[str]:
    return pool_name_problems(settings.name, names("pool_name"))


def pool_name_problems(pool_name: str, setting: str) -> list[str]:
    """Return why a name cannot be that of a NodePool; ``setting`` is where the user wrote it."""
    if DNS_1123_LABEL.fullmatch(pool_name):
        return []
    return [
        f"{setting} is {pool_name!r}; it should hold only lower-case letters, digits and '-', and "
        "start and end with a letter or digit."
    ]


def size_problems(settings: NodePoolOptions, names: SettingNames) -> list[str]:
    """Return what is missing for a pool to have an end."""
    if settings.max_nodes is not None or settings.limits is not None:
        return []
    return [f"{names('max_nodes')} is not set. Set it to the most nodes at a time, or set {names('limits')}."]


def _subnets(settings: NodePoolSettings, names: SettingNames) -> list[str]:
    if (settings.discovery_tag is None) != (settings.subnet_ids is None):
        return []
    tag, ids = names("discovery_tag"), names("subnet_ids")
    if settings.subnet_ids is not None:
        return [f"{tag} and {ids} are both set. Keep the one by which the nodes' subnets are found."]
    return [
        f"{tag} is not set. Set it to the value of the tag karpenter.sh/discovery of the subnets, or set {ids} to "
        "the subnets themselves."
    ]


def _empty(settings: NodePoolSettings, names: SettingNames) -> list[str]:
    """Karpenter selects nothing by an empty list, and refuses it."""
    return [
        f"{names(setting)} is empty. Name the {meaning} of the nodes."
        for setting, meaning in (("subnet_ids", "subnets"), ("security_group_ids", "security groups"))
        if getattr(settings, setting) == []
    ]


def _disk(settings: NodePoolOptions, names: SettingNames) -> list[str]:
    if settings.disk_gib is None:
        return []
    accelerated = any(name in INSTANCE_TYPES for name in settings.instance_types or [])
    least = SMALLEST_NEURON_DISK_GIB if accelerated else SMALLEST_DISK_GIB
    if settings.disk_gib >= least:
        return []
    return [
        f"{names('disk_gib')} is {settings.disk_gib}, too small for the images and what the pods write. "
        f"Set it to {least} or more, or leave it out."
    ]


def _efa(settings: NodePoolSettings, names: SettingNames) -> list[str]:
    if not settings.efa:
        return []
    without = [one for one in settings.instance_types if one not in EFA_CARDS]
    if not without and len(settings.instance_types) == 1:
        return []
    return [
        f"{names('efa')} is true, and {names('instance_types')} holds {', '.join(settings.instance_types)}; "
        f"it should hold one of {', '.join(EFA_CARDS)}."
    ]


def _limits(settings: NodePoolOptions, names: SettingNames) -> list[str]:
    return [
        f"{names(('limits', MapKey(resource)))} is {limit!r}, which is not a quantity such as 64 or 256Gi."
        for resource, limit in (known(settings.limits or {})).items()
        if not is_quantity(limit)
    ]


KARPENTER_RULES: tuple[Rule, ...] = (_charts, _queue)
NODE_POOL_OPTION_RULES: tuple[Rule, ...] = (
    instance_type_problems,
    *(partial(_zones, setting) for setting in ZONE_FORMS),
    _one_way_to_name_zones,
    _reservations,
    _reservation_ids,
    _image,
    _disk,
    _limits,
)
PLACE_RULES: tuple[Rule, ...] = (_subnets, _empty)
"""Of whatever says where nodes are: a pool itself, or a cluster for all of its pools."""
NODE_POOL_RULES: tuple[Rule, ...] = (_pool_name, *NODE_POOL_OPTION_RULES, size_problems, *PLACE_RULES, _efa)
