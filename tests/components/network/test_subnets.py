from ipaddress import IPv4Network
from itertools import combinations

from hypothesis import given
from hypothesis import strategies as st

from neuronserve.components.network.subnets import (
    FEWEST_ZONES,
    MOST_ZONES,
    POD_PREFIXES,
    PRIMARY_PREFIXES,
    ZoneSubnets,
    divide,
)


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


VPCS = st.tuples(
    networks("10.0.0.0/8", PRIMARY_PREFIXES),
    networks("100.64.0.0/10", POD_PREFIXES),
    st.integers(FEWEST_ZONES, MOST_ZONES),
)


def all_of(zones: list[ZoneSubnets]) -> list[IPv4Network]:
    return [subnet for zone in zones for subnet in (zone.public, zone.private, zone.intra, zone.pod)]


@given(VPCS)
def test_no_two_subnets_overlap(vpc: tuple[IPv4Network, IPv4Network, int]) -> None:
    assert not any(one.overlaps(other) for one, other in combinations(all_of(divide(*vpc)), 2))


@given(VPCS)
def test_every_subnet_is_in_its_addresses(vpc: tuple[IPv4Network, IPv4Network, int]) -> None:
    cidr, pod_cidr, zones = vpc
    divided = divide(*vpc)
    assert len(divided) == zones
    for zone in divided:
        assert zone.pod.subnet_of(pod_cidr)
        assert all(subnet.subnet_of(cidr) for subnet in (zone.public, zone.private, zone.intra))


@given(VPCS)
def test_aws_admits_every_size(vpc: tuple[IPv4Network, IPv4Network, int]) -> None:
    assert all(16 <= subnet.prefixlen <= 28 for subnet in all_of(divide(*vpc)))


@given(VPCS)
def test_a_further_zone_moves_no_subnet(vpc: tuple[IPv4Network, IPv4Network, int]) -> None:
    cidr, pod_cidr, zones = vpc
    for more in range(zones + 1, MOST_ZONES + 1):
        assert divide(cidr, pod_cidr, more)[:zones] == divide(cidr, pod_cidr, zones)


def test_the_default_addresses() -> None:
    first, second = divide(IPv4Network("10.1.0.0/16"), IPv4Network("100.64.0.0/16"), 2)
    assert [str(subnet) for subnet in all_of([first])] == [
        "10.1.128.0/21",
        "10.1.0.0/19",
        "10.1.160.0/21",
        "100.64.0.0/18",
    ]
    assert str(second.private) == "10.1.32.0/19"
