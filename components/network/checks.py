"""What is wrong with the settings of a network, found before anything is deployed."""

from collections import Counter
from collections.abc import Collection
from ipaddress import IPv4Network

from neuronserve.components.cluster.checks import LOG_RETENTION_DAYS
from neuronserve.components.network.args import NatGateways
from neuronserve.components.network.settings import NetworkSettings, NewNetworkSettings
from neuronserve.components.network.subnets import FEWEST_ZONES, MOST_ZONES, POD_PREFIXES, PRIMARY_PREFIXES
from neuronserve.facts.zones import is_in_region, is_zone_id, is_zone_name
from neuronserve.settings.rules import Rule, broken_rules
from neuronserve.settings.settings import SettingNames

SEPARATE_RANGES = [IPv4Network(cidr) for cidr in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "198.19.0.0/16")]
"""A VPC in one of these cannot get addresses of another, and one outside cannot get any of them
(https://docs.aws.amazon.com/vpc/latest/userguide/vpc-cidr-blocks.html#add-cidr-block-restrictions)."""


def find_problems(
    settings: NewNetworkSettings, names: SettingNames, unusable: Collection[str] = frozenset()
) -> list[str]:
    """Return everything that is wrong with settings; the arguments are those of :func:`broken_rules`."""
    return broken_rules(RULES, settings, names, unusable)


def region_problems(settings: NewNetworkSettings, region: str, names: SettingNames) -> list[str]:
    """Return which zones are not in a region."""
    strangers = [zone for zone in settings.zones or [] if not is_in_region(zone, region)]
    if not strangers:
        return []
    return [
        f"{names('zones')} holds {', '.join(strangers)}: not in {region}. "
        f"Set zones of that region (aws ec2 describe-availability-zones --region {region}), or another region."
    ]


def parse_cidr(cidr: str) -> IPv4Network | None:
    """Return a network, None for what is none or has bits set beyond its prefix."""
    try:
        return IPv4Network(cidr)
    except ValueError:
        return None


def _existing(settings: NewNetworkSettings, names: SettingNames) -> list[str]:
    others = sorted(settings.model_fields_set - {"existing", "region", "discovery_tag", "tags"})
    if settings.existing is None:
        return []
    problems = []
    if others:
        listed = ", ".join(names(setting) for setting in others)
        problems.append(
            f"{names('existing')} is set, so no network is made, and {listed} would do nothing. "
            f"Remove {listed}, or {names('existing')}."
        )
    for setting in ("private_subnet_ids", "intra_subnet_ids"):
        subnets = getattr(settings.existing, setting)
        if subnets is not None and len(set(subnets)) < FEWEST_ZONES:
            problems.append(
                f"{names(f'existing.{setting}')} holds {len(set(subnets))} subnet; EKS wants two or more, in different "
                "zones. Add one."
            )
    return problems


def _cidrs(settings: NewNetworkSettings, names: SettingNames) -> list[str]:
    problems = [
        *_cidr(settings.cidr, names("cidr"), PRIMARY_PREFIXES, "10.1.0.0/16"),
        *_cidr(settings.pod_cidr, names("pod_cidr"), POD_PREFIXES, "100.64.0.0/16"),
    ]
    cidr, pod_cidr = parse_cidr(settings.cidr), parse_cidr(settings.pod_cidr)
    if cidr is None or pod_cidr is None:
        return problems
    if cidr.overlaps(pod_cidr):
        problems.append(
            f"{names('pod_cidr')} is {pod_cidr}, and {names('cidr')} is {cidr}: they overlap. Set one of them to "
            "a range that is free, such as 100.64.0.0/16 for pods."
        )
    elif (range_ := _range(pod_cidr)) is not None and range_ != _range(cidr):
        problems.append(
            f"{names('pod_cidr')} is {pod_cidr}, which AWS does not admit to a VPC whose {names('cidr')} is {cidr}: "
            f"the two are in separate ranges. Set {names('pod_cidr')} to one in 100.64.0.0/10, such as 100.64.0.0/16."
        )
    return problems


