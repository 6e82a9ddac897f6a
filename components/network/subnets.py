"""Which subnets a VPC is divided into: a pure decision."""

from dataclasses import dataclass
from ipaddress import IPv4Network

FEWEST_ZONES = 2
"""EKS wants its control plane in two zones."""

MOST_ZONES = 4
"""Room is kept for so many, so that a zone can be added without moving a subnet of another."""

ZONE_BITS = 2

PRIMARY_PREFIXES = range(16, 24)
"""From the largest that AWS admits for a VPC to the smallest in which public subnets are no smaller than a /28."""

POD_PREFIXES = range(16, 25)
"""A pod subnet of the smallest has 64 addresses: four of the /28 prefixes that nodes take at a time."""


@dataclass(frozen=True)
class ZoneSubnets:
    """The subnets in one zone."""

    public: IPv4Network
    """For load balancers and NAT gateways."""
    private: IPv4Network
    """For nodes."""
    intra: IPv4Network
    """For the control plane's network interfaces; without a way to the internet."""
    pod: IPv4Network
    """For pods, in the secondary addresses."""


def divide(cidr: IPv4Network, pod_cidr: IPv4Network, zones: int) -> list[ZoneSubnets]:
    """Return the subnets of each zone.

    The primary addresses are cut into eighths. Four of them are the private subnets, the fifth is divided into four
    public and the sixth into four intra subnets; the rest is free. The pods' addresses are divided into four.
    Always for four zones, so that a zone's subnets do not depend on how many zones there are.

    Args:
        cidr: the VPC's own addresses, of a size in :data:`PRIMARY_PREFIXES`.
        pod_cidr: further addresses, of a size in :data:`POD_PREFIXES`, that do not overlap.
        zones: in how many zones, from :data:`FEWEST_ZONES` to :data:`MOST_ZONES`.
    """
    eighths = list(cidr.subnets(prefixlen_diff=3))
    public = list(eighths[MOST_ZONES].subnets(prefixlen_diff=ZONE_BITS))
    intra = list(eighths[MOST_ZONES + 1].subnets(prefixlen_diff=ZONE_BITS))
    pod = list(pod_cidr.subnets(prefixlen_diff=ZONE_BITS))
    return [ZoneSubnets(public[i], eighths[i], intra[i], pod[i]) for i in range(zones)]
