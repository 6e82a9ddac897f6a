"""Kubernetes' quantities (https://kubernetes.io/docs/reference/kubernetes-api/common-definitions/quantity/)."""

import re

QUANTITY = re.compile(r"(?P<number>[0-9]+\.?[0-9]*|\.[0-9]+)(?:(?P<exponent>[eE][+-]?[0-9]{1,2})|(?P<unit>[a-zA-Z]*))")
UNITS: dict[str, float] = {
    "": 1,
    **{unit: 10.0**power for power, unit in zip((-9, -6, -3, 3, 6, 9, 12, 15, 18), "numkMGTPE", strict=True)},
    **{f"{unit}i": 2 ** (10 * power) for power, unit in enumerate("KMGTPE", start=1)},
}


def quantity(text: str | float) -> float:
    """Return a Kubernetes quantity as a number: ``500m`` is 0.5, ``1Gi`` is 1073741824.

    Raises:
        ValueError: it is not one, or below zero.
    """
    match = QUANTITY.fullmatch(str(text))
    if match is None or (match["unit"] or "") not in UNITS:
        raise ValueError(f"{text!r} is not a quantity")
    return float(match["number"] + (match["exponent"] or "")) * UNITS[match["unit"] or ""]


def is_quantity(text: str) -> bool:
    """Return whether a text is a quantity, and not below zero."""
    try:
        quantity(text)
    except ValueError:
        return False
    return True
