"""In which zones, by id, the machines of a plan can be."""

from typing import Any

from neuronserve.facts.zones import is_zone_id
from neuronserve.plan.plan import Plan
from neuronserve.preflight.aws import Aws
from neuronserve.preflight.machines import Machines, referred
from neuronserve.preflight.refusals import AwsError

SUBNET = "aws:ec2/subnet:Subnet"


class Zones:
    """The zones of subnets: of those that a plan makes by the plan, of others by AWS."""

    def __init__(self, plan: Plan, aws: Aws) -> None:
        self._plan = plan
        self._aws = aws
        self._ids: dict[str, str] | None = None

    def of(self, machines: Machines) -> set[str]:
        """Return the ids of the zones in which machines can be.

        Raises:
            RefusedError: AWS does not say.
        """
        there = {zone for term in machines.subnets for zone in self._of_term(term)}
        return there & {self.zone_id(zone) for zone in machines.zones} if machines.zones else there

    def of_subnet(self, subnet: str) -> set[str]:
        """Return the zone of one subnet, by its id or a reference to it; nothing where there is none.

        Raises:
            RefusedError: AWS does not say.
        """
        return self._of_term({"id": subnet})

    def zone_id(self, zone: str) -> str:
        """Return the id of a zone, by its id or its name in this account.

        Raises:
            RefusedError: AWS does not say.
        """
        if is_zone_id(zone):
            return zone
        if self._ids is None:
            known = self._aws.call("ec2:DescribeAvailabilityZones")["AvailabilityZones"]
            self._ids = {one["ZoneName"]: one["ZoneId"] for one in known}
        return self._ids.get(zone, zone)

    def _of_term(self, term: dict[str, Any]) -> set[str]:
        if planned := self._planned(term):
            return {self.zone_id(zone) for zone in planned}
        if "id" in term:
            selected = {"SubnetIds": [term["id"]]}
        else:
            selected = {"Filters": [_filter(key, value) for key, value in term.get("tags", {}).items()]}
        try:
            found = list(self._aws.pages("ec2:DescribeSubnets", "Subnets", **selected))
        except AwsError as error:
            if error.code != "InvalidSubnetID.NotFound":
                raise
            found = []
        return {subnet["AvailabilityZoneId"] for subnet in found}

    def _planned(self, term: dict[str, Any]) -> set[str]:
        """Return the zones of subnets that the plan makes and a selector term selects, by id or name."""
        by_id = referred(self._plan, term.get("id", ""))
        tags = term.get("tags", {}).items()
        subnets = [
            one.inputs
            for one in self._plan.of_type(SUBNET)
            if (tags and tags <= one.inputs.get("tags", {}).items()) or (by_id and one.urn == by_id.urn)
        ]
        return {one.get("availabilityZoneId") or one["availabilityZone"] for one in subnets}


def _filter(key: str, value: str) -> dict[str, Any]:
    return {"Name": "tag-key", "Values": [key]} if value == "*" else {"Name": f"tag:{key}", "Values": [value]}
