"""What has to hold of a release's objects in a cluster, and of a plan's objects beside them."""

from collections.abc import Iterator
from typing import Any

from neuronserve.plan.plan import Plan, Resource

ASSOCIATION = "aws:eks/podIdentityAssociation:PodIdentityAssociation"
BUDGET = "kubernetes:policy/v1:PodDisruptionBudget"
NAMESPACE = "kubernetes:core/v1:Namespace"
EXISTING_NAMESPACES = {"default", "kube-system"}


def problems(plan: Plan, release: Resource, objects: list[dict[str, Any]], registry: str) -> list[str]:
    """Return what is wrong with the objects of one release.

    Args:
        plan: the plan that the release is in.
        release: the release.
        objects: what helm makes of it.
        registry: the mirror's registry and prefix.
    """
    return [
        *_images(objects, registry),
        *_namespaces(plan, release, objects),
        *_service_accounts(plan, release, objects),
        *_budgets(plan, release, objects),
        *_affinities(objects),
    ]


def _images(objects: list[dict[str, Any]], registry: str) -> Iterator[str]:
    for image in {image for one in objects for image in _values_of("image", one) if isinstance(image, str)}:
        if not image.startswith(f"{registry}/"):
            yield f"image {image} is not from the mirror"


def _namespaces(plan: Plan, release: Resource, objects: list[dict[str, Any]]) -> Iterator[str]:
    made = {one.inputs["metadata"]["name"] for one in plan.of_type(NAMESPACE)}
    made |= {one["metadata"]["name"] for one in objects if one["kind"] == "Namespace"}
    for one in objects:
        namespace = one["metadata"].get("namespace", release.inputs["namespace"])
        if namespace not in made | EXISTING_NAMESPACES:
            yield f"{one['kind']} {one['metadata']['name']} is in namespace {namespace}, which nobody makes"


def _service_accounts(plan: Plan, release: Resource, objects: list[dict[str, Any]]) -> Iterator[str]:
    accounts = {_place(one, release) for one in objects if one["kind"] == "ServiceAccount"}
    used = {
        (_place(one, release)[0], template["spec"].get("serviceAccountName"))
        for one in objects
        for template in _pod_templates(one)
    }
    for association in plan.of_type(ASSOCIATION):
        if not association.urn.startswith(_component(release)):
            continue
        account = (association.inputs["namespace"], association.inputs["serviceAccount"])
        if account not in accounts & used:
            yield f"the association is of service account {account}; there are {sorted(accounts & used)}"


def _budgets(plan: Plan, release: Resource, objects: list[dict[str, Any]]) -> Iterator[str]:
    labels = [
        (_place(one, release)[0], template["metadata"].get("labels", {}))
        for one in objects
        for template in _pod_templates(one)
    ]
    beside = [one.inputs for one in plan.of_type(BUDGET) if one.parent == release.parent]
    for budget in [*beside, *(one for one in objects if one["kind"] == "PodDisruptionBudget")]:
        namespace, name = _place(budget, release)
        wanted = budget["spec"]["selector"]["matchLabels"].items()
        if not any(where == namespace and wanted <= given.items() for where, given in labels):
            yield f"disruption budget {name} matches no pod: {dict(wanted)}"


def _affinities(objects: list[dict[str, Any]]) -> Iterator[str]:
    for one in objects:
        for template in _pod_templates(one):
            labels = template["metadata"].get("labels", {}).items()
            for selector in _values_of("labelSelector", template["spec"].get("affinity", {})):
                if not selector.get("matchLabels", {}).items() <= labels:
                    yield f"{one['metadata']['name']} keeps away from pods that are not its own: {selector}"


def _place(one: dict[str, Any], release: Resource) -> tuple[str, str]:
    return one["metadata"].get("namespace", release.inputs["namespace"]), one["metadata"]["name"]


def _component(release: Resource) -> str:
    """Return how the URNs of all that is in the release's component begin."""
    qualified, _, _ = str(release.parent).rpartition("::")
    return f"{qualified}$"


def _pod_templates(one: dict[str, Any]) -> list[dict[str, Any]]:
    template = one.get("spec", {}).get("template") if isinstance(one.get("spec"), dict) else None
    return [template] if isinstance(template, dict) and "spec" in template else []


def _values_of(key: str, value: Any) -> Iterator[Any]:
    if isinstance(value, dict):
        for name, inner in value.items():
            if name == key:
                yield inner
            yield from _values_of(key, inner)
    elif isinstance(value, list):
        for item in value:
            yield from _values_of(key, item)
