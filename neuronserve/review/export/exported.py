"""What of a plan goes into an export: objects, charts, and the secrets that somebody else has to make."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from neuronserve.plan.annotations import SECRET
from neuronserve.plan.errors import PlanError
from neuronserve.plan.plan import Plan, Resource
from neuronserve.review.diff.properties import below
from neuronserve.review.diff.references import shortened
from neuronserve.review.export.state import State, filled, unknown
from neuronserve.review.manifests import apply_order, manifest

RELEASE, CRDS = "kubernetes:helm.sh/v3:Release", "kubernetes:yaml/v2:ConfigGroup"
OF_PULUMI = "pulumi.com/"
"""How annotations begin that tell Pulumi, and nobody else, what to do with an object."""

AGAIN = "The state has not that: `pulumi up` first, and export the state anew."
FIRST = "After `pulumi up`: pulumi stack export --stack {} --file state.json, and add --state state.json."

Object = dict[str, Any]


@dataclass(frozen=True)
class WantedSecret:
    """A Secret that the objects need, and that no export has: what is in it is in no plan."""

    namespace: str
    name: str
    keys: tuple[str, ...]


@dataclass(frozen=True)
class ExportedChart:
    """A chart, and all that ``helm`` has to be told of it."""

    release: str
    namespace: str
    chart: str
    """Its name; with ``oci://`` where it is in a registry; a path where it is in a folder."""
    version: str
    repository: str | None
    """URL of its repository; None for a registry or a folder."""
    values: dict[str, Any]
    brings_crds: bool
    """Whether the stack has CRDs made that are the chart's own."""


@dataclass(frozen=True)
class Export:
    """What of a stack is in Kubernetes, each part in the order in which it is applied."""

    stack: str
    base: tuple[Object, ...]
    """What needs no chart to be there."""
    crds: tuple[str, ...]
    """URLs, or paths, of files with CRDs, which come before the charts."""
    charts: tuple[ExportedChart, ...]
    objects: tuple[Object, ...]
    """What comes after the charts."""
    secrets: tuple[WantedSecret, ...]


def exported(plan: Plan, state: State | None = None) -> Export:
    """Return what of a plan is in Kubernetes.

    Args:
        plan: the plan.
        state: the stack's state, for what only the cloud knows.

    Raises:
        PlanError: something is unknown, or is a secret in a place where nobody could put it later.
    """
    order = apply_order(plan)
    after_charts = _after_charts(order)
    objects = {one.urn: _object(one, plan, state) for one in order if one.is_kubernetes_object}
    secrets = tuple(_wanted(objects[one.urn]) for one in order if one.urn in objects and _is_wanted(objects[one.urn]))
    shown = [one for one in order if one.urn in objects and not _is_wanted(objects[one.urn])]
    charts = tuple(_charts(order, plan, state))
    _refuse([objects[one.urn] for one in shown], charts, plan.stack, has_state=state is not None)
    return Export(
        plan.stack,
        tuple(objects[one.urn] for one in shown if one.urn not in after_charts),
        tuple(file for one in order if one.type == CRDS for file in one.inputs.get("files", ())),
        charts,
        tuple(objects[one.urn] for one in shown if one.urn in after_charts),
        secrets,
    )


def _after_charts(order: list[Resource]) -> set[str]:
    """Return the URNs of what needs a chart or its CRDs, directly or not."""
    after: set[str] = set()
    for one in order:
        needed = {*one.dependencies, one.parent, one.provider}
        if one.type in (RELEASE, CRDS) or needed & after:
            after.add(one.urn)
    return after


def _object(resource: Resource, plan: Plan, state: State | None) -> Object:
    found: Object = filled(manifest(resource), plan, state)
    annotations = found["metadata"].get("annotations") or {}
    others = {key: value for key, value in annotations.items() if not key.startswith(OF_PULUMI)}
    metadata = {key: value for key, value in found["metadata"].items() if key != "annotations"}
    return found | {"metadata": metadata | ({"annotations": others} if others else {})}


def _charts(order: list[Resource], plan: Plan, state: State | None) -> Iterator[ExportedChart]:
    with_crds = {one.parent for one in order if one.type == CRDS}
    for one in order:
        if one.type == RELEASE:
            inputs = filled(one.inputs, plan, state)
            yield ExportedChart(
                inputs["name"],
                inputs["namespace"],
                inputs["chart"],
                inputs["version"],
                inputs.get("repositoryOpts", {}).get("repo"),
                inputs.get("values", {}),
                one.parent in with_crds,
            )


def _is_wanted(found: Object) -> bool:
    return found["kind"] == "Secret" and SECRET in {**found.get("data", {}), **found.get("stringData", {})}.values()


def _wanted(found: Object) -> WantedSecret:
    keys = {**found.get("data", {}), **found.get("stringData", {})}
    return WantedSecret(found["metadata"]["namespace"], found["metadata"]["name"], tuple(sorted(keys)))


def _refuse(objects: list[Object], charts: tuple[ExportedChart, ...], stack: str, *, has_state: bool) -> None:
    """Raise a PlanError if something could not be applied as it stands."""
    named = [(f"{one['kind']} {one['metadata']['name']}", one) for one in objects]
    named += [(f"the values of chart {one.release}", one.values) for one in charts]
    hidden = [f"{name}: {path}" for name, one in named for path in _secrets(one, "")]
    if hidden:
        raise PlanError(
            f"The export of stack {stack} would hold a secret, and where no Secret can be put in its place: "
            f"{'; '.join(hidden)}. Take the secret out of these settings, or name a Secret there."
        )
    lacking = [f"{name} needs {shortened(text)}" for name, one in named for text in dict.fromkeys(unknown(one))]
    if lacking:
        way = AGAIN if has_state else FIRST.format(stack)
        raise PlanError(f"Only AWS knows what stands in {len(lacking)} places: {'; '.join(lacking)}. {way}")


def _secrets(value: Any, path: str) -> Iterator[str]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _secrets(item, below(path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _secrets(item, f"{path}[{index}]")
    elif isinstance(value, str) and SECRET in value:
        yield path
