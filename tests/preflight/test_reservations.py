"""Capacity reservations that a node pool names."""

from typing import Any

import pytest

from neuronserve.plan.plan import Plan
from neuronserve.preflight.finding import Verdict
from tests.preflight.account import Account, reservation
from tests.preflight.conftest import Look, others, the, with_node_class, with_pool

pytestmark = pytest.mark.slow
NAME = "cr-0123456789abcdef0"
ABOUT = f"{NAME} of node pool inferentia-inf2"


@pytest.fixture
def reserved(plan: Plan) -> Plan:
    pool = with_pool(plan, "inferentia-inf2", capacity_type=["reserved", "on-demand"])
    return with_node_class(pool, "inferentia-inf2", capacityReservationSelectorTerms=[{"id": NAME}])


def test_one_that_is_usable(reserved: Plan, aws_account: Account, look: Look) -> None:
    aws_account.reservations = [reservation(NAME), reservation("cr-1", State="expired")]
    found = look(reserved)
    assert the(found, "capacity reservation", ABOUT).have == "usable, 2 of 4 instances free"
    assert found.is_clear


@pytest.mark.parametrize(
    ("changed", "have"),
    [
        ({"State": "expired"}, "it is expired"),
        ({"State": "scheduled"}, "it is scheduled"),
        ({"InstanceType": "inf2.48xlarge"}, "it is of inf2.48xlarge"),
        ({"AvailabilityZoneId": "usw2-az2"}, "it is in usw2-az2, where the pool has no subnet"),
        ({"CapacityReservationId": "cr-1"}, "no such reservation in this account and region"),
    ],
)
def test_one_that_is_not(reserved: Plan, aws_account: Account, look: Look, changed: dict[str, Any], have: str) -> None:
    aws_account.reservations = [reservation(NAME) | changed]
    found = look(reserved)
    finding = the(found, "capacity reservation", ABOUT)
    assert finding.verdict is Verdict.PROBLEM
    assert finding.have.removeprefix(f"{NAME}: ") == have
    assert others(found, finding) == {Verdict.FINE}


def test_one_that_is_used_up(reserved: Plan, aws_account: Account, look: Look) -> None:
    aws_account.reservations = [reservation(NAME, AvailableInstanceCount=0)]
    finding = the(look(reserved), "capacity reservation", ABOUT)
    assert (finding.verdict, finding.have) == (Verdict.WARNING, "usable, and all 4 of its instances are in use")


def test_a_pool_that_does_not_take_reserved_machines(reserved: Plan, aws_account: Account, look: Look) -> None:
    aws_account.reservations = [reservation(NAME)]
    finding = the(look(with_pool(reserved, "inferentia-inf2", capacity_type=["spot"])), "capacity reservation", ABOUT)
    assert finding.have == "the pool's capacity types are spot, without reserved"
