"""Pieces of Markdown as GitHub renders it, in which no value of a plan can be anything but text."""

import difflib
import html
import json
import re
from collections.abc import Iterable
from typing import Any

from neuronserve.review.diff.properties import ABSENT
from neuronserve.review.diff.references import shortened

LONGEST_INLINE = 90
"""Characters of a value that still stands in a line."""

CONTEXT = 3
"""Lines around what is different."""

MOST_LINES = 300
"""Lines of a value or an object that are shown; a comment on GitHub has room for 65536 characters."""


def code(text: str) -> str:
    """Return text as inline code."""
    if not text:
        return "` `"
    fence = _fence(text, 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{' '.join(text.split(chr(10)))}{pad}{fence}"


def block(lines: Iterable[str], language: str) -> list[str]:
    """Return lines as a block of code; of very many the first."""
    shown = list(lines)
    if len(shown) > MOST_LINES:
        shown[MOST_LINES:] = [f"… {len(shown) - MOST_LINES} more lines, which are in --json"]
    fence = _fence("\n".join(shown), 3)
    return [f"{fence}{language}", *shown, fence]


def folded(summary: str, lines: Iterable[str]) -> list[str]:
    """Return lines that are seen when somebody opens their summary, which is plain text."""
    return [f"<details><summary>{html.escape(summary, quote=False)}</summary>", "", *lines, "", "</details>", ""]


def inline(value: Any) -> str | None:
    """Return a value that is short enough for a line, None for any other."""
    if value is ABSENT:
        return "not set"
    text = json.dumps(shortened(value), ensure_ascii=False)
    return code(text) if len(text) <= LONGEST_INLINE else None


def line_diff(before: Any, after: Any) -> list[str]:
    """Return the difference of two values or texts, line by line, with what is around it."""
    old, new = (_lines(value) for value in (before, after))
    found = list(difflib.unified_diff(old, new, lineterm="", n=CONTEXT))[2:]
    return [_place(found, index, old) if line.startswith("@@") else line for index, line in enumerate(found)]


def _place(found: list[str], index: int, old: list[str]) -> str:
    """Return the heading of a part of a difference: the keys that its first change is in, not numbers of lines."""
    context = next(count for count, line in enumerate(found[index + 1 :]) if not line.startswith(" "))
    start = int(re.match(r"@@ -(\d+)", found[index])[1])  # type: ignore[index]
    depth = _depth(found[index + 1 + context][1:])
    keys: list[str] = []
    for line in reversed(old[: max(start - 1, 0) + context]):
        key = re.match(r" *(?:- )*([^\s:]+):(?: \|)?$", line)
        if key and _depth(line) < depth:
            keys.insert(0, key[1])
            depth = _depth(line)
    return f"@@ {'.'.join(keys)} @@" if keys else "@@"


def _depth(line: str) -> int:
    return len(line) - len(line.lstrip(" "))


def _lines(value: Any) -> list[str]:
    if value is ABSENT:
        return []
    value = shortened(value)
    text = value if isinstance(value, str) else json.dumps(value, indent=2, ensure_ascii=False)
    return text.splitlines()


def _fence(text: str, least: int) -> str:
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    return "`" * max(least, longest + 1)
