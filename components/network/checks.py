"""What is wrong with the settings of a network, found before anything is deployed."""

from collections import Counter
from functools import partial
from ipaddress import IPv4Network

from neuronserve.components.network.settings import (
    ExistingNetworkSettings,
    NatGateways,
    NetworkOptions,
    NetworkSettings,
)
from neuronserve.components.network.subnets import (
    FEWEST_ZONES,
    MOST_ZONES,
    PREFIXES,
    ZONE_PLACES,
)
from neuronserve.facts.aws import LOG_RETENTION_DAYS
from neuronserve.facts.zones import WITHOUT_CONTROL_PLANE, is_in_region, is_zone_id, is_zone_name, zone_number
from neuronserve.settings import Rule, SettingNames, known

NEEDED_ENDPOINTS = {"ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "sts"}
"""Without these no node joins a cluster in a VPC from which nothing leads out."""

ZONE_FORMS = {
    "availability_zone_ids": (is_zone_id, "an id such as usw2-az1"),
    "availability_zone_names": (is_zone_name, "a name such as us-west-2a"),
}


def outside_region(setting: str, settings: NetworkOptions, region: str, names: SettingNames) -> list[str]:
    """Return which of the zones of a setting, by id or by name, are not in a region."""
    outside = [zone for zone in getattr(settings, setting) or [] if not is_in_region(zone, region)]
    if not outside:
        return []
    return [
        f"{names(setting)} holds {', '.join(outside)}: not in {region}. "
        f"Set zones of that region (aws ec2 describe-availability-zones --region {region}), or another region."
    ]


def parse_cidr(cidr: str) -> IPv4Network | None:
    """Return the addresses of a CIDR block, None for what is not one or has bits set beyond its prefix."""
    try:
        return IPv4Network(cidr)
    except ValueError:
        return None


def not_a_cidr(cidr: str, name: str, example: str) -> str:
    """Return the message for what is not a CIDR block."""
    try:
        right = f"the block of that address is {IPv4Network(cidr, strict=False)}"
    except ValueError:
        right = f"it should be a range of IPv4 addresses such as {example}"
    return f"{name} is {cidr!r}, which is not a CIDR block: {right}."


def _cidr_block(settings: NetworkOptions, names: SettingNames) -> list[str]:
    cidr, name = known(settings.cidr_block), names("cidr_block")
    network = parse_cidr(cidr)
    if network is None:
        return [not_a_cidr(cidr, name, "10.1.0.0/16")]
    if network.prefixlen in PREFIXES:
        return []
    size = "small" if network.prefixlen > PREFIXES[-1] else "large"
    return [
        f"{name} is {cidr}, {network.num_addresses} addresses: too {size} to be divided into subnets for {ZONE_PLACES} "
        f"zones. Set it to a block from /{PREFIXES[0]} to /{PREFIXES[-1]}, such as 10.1.0.0/16."
    ]


def _zones(setting: str, settings: NetworkOptions, names: SettingNames) -> list[str]:
    zones, name, (has_form, form) = getattr(settings, setting), names(setting), ZONE_FORMS[setting]
    if zones is None:
        return []
    problems = []
    if not FEWEST_ZONES <= len(zones) <= MOST_ZONES:
        problems.append(
            f"{name} holds {len(zones)}: {', '.join(zones) or 'none'}. Name from {FEWEST_ZONES}, which EKS wants, "
            f"to {MOST_ZONES} zones."
        )
    if twice := [zone for zone, count in Counter(zones).items() if count > 1]:
        problems.append(f"{name} holds {', '.join(twice)} more than once. Name each zone once.")
    if unknown := [zone for zone in zones if not has_form(zone) or not 1 <= zone_number(zone) <= ZONE_PLACES]:
        problems.append(f"{name} holds {', '.join(map(repr, unknown))}; a zone is written as {form}.")
    if without := [zone for zone in zones if zone in WITHOUT_CONTROL_PLANE]:
        problems.append(f"{name} holds {', '.join(without)}, where EKS takes no control plane. Name another zone.")
    return problems


def _one_way_to_name_zones(settings: NetworkOptions, names: SettingNames) -> list[str]:
    if settings.availability_zone_ids is None or settings.availability_zone_names is None:
        return []
    return [
        f"{names('availability_zone_ids')} and {names('availability_zone_names')} are both set. Keep one of the two."
    ]


def _number_of_zones(settings: NetworkOptions, names: SettingNames) -> list[str]:
    name, number = names("number_of_availability_zones"), settings.number_of_availability_zones
    if settings.availability_zones is not None:
        if "number_of_availability_zones" not in settings.model_fields_set:
            return []
        return [f"{name} is set, and so are the zones themselves, which make it needless. Remove one of the two."]
    if FEWEST_ZONES <= number <= MOST_ZONES:
        return []
    return [f"{name} is {number}; it should be from {FEWEST_ZONES}, which EKS wants, to {MOST_ZONES}."]


def _region(setting: str, settings: NetworkSettings, names: SettingNames) -> list[str]:
    return outside_region(setting, settings, known(settings.region), names)


def _way_out(settings: NetworkOptions, names: SettingNames) -> list[str]:
    """Without a NAT gateway a node has to reach AWS by endpoints, or it never joins the cluster."""
    if settings.nat_gateways is not NatGateways.NONE:
        return []
    missing = sorted(NEEDED_ENDPOINTS - {endpoint.value for endpoint in settings.interface_endpoints})
    if not missing:
        return []
    return [
        f"{names('nat_gateways')} is None, and {names('interface_endpoints')} lacks {', '.join(missing)}, without "
        "which no node can join the cluster. Add them, or set a NAT gateway."
    ]


def _endpoints_once(settings: NetworkOptions, names: SettingNames) -> list[str]:
    twice = [endpoint.value for endpoint, count in Counter(settings.interface_endpoints).items() if count > 1]
    if not twice:
        return []
    return [f"{names('interface_endpoints')} holds {', '.join(twice)} more than once. Name each once."]


def _flow_logs(settings: NetworkOptions, names: SettingNames) -> list[str]:
    if settings.flow_logs is None or known(settings.flow_logs.retention_in_days) in LOG_RETENTION_DAYS:
        return []
    return [
        f"{names('flow_logs.retention_in_days')} is {settings.flow_logs.retention_in_days}, which CloudWatch does not "
        f"offer. Set it to one of {', '.join(map(str, LOG_RETENTION_DAYS))}."
    ]


def _subnets(setting: str, settings: ExistingNetworkSettings, names: SettingNames) -> list[str]:
    subnets = getattr(settings, setting)
    if not isinstance(subnets, list) or len(set(subnets)) >= FEWEST_ZONES:  # each Output is another subnet
        return []
    return [
        f"{names(setting)} holds {len(set(subnets)) or 'none'}; EKS wants two subnets or more, in different zones. "
        "Name at least two."
    ]


OPTION_RULES: tuple[Rule, ...] = (
    _cidr_block,
    *(partial(_zones, setting) for setting in ZONE_FORMS),
    _one_way_to_name_zones,
    _number_of_zones,
    _way_out,
    _endpoints_once,
    _flow_logs,
)
RULES: tuple[Rule, ...] = (*OPTION_RULES, *(partial(_region, setting) for setting in ZONE_FORMS))
EXISTING_RULES: tuple[Rule, ...] = tuple(
    partial(_subnets, setting) for setting in ("private_subnet_ids", "intra_subnet_ids")
)
