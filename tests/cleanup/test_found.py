"""What is left of a stack is found: exactly that, among what is others' and nobody's; and what it costs."""

import dataclasses
import json
import re
from collections.abc import Iterator

import pytest

from neuronserve.cleanup import sweep
from neuronserve.cleanup.report import sweep_json, sweep_told
from neuronserve.cleanup.scope import Scope
from neuronserve.facts.instance_types import INSTANCE_TYPES
from neuronserve.facts.prices import HOURS_PER_MONTH
from neuronserve.preflight.aws import Aws
from tests.cleanup.conftest import CLUSTER, OTHERS, Place, aws_of, planted
from tests.preflight.account import account

pytestmark = pytest.mark.slow
UNTAGGED = f"/aws/containerinsights/{CLUSTER}/application"


@pytest.fixture(scope="module")
def place(aws_server: str) -> Iterator[Place]:
    """An account that all of these tests look at, and none changes."""
    for there in account(aws_server):
        yield planted(there)


@pytest.fixture(scope="module")
def aws(place: Place) -> Aws:
    return aws_of(tuple(place.account.environment.items()))


def test_exactly_the_stacks(place: Place, scope: Scope, aws: Aws) -> None:
    found = sweep.look(aws, scope)
    assert {one.id for one in found.left} == place.mine.all
    assert {one.id for one in found.left if one.holds_data} == place.mine.data
    assert not found.unknown
    assert not found.cluster_is_there


@pytest.mark.parametrize("other", OTHERS)
def test_each_cluster_has_its_own(place: Place, scope: Scope, aws: Aws, other: str) -> None:
    stack = other.removeprefix("neuronserve-")
    tags = {"project": "neuronserve", "stack": stack}
    of_other = dataclasses.replace(scope, cluster=other, tags=tags, log_groups=(f"/aws/eks/{other}/",))
    found = {one.id for one in sweep.look(aws, of_other).left}
    assert found
    assert found <= place.others


def test_in_a_cluster_of_others_not_more_than_was_made_for_the_stack(place: Place, scope: Scope, aws: Aws) -> None:
    guest = dataclasses.replace(scope, makes_cluster=False)
    found = {one.id for one in sweep.look(aws, guest).left}
    assert found == place.mine.all - {*place.mine.interfaces, *place.mine.groups, place.mine.templates[1]}
    elsewhere = dataclasses.replace(guest, namespaces=frozenset({"other"}), node_pools=frozenset({"other"}), tags={})
    assert sweep.look(aws, elsewhere).left == ()


def test_what_it_costs(place: Place, scope: Scope, aws: Aws) -> None:
    found = sweep.look(aws, scope)
    by_id = {one.id: one.monthly for one in found.left}
    inf2, m7i = place.mine.instances
    assert by_id[inf2] == INSTANCE_TYPES["inf2.8xlarge"].on_demand_usd_per_hour * HOURS_PER_MONTH
    assert by_id[m7i] == pytest.approx(0.1008 * 730)
    assert by_id[place.mine.volumes[0]] == pytest.approx(20 * 0.08)
    application, network, classic = place.mine.load_balancers
    assert by_id[application] == by_id[network] == pytest.approx((0.0225 + 2 * 0.005) * 730)
    assert by_id[classic] == pytest.approx((0.025 + 2 * 0.005) * 730)
    assert {by_id[one] for one in (*place.mine.groups, *place.mine.interfaces, *place.mine.templates)} == {0.0}
    assert found.monthly == pytest.approx(sum(filter(None, by_id.values())))
    text = sweep_told(found)
    assert re.search(rf"\$1436\.\d\d  instance {inf2} \(inf2.8xlarge, running, node pool inferentia-inf2\)", text)
    assert text.splitlines()[-1].startswith(f"{len(found.left)} left, about ${found.monthly:.2f} a month (list prices")
    document = json.loads(sweep_json(found))
    assert {one["id"] for one in document["left"]} == place.mine.all
    assert document["monthly"] == round(found.monthly, 2)


def test_a_price_that_is_not_known_is_told(place: Place, scope: Scope, aws: Aws) -> None:
    found = sweep.look(aws, scope)
    unknown = dataclasses.replace(found.left[0], monthly=None)
    text = sweep_told(dataclasses.replace(found, left=(unknown, *found.left[1:])))
    assert f"           ?  {unknown}" in text
    assert ", and 1 whose price is not known here (" in text
