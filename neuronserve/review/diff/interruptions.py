"""What a difference between two plans does to requests that are being answered, in words."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from neuronserve.plan.plan import Resource
from neuronserve.review.diff import ingress_changes
from neuronserve.review.diff.properties import value_at
from neuronserve.review.diff.ray_service_changes import stops_engines, taken, touched, upgrades_beside
from neuronserve.review.diff.resources import Action, ResourceDiff
from neuronserve.review.diff.rules import CLUSTERS
from neuronserve.review.load_balancers import INGRESS, annotation
from neuronserve.review.placement import NODE_POOL
from neuronserve.review.services import RAY_SERVICE
from neuronserve.review.tree import name_of

NODE_CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
NODE_GROUP = "aws:eks/nodeGroup:NodeGroup"
SEE = "docs/changes.md says what stops meanwhile."
DRIFTED = "Drifted"
"""Karpenter's word for a node that is no longer as its pool would make it."""


@dataclass(frozen=True)
class Interruption:
    """What happens to a service, or to the nodes under it."""

    what: str
    text: str
    """A sentence, with Markdown's bold for what nobody takes over."""
    outage: bool = False
    """Whether requests go unanswered, or may."""


def interruptions(diffs: Sequence[ResourceDiff]) -> list[Interruption]:
    """Return what happens to services, their load balancers, and nodes, in this order."""
    return [*_of_services(diffs), *_of_load_balancers(diffs), *_of_nodes(diffs)]


def _of_services(diffs: Sequence[ResourceDiff]) -> Iterator[Interruption]:
    for diff in diffs:
        if diff.resource.type == RAY_SERVICE and diff.action is not Action.SAME:
            text, outage = _service(diff)
            yield Interruption(name_of(diff.resource), text, outage)


def _service(diff: ResourceDiff) -> tuple[str, bool]:
    if diff.old is None:
        return "New: answers when its engine has started; nobody asks it yet.", False
    if diff.new is None:
        return "**Goes, and what it answers ends with it.**", True
    if diff.action is Action.REPLACED and diff.deleted_first:
        return "**An outage: the old pods go before the new ones start.**", True
    if diff.action is Action.REPLACED:
        return "The new pods answer before the old ones go, under another name or in another namespace.", False
    before, after = diff.old.inputs.get("spec", {}), diff.new.inputs.get("spec", {})
    change, beside = touched(before, after), upgrades_beside(after)
    text = taken(change, beside)
    if change.pods and beside:
        text += " A second Ray cluster starts beside the old one, and nodes are there twice meanwhile."
    if stops_engines(change, beside):
        text += " Of several replicas one after the other stops; of one, nothing answers for the start of an engine."
    return text, stops_engines(change, beside)


def _of_load_balancers(diffs: Sequence[ResourceDiff]) -> Iterator[Interruption]:
    for diff in diffs:
        is_ours = diff.resource.type == INGRESS and annotation(diff.resource.inputs, "scheme")
        if is_ours and diff.action is not Action.SAME:
            yield Interruption(f"load balancer of {name_of(diff.resource)}", *_load_balancer(diff))


def _load_balancer(diff: ResourceDiff) -> tuple[str, bool]:
    if diff.old is None:
        return ingress_changes.NEW, False
    if diff.new is None:
        return ingress_changes.GONE, True
    if diff.action is Action.REPLACED:
        return ingress_changes.ANOTHER, True
    return ingress_changes.taken(diff.old.inputs, diff.new.inputs)


def _of_nodes(diffs: Sequence[ResourceDiff]) -> Iterator[Interruption]:
    changed = {diff.resource.urn: diff for diff in diffs if diff.action in (Action.UPDATED, Action.REPLACED)}
    for diff in changed.values():
        if diff.resource.type in CLUSTERS and _version_changes(diff):
            yield Interruption(
                f"cluster {diff.resource.name}",
                "EKS takes the next version of Kubernetes in place, and never an earlier one again.",
            )
    for diff in changed.values():
        if diff.resource.type == NODE_GROUP and diff.action is Action.REPLACED:
            yield Interruption(
                f"node group {diff.resource.name}",
                f"Its pods move to new nodes, which are there first. {SEE}",
            )
        elif diff.resource.type == NODE_GROUP and any(one.path.startswith(_ROLLING) for one in diff.changes):
            yield Interruption(
                f"node group {diff.resource.name}",
                f"EKS replaces its nodes one after another, and their pods move. {SEE}",
            )
    drifting = [diff for diff in diffs if diff.new and diff.old and diff.resource.type == NODE_POOL]
    for diff in drifting:
        assert diff.new is not None  # noqa: S101 (it is among those that stay)
        if diff.action is not Action.REPLACED and _drifts(diff, changed.values()):
            stay = (
                "stay until they are empty"
                if _keeps_drifted(diff.new)
                else "are replaced by Karpenter, with their pods"
            )
            yield Interruption(f"nodes of pool {name_of(diff.new)}", f"They drift: those that run {stay}.")


_ROLLING = ("version", "releaseVersion", "launchTemplate")
"""Inputs of a node group for which EKS makes its nodes anew
(https://docs.aws.amazon.com/eks/latest/userguide/managed-node-update-behavior.html)."""


def _drifts(pool: ResourceDiff, changed: Any) -> bool:
    assert pool.new is not None  # noqa: S101 (asked of pools that stay)
    name = value_at(pool.new.inputs, "spec.template.spec.nodeClassRef.name")
    for diff in changed:
        is_its_class = diff.resource.type == NODE_CLASS and value_at(diff.resource.inputs, "metadata.name") == name
        if is_its_class and any(one.path.startswith("spec.") for one in diff.changes):
            return True
        if diff.resource.type in CLUSTERS and _version_changes(diff):
            return True
    return any(one.path.startswith("spec.template") for one in pool.changes)


def _version_changes(cluster: ResourceDiff) -> bool:
    return any(change.path == "version" for change in cluster.changes)


def _keeps_drifted(pool: Resource) -> bool:
    budgets = (pool.inputs["spec"].get("disruption") or {}).get("budgets", [])
    return any(
        str(budget.get("nodes")) in ("0", "0%") and DRIFTED in budget.get("reasons", [DRIFTED]) for budget in budgets
    )
