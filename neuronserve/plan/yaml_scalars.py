"""What a plain scalar of YAML is to Pulumi: its CLI reads with go-yaml v3, which is neither YAML 1.1 nor 1.2.

``no`` and ``22:30`` are texts, ``0755`` is octal, ``1e3`` a number, and a date becomes a text as Go prints times
(https://github.com/go-yaml/yaml/blob/v3.0.1/resolve.go).
"""

import math
import re
from datetime import datetime

NAMED = (
    dict.fromkeys(("", "~", "null", "Null", "NULL"))
    | dict.fromkeys(("true", "True", "TRUE"), True)
    | dict.fromkeys(("false", "False", "FALSE"), False)
)
FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
WHOLE = re.compile(r"([-+]?)(0[xX][0-9a-fA-F]+|0[oO]?[0-7]+|0[bB][01]+|[1-9][0-9]*|0)")
BASES = {"0x": 16, "0b": 2}
MOST_DIGITS = 400
"""More of them are beyond every number that JSON has."""
DATE = r"(\d{4})-(\d{1,2})-(\d{1,2})"
CLOCK = r"(\d{1,2}):(\d{1,2}):(\d{1,2})(?:\.(?P<fraction>\d{1,9}))?"
TIMES = [re.compile(form) for form in (DATE, f"{DATE} {CLOCK}", rf"{DATE}[Tt]{CLOCK}(?P<zone>Z|[-+]\d\d:\d\d)")]

Scalar = str | int | float | bool | None


def scalar(text: str) -> Scalar:
    """Return what a plain scalar stands for."""
    if text in NAMED:
        return NAMED[text]
    if NOT_FINITE.fullmatch(text):
        return float(text.replace(".", "", 1))
    if (time := _time(text)) is not None:
        return time
    return _number(text)


def _number(text: str) -> Scalar:
    """Return a number as Go's ``strconv`` reads it, and JSON has it: 1.0 is 1."""
    plain = text.replace("_", "")
    if text.startswith("_"):
        return text
    if whole := WHOLE.fullmatch(plain):
        sign, digits = whole.groups()
        if len(digits) <= MOST_DIGITS:
            base = BASES.get(digits[:2].lower(), 8 if digits.startswith("0") else 10)
            return int(sign + (digits if base in BASES.values() else digits.lower().replace("0o", "")), base)
    if not FLOAT.fullmatch(plain):
        return text
    number = float(plain)
    if not math.isfinite(number):
        return text
    return int(number) if number.is_integer() else number


def _time(text: str) -> str | None:
    """Return a date, or a moment, as Go prints it; None if a text is neither."""
    found = next((found for form in TIMES if (found := form.fullmatch(text))), None)
    if found is None:
        return None
    year, month, day, hour, minute, second = (*map(int, found.groups()[:6]), 0, 0, 0)[:6]
    try:
        moment = datetime(year, month, day, hour, minute, second)
    except ValueError:
        return None
    parts = found.groupdict()
    fraction = (parts.get("fraction") or "").rstrip("0")
    zone = (parts.get("zone") or "Z").replace(":", "")
    offset, name = ("+0000", "UTC") if zone in ("Z", "-0000", "+0000") else (zone, zone)
    return f"{moment:%Y-%m-%d %H:%M:%S}{fraction and '.' + fraction} {offset} {name}"
