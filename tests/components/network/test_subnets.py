from ipaddress import IPv4Network
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from neuronserve.components.network.subnets import PREFIXES, ZONE_PLACES, ZoneSubnets, zone_subnets


def networks(within: str, prefixes: range) -> st.SearchStrategy[IPv4Network]:
    return st.sampled_from(prefixes).flatmap(
        lambda prefix: st.integers(0, 2**32 - 1).map(
            lambda address: IPv4Network(
                (
                    int(IPv4Network(within).network_address)
                    + address % IPv4Network(within).num_addresses // 2 ** (32 - prefix) * 2 ** (32 - prefix),
                    prefix,
                )
            )
        )
    )


VPCS = networks("10.0.0.0/8", PREFIXES)


def divided(vpc: IPv4Network) -> list[ZoneSubnets]:
    return [zone_subnets(vpc, place) for place in range(ZONE_PLACES)]


def all_of(zones: list[ZoneSubnets]) -> list[IPv4Network]:
    return [subnet for zone in zones for subnet in (zone.public, zone.private, zone.intra)]


@given(VPCS)
def test_no_two_subnets_overlap_whatever_zones_are_used(vpc: IPv4Network) -> None:
    assert not any(one.overlaps(other) for one, other in combinations(all_of(divided(vpc)), 2))


@given(VPCS)
def test_every_subnet_is_in_its_addresses(vpc: IPv4Network) -> None:
    assert all(subnet.subnet_of(vpc) for subnet in all_of(divided(vpc)))


@given(VPCS)
def test_aws_admits_every_size(vpc: IPv4Network) -> None:
    assert all(16 <= subnet.prefixlen <= 28 for subnet in all_of(divided(vpc)))


@given(VPCS)
def test_zones_have_the_same_room(vpc: IPv4Network) -> None:
    sizes = {tuple(subnet.prefixlen for subnet in all_of([zone])) for zone in divided(vpc)}
    assert len(sizes) == 1


def test_the_default_addresses() -> None:
    first, second, *_ = divided(IPv4Network("10.1.0.0/16"))
    assert [str(subnet) for subnet in all_of([first])] == [
        "10.1.128.0/23",
        "10.1.0.0/20",
        "10.1.144.0/23",
    ]
    assert str(second.private) == "10.1.16.0/20"


@given(VPCS)
def test_pods_of_several_nodes_have_room_in_each_zone(vpc: IPv4Network) -> None:
    prefixes_of_16 = divided(vpc)[0].private.num_addresses // 16
    assert prefixes_of_16 >= 16