def _cidr(cidr: str, name: str, prefixes: range, example: str) -> list[str]:
    network = parse_cidr(cidr)
    if network is None:
        try:
            right = f"the network of that address is {IPv4Network(cidr, strict=False)}"
        except ValueError:
            right = f"it should be an IPv4 network such as {example}"
        return [f"{name} is {cidr!r}, which is no network: {right}."]
    if network.prefixlen in prefixes:
        return []
    size = "small" if network.prefixlen > prefixes[-1] else "large"
    return [
        f"{name} is {cidr}, {network.num_addresses} addresses: too {size} to be divided into subnets for {MOST_ZONES} "
        f"zones. Set it to a network from /{prefixes[0]} to /{prefixes[-1]}, such as {example}."
    ]


def _range(network: IPv4Network) -> IPv4Network | None:
    return next((range_ for range_ in SEPARATE_RANGES if network.subnet_of(range_)), None)


def _zones(settings: NewNetworkSettings, names: SettingNames) -> list[str]:
    zones, name = settings.zones, names("zones")
    if zones is None:
        if FEWEST_ZONES <= settings.zone_count <= MOST_ZONES:
            return []
        return [
            f"{names('zone_count')} is {settings.zone_count}; it should be from {FEWEST_ZONES}, which EKS wants, to "
            f"{MOST_ZONES}."
        ]
    problems = []
    if "zone_count" in settings.model_fields_set:
        problems.append(
            f"{names('zone_count')} is set, and so are {name}, which make it needless. Remove one of the two."
        )
    if not FEWEST_ZONES <= len(zones) <= MOST_ZONES:
        problems.append(
            f"{name} holds {len(zones)}: {', '.join(zones) or 'none'}. Name from {FEWEST_ZONES}, which EKS wants, to "
            f"{MOST_ZONES} zones."
        )
    twice = [zone for zone, count in Counter(zones).items() if count > 1]
    if twice:
        problems.append(f"{name} holds {', '.join(twice)} more than once. Name each zone once.")
    unknown = [zone for zone in zones if not is_zone_id(zone) and not is_zone_name(zone)]
    if unknown:
        problems.append(
            f"{name} holds {', '.join(map(repr, unknown))}; a zone is written by name, us-west-2a, or by id, usw2-az1."
        )
    elif len({is_zone_id(zone) for zone in zones}) > 1:
        problems.append(
            f"{name} holds names and ids: {', '.join(zones)}. Write all by name (us-west-2a) or all by id (usw2-az1)."
        )
    return problems


def _region(settings: NewNetworkSettings, names: SettingNames) -> list[str]:
    if not isinstance(settings, NetworkSettings):
        return []
    return region_problems(settings, settings.region, names)


def _way_out(settings: NewNetworkSettings, names: SettingNames) -> list[str]:
    """Without a NAT gateway a node has to reach AWS by endpoints, or it never joins the cluster."""
    if settings.nat_gateways is not NatGateways.NONE:
        return []
    needed = {"ec2", "ecr.api", "ecr.dkr", "eks", "eks-auth", "sts"}
    missing = sorted(needed - {endpoint.value for endpoint in settings.interface_endpoints})
    if not missing:
        return []
    return [
        f"{names('nat_gateways')} is None, and {names('interface_endpoints')} lacks {', '.join(missing)}, without "
        "which no node can join the cluster. Add them, or set a NAT gateway."
    ]


def _flow_logs(settings: NewNetworkSettings, names: SettingNames) -> list[str]:
    if settings.flow_logs is None or settings.flow_logs.retention_days in LOG_RETENTION_DAYS:
        return []
    return [
        f"{names('flow_logs.retention_days')} is {settings.flow_logs.retention_days}, which CloudWatch does not offer. "
        f"Set it to one of {', '.join(map(str, LOG_RETENTION_DAYS))}."
    ]


RULES = (
    Rule(("existing",), _existing),
    Rule(("cidr", "pod_cidr"), _cidrs),
    Rule(("zones", "zone_count"), _zones),
    Rule(("region", "zones"), _region),
    Rule(("nat_gateways", "interface_endpoints"), _way_out),
    Rule(("flow_logs",), _flow_logs),
)
