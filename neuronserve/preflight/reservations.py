"""Whether capacity reservations that node pools name can be used by them."""

from collections.abc import Iterator
from functools import partial
from typing import Any

from neuronserve.facts.quotas import RESERVED
from neuronserve.plan.plan import Plan
from neuronserve.preflight.aws import Aws
from neuronserve.preflight.finding import Finding, Verdict, attempt
from neuronserve.preflight.machines import Machines, machines
from neuronserve.preflight.refusals import AwsError
from neuronserve.preflight.zones import Zones

SUBJECT = "capacity reservation"
LINK = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/capacity-reservations-using.html"
NOT_THERE = ("InvalidCapacityReservationId.NotFound", "InvalidCapacityReservationId.Malformed")


def reservations(plan: Plan, aws: Aws) -> Iterator[Finding]:
    """Look at each reservation that a node pool may take its machines from."""
    zones = Zones(plan, aws)
    for one in machines(plan):
        for term in one.node_class.get("capacityReservationSelectorTerms", ()):
            about = f"{term.get('id', 'by tags')} of {one.name}"
            yield from attempt(SUBJECT, about, partial(_of, one, term, about, zones, aws))


def _of(one: Machines, term: dict[str, Any], about: str, zones: Zones, aws: Aws) -> Iterator[Finding]:
    chosen = zones.of(one)
    need = f"active, of {' or '.join(one.instance_types)}, in {' or '.join(sorted(chosen)) or 'a zone of the pool'}"
    found = _found(term, aws)
    problems = [f"{each['CapacityReservationId']}: {why}" for each in found for why in _problems(one, each, chosen)]
    if RESERVED not in one.capacity_types:
        problems.append(f"the pool's capacity types are {', '.join(one.capacity_types)}, without {RESERVED}")
    usable = [each for each in found if not any(_problems(one, each, chosen))]
    free = sum(each["AvailableInstanceCount"] for each in usable)
    total = sum(each["TotalInstanceCount"] for each in usable)
    remedies: tuple[str, ...] = ()
    if not found or problems:
        verdict, have = Verdict.PROBLEM, "; ".join(problems) or "no such reservation in this account and region"
        remedies = (
            f"Name another one in {one.setting}.capacityReservationIds, which `aws ec2 describe-capacity-reservations` "
            f"lists, or change instance types, zones and capacity types of the pool.",
        )
    elif not free:
        verdict, have = Verdict.WARNING, f"usable, and all {total} of its instances are in use"
        remedies = ("Wait, or let the pool buy on demand as well.",)
    else:
        verdict, have = Verdict.FINE, f"usable, {free} of {total} instances free"
    yield Finding(SUBJECT, about, verdict, need=need, have=have, remedies=remedies, link=LINK)


def _found(term: dict[str, Any], aws: Aws) -> list[dict[str, Any]]:
    if "id" in term:
        selected: dict[str, Any] = {"CapacityReservationIds": [term["id"]]}
    else:
        tags = [{"Name": f"tag:{key}", "Values": [value]} for key, value in term.get("tags", {}).items()]
        selected = {"Filters": tags}
    try:
        return list(aws.pages("ec2:DescribeCapacityReservations", "CapacityReservations", **selected))
    except AwsError as error:
        if error.code in NOT_THERE:
            return []
        raise


def _problems(one: Machines, reservation: dict[str, Any], zones: set[str]) -> Iterator[str]:
    if reservation["State"] != "active":
        yield f"it is {reservation['State']}"
    if reservation["InstanceType"] not in one.instance_types:
        yield f"it is of {reservation['InstanceType']}"
    if reservation["AvailabilityZoneId"] not in zones:
        yield f"it is in {reservation['AvailabilityZoneId']}, where the pool has no subnet"
