"""States of stacks, as `pulumi stack export` prints them, made for a plan."""

import json
from typing import Any

from neuronserve.plan.plan import Plan
from neuronserve.review.diff.references import REFERENCE, split
from neuronserve.review.export.state import IS_RESOURCE, IS_SECRET, SIGNATURE

CIPHERTEXT = "v1:of-the-stack"


def state_of(plan: Plan, *, secret: tuple[str, ...] = ()) -> str:
    """Return a state that has every output to which the plan refers: each says where it is from.

    Args:
        plan: the plan.
        secret: outputs that are encrypted, by the ends of their names.
    """
    known = {resource.urn for resource in plan.resources}
    outputs: dict[str, dict[str, Any]] = {urn: {} for urn in known}
    resources: list[dict[str, Any]] = []
    for text in sorted(set(REFERENCE.findall(json.dumps([resource.inputs for resource in plan.resources])))):
        urn, path = split(text, known)
        first, _, rest = path.partition(".")
        value: Any = f"known-{path}"
        if path.endswith(secret) and secret:
            value = {SIGNATURE: IS_SECRET, "ciphertext": CIPHERTEXT}
        if first == "eksCluster":  # of the component, a resource of its own
            inner = f"{urn}-eksCluster"
            outputs[urn][first] = {SIGNATURE: IS_RESOURCE, "urn": inner, "id": "eks"}
            _put(outputs.setdefault(inner, {}), rest, value)
        else:
            _put(outputs[urn], path, value)
    resources = [{"urn": urn, "id": f"id-of-{urn[-9:]}", "outputs": found} for urn, found in outputs.items()]
    return json.dumps({"version": 3, "deployment": {"resources": resources}})


def _put(into: dict[str, Any], path: str, value: Any) -> None:
    *outer, last = path.split(".")
    for name in outer:
        is_list, name_of_list = name.endswith("[0]"), name.removesuffix("[0]")
        into = into.setdefault(name_of_list, [{}])[0] if is_list else into.setdefault(name, {})
    if last.endswith("[0]"):
        into[last.removesuffix("[0]")] = [value]
    else:
        into[last] = value
