"""An account in which things of several clusters are, and the stack that is to go."""

import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest

from neuronserve.cleanup.actions import DELETES, READS
from neuronserve.cleanup.scope import Scope, scope_of
from neuronserve.plan.plan import Plan
from neuronserve.preflight.aws import Aws
from tests.cleanup.planted import Garden, Planted, refuse_groups_in_use
from tests.preflight.account import REGION, Account, account, server

STACK = "inf2-8xlarge"
CLUSTER = f"neuronserve-{STACK}"
TAGS = {"project": "neuronserve", "stack": STACK}
OTHERS = (f"{CLUSTER}-2", CLUSTER[:-1])
"""Clusters of others, whose names begin with the stack's, or begin it."""


class Quiet:
    """Wants to know nothing."""

    def begins(self, step: str, total: int) -> None: ...

    def left(self, number: int) -> None: ...


@dataclass
class Place:
    """An account with planted things."""

    account: Account
    garden: Garden
    mine: Planted
    others: set[str]
    """Ids of what nobody may touch."""

    def still_untouched(self) -> bool:
        return self.others <= self.garden.there()


@pytest.fixture(scope="module")
def aws_server() -> Iterator[str]:
    yield from server()


@pytest.fixture
def aws_account(aws_server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[Account]:
    refuse_groups_in_use(monkeypatch)
    yield from account(aws_server)


def planted(account: Account) -> Place:
    """Plant what is the stack's, what is others', and what is nobody's."""
    garden = Garden(account)
    there = garden.there()
    mine = garden.of_cluster(CLUSTER, TAGS)
    mine.log_groups.append(garden.log_group(f"/aws/containerinsights/{CLUSTER}/performance", TAGS | {"team": "llm"}))
    for other in OTHERS:
        garden.of_cluster(other, {"project": "neuronserve", "stack": other.removeprefix("neuronserve-")})
    garden.of_nobody(CLUSTER)
    return Place(account, garden, mine, (garden.there() - mine.all) | there)


@pytest.fixture
def place(aws_account: Account) -> Place:
    return planted(aws_account)


@pytest.fixture
def scope(plan_of: Callable[[str], Plan]) -> Scope:
    found = scope_of(plan_of(STACK))
    assert found is not None
    return found


@pytest.fixture
def aws(aws_account: Account) -> Aws:
    return aws_of(tuple(aws_account.environment.items()))


@functools.cache
def aws_of(variables: tuple[tuple[str, str], ...]) -> Aws:
    """Return the account that these variables lead to; its clients take a second to make."""
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables:
            patch.setenv(name, value)
        made = Aws(REGION, None, (*READS, *DELETES))
        for service in ("ec2", "elb", "elbv2", "eks", "logs", "sts"):
            made._client(service, REGION)
    return made
