"""What is wrong with the settings of a node pool, found before anything is deployed."""

import re
from collections.abc import Collection

from neuronserve.components.karpenter.node_pool_args import CapacityType
from neuronserve.components.karpenter.node_pool_settings import ChosenPoolSettings, NodePoolSettings
from neuronserve.settings.settings import SettingNames

from neuronserve.facts.general_purpose import GENERAL_PURPOSE_TYPES
from neuronserve.facts.instance_types import INSTANCE_TYPES
from neuronserve.facts.zones import is_zone_id, is_zone_name
from neuronserve.settings.rules import Rule, broken_rules
from neuronserve.settings.syntax import DNS_1123_LABEL

AMI_ALIAS = re.compile(r"al2023@v[0-9]{8}")
RESERVATION = re.compile(r"cr-[0-9a-z]+")
"""From the CRD of EC2NodeClass."""

SMALLEST_NEURON_DISK_GIB = 200
SMALLEST_DISK_GIB = 30

EFA_CARDS = {"trn1.32xlarge": 8, "trn1n.32xlarge": 16}
"""Network cards of the instance types with EFA and Neuron chips, each with one adapter
(https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/efa-acc-inst-types.html)."""


def find_problems(
    settings: ChosenPoolSettings, names: SettingNames, unusable: Collection[str] = frozenset()
) -> list[str]:
    """Return everything that is wrong with settings; the arguments are those of :func:`broken_rules`."""
    rules = ALL_RULES if isinstance(settings, NodePoolSettings) else CHOSEN_RULES
    return broken_rules(rules, settings, names, unusable)


def _zones(settings: ChosenPoolSettings, names: SettingNames) -> list[str]:
    zones, name = settings.zones, names("zones")
    if zones is None:
        return []
    if not zones:
        return [f"{name} is empty, so no node could be anywhere. Name zones, or leave it out for all subnets."]
    unknown = [zone for zone in zones if not is_zone_id(zone) and not is_zone_name(zone)]
    if unknown:
        return [
            f"{name} holds {', '.join(map(repr, unknown))}; a zone is written by name, us-west-2a, or by id, usw2-az1."
        ]
    if len({is_zone_id(zone) for zone in zones}) > 1:
        return [f"{name} holds names and ids: {', '.join(zones)}. Write all by name, or all by id."]
    return []


def _reservations(settings: ChosenPoolSettings, names: SettingNames) -> list[str]:
    ids, reserved = settings.capacity_reservation_ids, CapacityType.RESERVED in settings.capacity_types
    name, types = names("capacity_reservation_ids"), names("capacity_types")
    problems = [
        f"{name} holds {one!r}, which is no id of a capacity reservation, such as cr-0123456789abcdef0."
        for one in ids
        if not RESERVATION.fullmatch(one)
    ]
    if ids and not reserved:
        problems.append(f"{name} is set, but {types} does not hold reserved, so they would not be used. Add reserved.")
    if reserved and not ids:
        problems.append(
            f"{types} holds reserved, and {name} is not set: Karpenter uses only reservations that it is told of. "
            f"Name them in {name}, or take reserved out."
        )
    return problems


def _image(settings: ChosenPoolSettings, names: SettingNames) -> list[str]:
    if AMI_ALIAS.fullmatch(settings.ami_alias):
        return []
    return [
        f"{names('ami_alias')} is {settings.ami_alias!r}; it should name a release, al2023@v and eight digits, such as "
        "al2023@v20260903: with latest, every release of AWS's replaces all nodes."
    ]


def _instance_types(settings: NodePoolSettings, names: SettingNames) -> list[str]:
    name = names("instance_types")
    known = {*INSTANCE_TYPES, *GENERAL_PURPOSE_TYPES}
    unknown = [one for one in settings.instance_types if one not in known]
    if unknown:
        return [
            f"{name} holds {', '.join(unknown)}, of which nothing is known here. Known are {', '.join(sorted(known))}."
        ]
    plain = [one for one in settings.instance_types if one not in INSTANCE_TYPES]
    if settings.is_accelerated and plain:
        return [
            f"{name} holds types with and without Neuron chips: {', '.join(settings.instance_types)}. "
            f"Make a pool of its own of {', '.join(plain)}."
        ]
    return []


def _pool_name(settings: NodePoolSettings, names: SettingNames) -> list[str]:
    if DNS_1123_LABEL.fullmatch(settings.pool_name):
        return []
    return [
        f"{names('pool_name')} is {settings.pool_name!r}; it should hold only lower-case letters, digits and '-', and "
        "start and end with a letter or digit."
    ]


def _disk(settings: NodePoolSettings, names: SettingNames) -> list[str]:
    least = SMALLEST_NEURON_DISK_GIB if settings.is_accelerated else SMALLEST_DISK_GIB
    return disk_problems(settings.disk_gib, least, names)


def disk_problems(disk_gib: int | None, least: int, names: SettingNames) -> list[str]:
    """Return why a disk is too small."""
    if disk_gib is None or disk_gib >= least:
        return []
    return [
        f"{names('disk_gib')} is {disk_gib}, too small for the images and what the pods write. "
        f"Set it to {least} or more, or leave it out."
    ]


def _efa(settings: NodePoolSettings, names: SettingNames) -> list[str]:
    without = [one for one in settings.instance_types if one not in EFA_CARDS]
    if not settings.efa or (not without and len(settings.instance_types) == 1):
        return []
    return [
        f"{names('efa')} is true, and {names('instance_types')} holds {', '.join(settings.instance_types)}; "
        f"it should hold one of {', '.join(EFA_CARDS)}."
    ]


CHOSEN_RULES = (
    Rule(("zones",), _zones),
    Rule(("capacity_types", "capacity_reservation_ids"), _reservations),
    Rule(("ami_alias",), _image),
)
ALL_RULES = (
    Rule(("pool_name",), _pool_name),
    Rule(("instance_types",), _instance_types),
    *CHOSEN_RULES,
    Rule(("disk_gib", "instance_types"), _disk),
    Rule(("efa", "instance_types"), _efa),
)
