"""Availability zones by name, such as us-west-2a, and by id, such as usw2-az1.

Names mean different places in different accounts; ids do not
(https://docs.aws.amazon.com/ram/latest/userguide/working-with-az-ids.html).
"""

import re
import string

ZONE_NAME = re.compile(r"(?P<region>[a-z]{2}(?:-[a-z]+)+-[0-9])(?P<letter>[a-z])")
ZONE_ID = re.compile(r"(?P<region>[a-z]{2,}[0-9])-az(?P<number>[0-9]+)")

WITHOUT_CONTROL_PLANE = ("use1-az3", "usw1-az2", "cac1-az3")
"""Zones in which EKS takes no subnets of a cluster (https://docs.aws.amazon.com/eks/latest/userguide/network-reqs.html)."""

DIRECTIONS = {
    "central": "c",
    "east": "e",
    "north": "n",
    "northeast": "ne",
    "northwest": "nw",
    "south": "s",
    "southeast": "se",
    "southwest": "sw",
    "west": "w",
}
AREA_NAMES = (
    *("af", "ap", "ca", "cn", "eu", "il", "me", "mx", "sa", "us"),
    *("us-gov", "us-iso", "us-isob", "us-isof", "eu-isoe", "eusc-de"),
)
"""What the name of a region begins with (https://docs.aws.amazon.com/global-infrastructure/latest/regions/)."""

AREAS = {"us-gov": "usg"}
"""Areas whose short form is not the two letters themselves."""


REGION = re.compile(rf"(?:{'|'.join(AREA_NAMES)})-(?:{'|'.join(DIRECTIONS)})-[0-9]")


def is_region(region: str) -> bool:
    """Return whether a text has the form of a region's name, such as us-west-2."""
    return REGION.fullmatch(region) is not None


def is_zone_id(zone: str) -> bool:
    """Return whether a text has the form of a zone's id."""
    return ZONE_ID.fullmatch(zone) is not None


def is_zone_name(zone: str) -> bool:
    """Return whether a text has the form of a zone's name."""
    return ZONE_NAME.fullmatch(zone) is not None


def zone_number(zone: str) -> int:
    """Return a zone's number in its region, from 1: that of its id, or the place of its letter in the alphabet.

    Raises:
        ValueError: it is neither an id nor a name.
    """
    if match := ZONE_ID.fullmatch(zone):
        return int(match["number"])
    if match := ZONE_NAME.fullmatch(zone):
        return string.ascii_lowercase.index(match["letter"]) + 1
    raise ValueError(f"{zone!r} is not an availability zone")


def short_region(region: str) -> str | None:
    """Return a region as zone ids write it: us-west-2 is ``usw2``; None where the rule does not tell."""
    area, _, rest = region.rpartition("-")
    area, _, direction = area.rpartition("-")
    if direction not in DIRECTIONS or not rest.isdigit():
        return None
    return f"{AREAS.get(area, area)}{DIRECTIONS[direction]}{rest}"


def is_in_region(zone: str, region: str) -> bool:
    """Return whether a zone, by name or id, belongs to a region; true where that cannot be told."""
    if match := ZONE_NAME.fullmatch(zone):
        return match["region"] == region
    short = short_region(region)
    match = ZONE_ID.fullmatch(zone)
    return short is None or match is None or match["region"] == short
