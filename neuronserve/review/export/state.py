"""What AWS has made of a stack, as its state says: the values that a plan cannot know."""

import json
import re
from collections.abc import Iterator
from typing import Any

from neuronserve.plan.annotations import SECRET
from neuronserve.plan.errors import PlanError
from neuronserve.plan.plan import Plan
from neuronserve.review.diff.references import REFERENCE, split

SIGNATURE = "4dabf18193072939515e22adb298388d"
"""The key that makes an object of a state more than an object, with what it is
(https://github.com/pulumi/pulumi/blob/master/sdk/go/common/resource/sig/sig.go)."""
IS_SECRET = "1b47061264138c4ac30d75fd1eb44270"  # noqa: S105 (what it is, not the secret)
IS_RESOURCE = "5cf8f73096256a8f31e491e813e4eb8e"
PART = re.compile(r"([^.\[\]]+)|\[([0-9]+)\]")
NO_STATE = "{} is no state of a stack: write one by `pulumi stack export --stack {} --file state.json`."


class State:
    """The resources of a stack, as they are in its state."""

    def __init__(self, resources: dict[str, dict[str, Any]]) -> None:
        self._resources = resources

    @classmethod
    def from_json(cls, text: str, plan: Plan, file: str) -> "State":
        """Return the state that ``pulumi stack export`` printed for the stack of a plan.

        Raises:
            PlanError: it is something else, or another stack's.
        """
        try:
            found = {one["urn"]: one for one in json.loads(text)["deployment"]["resources"]}
        except (KeyError, TypeError, ValueError):
            raise PlanError(NO_STATE.format(file, plan.stack)) from None
        own = f"urn:pulumi:{plan.stack}::{plan.project}::"
        if others := sorted({urn.split("::")[0].rpartition(":")[2] for urn in found if not urn.startswith(own)}):
            raise PlanError(f"{file} is the state of stack {others[0]}, not of {plan.stack} of project {plan.project}.")
        return cls(found)

    def value(self, urn: str, output: str) -> Any:
        """Return an output of a resource, or ``[secret]``.

        Raises:
            LookupError: the state has no such thing.
        """
        resource = self._resources[urn]
        if output == "id" and "id" in resource:
            return resource["id"]
        value: Any = resource.get("outputs", {})
        for name, index in PART.findall(output):
            value = self._inner(value)
            if value == SECRET:
                return SECRET
            value = value[int(index)] if index else value[name]
        return self._inner(value)

    def _inner(self, value: Any) -> Any:
        """Return what stands behind a secret, or a resource that is an output of another."""
        kind = value.get(SIGNATURE) if isinstance(value, dict) else None
        if kind == IS_SECRET:
            return SECRET
        if kind == IS_RESOURCE:
            return self._resources[value["urn"]].get("outputs", {})
        return value


def filled(document: Any, plan: Plan, state: State | None) -> Any:
    """Return a document with the state's values in place of references; those that it lacks stay."""
    known = {resource.urn for resource in plan.resources}
    if isinstance(document, dict):
        return {key: filled(value, plan, state) for key, value in document.items()}
    if isinstance(document, list):
        return [filled(value, plan, state) for value in document]
    if not isinstance(document, str) or state is None:
        return document

    def value(match: re.Match[str]) -> Any:
        try:
            return state.value(*split(match[1], known))
        except (LookupError, TypeError):
            return match[0]

    if whole := REFERENCE.fullmatch(document):
        return value(whole)
    return REFERENCE.sub(lambda match: str(value(match)), document)


def unknown(document: Any) -> Iterator[str]:
    """Yield the references in a document."""
    if isinstance(document, dict):
        for value in document.values():
            yield from unknown(value)
    elif isinstance(document, list):
        for value in document:
            yield from unknown(value)
    elif isinstance(document, str):
        yield from (match[0] for match in REFERENCE.finditer(document))
