"""Availability zones by name, such as us-west-2a, and by id, such as usw2-az1.

Names mean different places in different accounts; ids do not (https://docs.aws.amazon.com/ram/latest/userguide/working-with-az-ids.html).
"""

import re

ZONE_NAME = re.compile(r"(?P<region>[a-z]{2}(?:-[a-z]+)+-[0-9])[a-z]")
ZONE_ID = re.compile(r"(?P<region>[a-z]{2,}[0-9])-az[0-9]+")

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
AREAS = {"us-gov": "usg"}
"""Areas whose short form is not the two letters themselves."""


def is_zone_id(zone: str) -> bool:
    """Return whether a zone is given by its id."""
    return ZONE_ID.fullmatch(zone) is not None


def is_zone_name(zone: str) -> bool:
    """Return whether a zone is given by its name."""
    return ZONE_NAME.fullmatch(zone) is not None


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
