"""Which subnets a VPC is divided into: a pure decision."""

from dataclasses import dataclass
from ipaddress import IPv4Network

FEWEST_ZONES = 2
"""EKS wants its control plane in two zones."""

MOST_ZONES = 4

ZONE_PLACES = 8
"""Zones of a region that have a place of their own in the addresses: the number of a zone decides which, so that a
zone that is added, removed or named in another order moves no subnet of another. No region has more than six."""

PLACE_BITS = 3

PREFIXES = range(16, 21)
"""From the largest that AWS admits for a VPC to the smallest in which the nodes and pods of a zone have 256 addresses:
sixteen of the /28 prefixes, of which a node takes two or more."""


@dataclass(frozen=True)
class ZoneSubnets:
    """The subnets in one zone."""

    public: IPv4Network
    """For load balancers and NAT gateways."""
    private: IPv4Network
    """For nodes and pods."""
    intra: IPv4Network
    """For the control plane's network interfaces; without a way to the internet."""


def zone_subnets(cidr_block: IPv4Network, place: int) -> ZoneSubnets:
    """Return the subnets of the zone with a place in the addresses, from 0.

    The addresses are cut into sixteenths. Eight of them are the private subnets of eight zones, the ninth is divided
    into eight public and the tenth into eight intra subnets; the rest is free.

    Args:
        cidr_block: the VPC's addresses, of a size in :data:`PREFIXES`.
        place: below :data:`ZONE_PLACES`.
    """
    sixteenths = list(cidr_block.subnets(prefixlen_diff=PLACE_BITS + 1))
    public, intra = (
        list(block.subnets(prefixlen_diff=PLACE_BITS))[place]
        for block in (sixteenths[ZONE_PLACES], sixteenths[ZONE_PLACES + 1])
    )
    return ZoneSubnets(public, sixteenths[place], intra)
