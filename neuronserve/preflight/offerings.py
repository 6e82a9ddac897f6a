"""Whether AWS offers the instance types in the zones of the stack, and where it does."""

from collections.abc import Iterator, Sequence
from functools import partial

from neuronserve.facts.zones import WITHOUT_CONTROL_PLANE
from neuronserve.plan.plan import Plan
from neuronserve.preflight.aws import Aws
from neuronserve.preflight.finding import Finding, Verdict, attempt
from neuronserve.preflight.machines import Machines, machines
from neuronserve.preflight.zones import Zones

SUBJECT = "offering"
LINK = "https://docs.aws.amazon.com/ec2/latest/instancetypes/ec2-instance-regions.html"
VPC = "aws:ec2/vpc:Vpc"
FEWEST_ZONES = 2
"""A cluster takes subnets in two zones at least."""


def offerings(plan: Plan, aws: Aws) -> Iterator[Finding]:
    """Look, for each node pool and node group, in which of its zones it can have a machine."""
    there = [one for one in machines(plan) if one.instance_types]
    if there:
        offers, zones = Offers(there, aws), Zones(plan, aws)
        for one in there:
            yield from attempt(SUBJECT, one.name, partial(_of, one, offers, zones, plan))


class Offers:
    """In which zones of a region, by id, AWS has the instance types of machines.

    Raises:
        RefusedError: AWS does not say.
    """

    def __init__(self, there: Sequence[Machines], aws: Aws) -> None:
        self.region = aws.region
        self._there = there
        wanted = sorted({name for one in there for name in one.instance_types})
        self._zones: dict[str, set[str]] = {name: set() for name in wanted}
        filters = [{"Name": "instance-type", "Values": wanted}]
        action, key, by_id = "ec2:DescribeInstanceTypeOfferings", "InstanceTypeOfferings", "availability-zone-id"
        for offer in aws.pages(action, key, LocationType=by_id, Filters=filters):
            self._zones[offer["InstanceType"]].add(offer["Location"])

    def of_type(self, instance_type: str) -> set[str]:
        """Return where one instance type is."""
        return self._zones[instance_type]

    def of(self, machines: Machines) -> set[str]:
        """Return where some machine can be had."""
        return set[str]().union(*(self._zones[name] for name in machines.instance_types))

    @property
    def of_all(self) -> set[str]:
        """Where machines of every node pool and node group can be had."""
        return set.intersection(*map(self.of, self._there))


def _of(one: Machines, offers: Offers, zones: Zones, plan: Plan) -> Iterator[Finding]:
    chosen, there = zones.of(one), offers.of(one)
    lacking = sorted(chosen - there)
    verdict = Verdict.FINE
    if lacking or not chosen:
        verdict = Verdict.WARNING if chosen & there else Verdict.PROBLEM
    wanted = ", ".join(sorted(chosen)) or "a zone: no subnet is there for it"
    yield Finding(
        SUBJECT,
        one.name,
        verdict,
        need=f"{' or '.join(one.instance_types)} in {wanted}",
        have=f"none in {', '.join(lacking)}" if lacking else f"some in {', '.join(sorted(there)) or 'no zone'}",
        arithmetic=tuple(
            f"{name}: in {', '.join(sorted(offers.of_type(name))) or f'no zone of {offers.region}'}"
            for name in one.instance_types
        ),
        remedies=() if verdict is Verdict.FINE else tuple(_remedies(one, offers, chosen, plan)),
        link=LINK,
    )


def _remedies(one: Machines, offers: Offers, chosen: set[str], plan: Plan) -> Iterator[str]:
    own = offers.of(one)
    if not own:
        yield "Choose another region (aws:region), or other instance types."
        return
    if not chosen:
        yield "Name subnets that exist, or other zones for the pool; for a VPC that was there: network.existing."
        return
    possible = sorted(offers.of_all - {*WITHOUT_CONTROL_PLANE}, key=lambda zone: (zone not in chosen, zone))
    if not plan.of_type(VPC):
        yield f"Give the cluster's network a subnet in {' or '.join(sorted(own))}."
    elif len(possible) >= FEWEST_ZONES:
        proposal = sorted(possible[: max(len(chosen), FEWEST_ZONES)])
        yield f"Set network.availabilityZoneIds to [{', '.join(proposal)}], where all instance types of the stack are."
    else:
        yield f"Add a zone to network.availabilityZoneIds: {' or '.join(sorted(own))}."
    if chosen & own:
        yield f"Or leave it: machines then come from {', '.join(sorted(chosen & own))} alone."
    else:
        yield f"Or set {one.setting}.instanceTypes to what the zones have."
