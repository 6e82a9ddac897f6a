"""What a change of an Ingress does to requests from outside: the one source of the words in docs/changes.md too."""

from typing import Any

from neuronserve.review.load_balancers import annotation

ANOTHER = "**Another load balancer: nobody gets through until the hostname leads to it.**"
GONE = "**Nobody gets through from outside any more.**"
NEW = "New: it gets requests once its hostname leads to it."
OTHER_NAMES = "**Requests by a hostname or a path that goes get a 404.**"
IN_PLACE = "The load balancer takes it over while it runs."

MAKES_ANOTHER = ("scheme", "group.name")
"""Annotations whose value a load balancer has for good."""


def taken(before: dict[str, Any], after: dict[str, Any]) -> tuple[str, bool]:
    """Return what becomes of requests when an Ingress's inputs change, and whether some go unanswered."""
    old, new = ([_class(one), *(annotation(one, name) for name in MAKES_ANOTHER)] for one in (before, after))
    if old != new:
        return ANOTHER, True
    if _routes(before) - _routes(after):
        return OTHER_NAMES, True
    return IN_PLACE, False


def _class(inputs: dict[str, Any]) -> str | None:
    """Return by whom the load balancer is made."""
    name: str | None = (inputs.get("spec") or {}).get("ingressClassName")
    return name


def _routes(inputs: dict[str, Any]) -> set[tuple[str | None, str]]:
    rules = (inputs.get("spec") or {}).get("rules") or []
    return {(rule.get("host"), path.get("path")) for rule in rules for path in rule.get("http", {}).get("paths", [])}
