"""What becomes of each resource: created, updated in place, replaced and why, deleted, or the same."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property

from neuronserve.facts.replacing_inputs import (
    AWS_REPLACING_INPUTS,
    OUTPUTS_OF_UPDATES,
    REMOVED_REPLACING_INPUTS,
)
from neuronserve.plan.annotations import SECRET
from neuronserve.plan.plan import Plan, Resource
from neuronserve.review.diff.matching import Pair, pairs
from neuronserve.review.diff.properties import Change, changes, contains, value_at
from neuronserve.review.diff.references import Reference, references, renamed
from neuronserve.review.diff.rules import CLUSTERS, KUBERNETES_PROVIDER, goes_first, replacing_inputs


class Action(StrEnum):
    """What Pulumi does to a resource."""

    REPLACED = "replaced"
    DELETED = "deleted"
    UPDATED = "updated"
    CREATED = "created"
    SAME = "same"


@dataclass(frozen=True)
class Force:
    """Why a resource is replaced: an input of it, ``provider`` among them, and the URN of what makes it another."""

    path: str
    because: str | None = None


@dataclass(frozen=True)
class ResourceDiff:
    """One resource before and after.

    ``old`` is the resource before with the names in its references that others have after; ``deleted_first`` says that
    the old one goes before its replacement is there, ``unknown_type`` that nothing is known of which inputs replace it.
    """

    action: Action
    old: Resource | None
    new: Resource | None
    changes: tuple[Change, ...] = ()
    forced_by: tuple[Force, ...] = ()
    deleted_first: bool = False
    unknown_type: bool = False

    @property
    def resource(self) -> Resource:
        """The resource, as it will be where it stays."""
        return Pair(self.old, self.new).any

    @property
    def former_urn(self) -> str | None:
        """The URN that it had before, if that is another: an alias keeps it."""
        return self.old.urn if self.old and self.new and self.old.urn != self.new.urn else None

    @property
    def stays(self) -> bool:
        """Whether it is deleted for Pulumi alone, which forgets it: an option of it retains what is there."""
        return self.action is Action.DELETED and bool(self.resource.options.get("retainOnDelete"))


def resource_diffs(base: Plan, head: Plan) -> list[ResourceDiff]:
    """Return what becomes of every resource of two plans, by URN.

    What is replaced gives other values to those that refer to it, which may replace them in turn.
    """
    matched = pairs(base, head)
    names = {pair.old.urn: pair.new.urn for pair in matched if pair.old and pair.new and pair.old.urn != pair.new.urn}
    providers = _providers(base, names), _providers(head, {})
    known = {resource.urn for resource in head.resources}
    with_sources = all(any(_hidden_sources(resource) for resource in plan.resources) for plan in (base, head))
    candidates = {}
    for pair in matched:
        if pair.old and pair.new:
            old = _with_names(pair.old, names) if names else pair.old
            candidates[pair.new.urn] = _Candidate(old, pair.new, known, *providers, with_sources)
    _settle(candidates)
    return [candidates[pair.new.urn].result() if pair.old and pair.new else _alone(pair) for pair in matched]


def _providers(plan: Plan, names: dict[str, str]) -> dict[str, Resource]:
    return {
        names.get(resource.urn, resource.urn): resource
        for resource in plan.resources
        if resource.type.startswith("pulumi:providers:")
    }


def _with_names(resource: Resource, names: dict[str, str]) -> Resource:
    """Return a resource with the names that others have after the change."""
    sources = {key: sorted(names.get(urn, urn) for urn in urns) for key, urns in _hidden_sources(resource).items()}
    return replace(
        resource,
        inputs=renamed(resource.inputs, names),
        options=resource.options | ({"propertyDependencies": sources} if sources else {}),
    )


def _alone(pair: Pair) -> ResourceDiff:
    return ResourceDiff(Action.CREATED if pair.new else Action.DELETED, pair.old, pair.new)


def _settle(candidates: dict[str, "_Candidate"]) -> None:
    """Let what is replaced or updated concern the others, until nothing changes any more."""
    unsettled = True
    while unsettled:
        unsettled = False
        for candidate in candidates.values():
            unsettled |= candidate.concern(candidates)


@dataclass
class _Candidate:
    """A resource that stays, while it is found out whether it does."""

    old: Resource
    new: Resource
    known: set[str]
    providers_before: dict[str, Resource]
    providers: dict[str, Resource]
    with_sources: bool
    """Whether both plans say where inputs come from, which those of earlier versions do not."""
    forces: dict[str, Force] = field(default_factory=dict)
    """By path."""
    consequences: dict[str, Change] = field(default_factory=dict)
    """Changes of what is written the same way, by path."""
    deleted_first: bool = False

    def __post_init__(self) -> None:
        for path in self.rules or ():
            if any(contains(path, change.path) or contains(change.path, path) for change in self.direct) and (
                value_at(self.old.inputs, path) != value_at(self.new.inputs, path)
            ):
                self.forces[path] = Force(path)
        for path in REMOVED_REPLACING_INPUTS.get(self.new.type, ()):
            if path in self.old.inputs and path not in self.new.inputs:
                self.forces[path] = Force(path)
        if "region" in AWS_REPLACING_INPUTS.get(self.new.type, ()) and self._region_changes():
            self.forces["region"] = Force("region", self.new.provider)
        if self.new.type == KUBERNETES_PROVIDER and self._is_of_another_cluster():
            self.forces["kubeconfig"] = Force("kubeconfig")
        self.deleted_first = bool(self.forces) and goes_first(self.old, self.new)

    @cached_property
    def rules(self) -> tuple[str, ...] | None:
        return replacing_inputs(self.new, self.providers.get(self.new.provider or ""))

    @cached_property
    def direct(self) -> tuple[Change, ...]:
        """What is written otherwise."""
        ignored = self.new.options.get("ignoreChanges", ())
        found = [*changes(self.old.inputs, self.new.inputs), *self._other_secrets()]
        return tuple(one for one in found if not any(contains(path, one.path) for path in ignored))

    def _other_secrets(self) -> Iterator[Change]:
        """Yield secrets that are hidden before and after, and come from elsewhere."""
        before, after = (_hidden_sources(resource) for resource in (self.old, self.new))
        for name in sorted(before.keys() | after.keys()) if self.with_sources else ():
            hidden = all(SECRET in str(resource.inputs.get(name)) for resource in (self.old, self.new))
            if hidden and before.get(name) != after.get(name):
                yield Change(name, SECRET, SECRET)

    @cached_property
    def references(self) -> tuple[Reference, ...]:
        return tuple(references(self.new.inputs, self.known))

    def concern(self, candidates: dict[str, "_Candidate"]) -> bool:
        """Take what the others come to; return whether anything is new by it."""
        before = (len(self.forces), len(self.consequences), self.deleted_first)
        for reference in self.references:
            other = candidates.get(reference.urn)
            if other is not None and other.makes_another(reference.output):
                self._take(reference, other)
        for force in self._inherited(candidates):
            self.forces.setdefault(force.path, force)
        for force in self._taken_along(candidates):
            self.forces.setdefault(force.path, force)
            self.deleted_first = True
        provider = candidates.get(self.new.provider or "")
        self.deleted_first |= provider is not None and provider.deleted_first
        self.deleted_first |= bool(self.forces) and goes_first(self.old, self.new)
        return before != (len(self.forces), len(self.consequences), self.deleted_first)

    def makes_another(self, output: str) -> bool:
        """Tell whether an output will be another one."""
        if output in OUTPUTS_OF_UPDATES.get(self.new.type, ()):
            updates = (*self.direct, *self.consequences.values())
            return bool(self.forces) or any(not contains("tags", change.path) for change in updates)
        return bool(self.forces)

    def _take(self, reference: Reference, other: "_Candidate") -> None:
        if not any(contains(change.path, reference.path) for change in self.direct):
            change = Change(reference.path, reference.value, reference.value, other.new.urn)
            self.consequences.setdefault(reference.path, change)
        for path in self.rules or ():
            if contains(path, reference.path):
                self.forces.setdefault(path, Force(path, other.new.urn))

    def _inherited(self, candidates: dict[str, "_Candidate"]) -> Iterator[Force]:
        """Yield what no reference says: of a provider, and of the cluster of a kubeconfig, which is a secret."""
        if self.new.provider in candidates and candidates[self.new.provider].forces:
            yield Force("provider", self.new.provider)
        if self.new.type == KUBERNETES_PROVIDER and not self._has_identifier():
            there = [candidates[urn] for urn in self.new.dependencies if urn in candidates]
            clusters = [one.new.urn for one in there if one.forces and one.new.type in CLUSTERS]
            if SECRET in str(self.new.inputs.get("kubeconfig", "")) and clusters:
                yield Force("kubeconfig", clusters[0])
            yield from (
                Force("kubeconfig", change.because)
                for path, change in self.consequences.items()
                if path == "kubeconfig"
            )

    def _taken_along(self, candidates: dict[str, "_Candidate"]) -> Iterator[Force]:
        """Yield what goes along with what is deleted before its replacement is there.

        Of that the engine takes all inputs for unknown that come from it, also those whose value is known to stay.
        """
        rules = self.rules or ()
        if self.new.type == KUBERNETES_PROVIDER and not self._has_identifier():
            rules = ("kubeconfig", *rules)
        for name, urns in self._sources.items():
            for urn in urns:
                if urn in candidates and candidates[urn].forces and candidates[urn].deleted_first:
                    yield from (Force(path, urn) for path in rules if contains(name, path))

    @cached_property
    def _sources(self) -> dict[str, list[str]]:
        """URNs from which inputs come, by the input's name."""
        found: dict[str, list[str]] = {key: list(urns) for key, urns in _hidden_sources(self.new).items()}
        for reference in self.references:
            found.setdefault(re.split(r"[.\[]", reference.path)[0], []).append(reference.urn)
        return found

    def _region_changes(self) -> bool:
        before, after = (
            resource.inputs.get("region", known[provider].inputs.get("region") if provider in known else None)
            for resource, provider, known in (
                (self.old, self.new.provider or "", self.providers_before),
                (self.new, self.new.provider or "", self.providers),
            )
        )
        return bool(before and after and before != after)

    def _has_identifier(self) -> bool:
        before, after = (resource.inputs.get("clusterIdentifier") for resource in (self.old, self.new))
        return bool(before) and before == after

    def _is_of_another_cluster(self) -> bool:
        before, after = (resource.inputs.get("clusterIdentifier") for resource in (self.old, self.new))
        if before and after:
            return bool(before != after)
        return any(value_at(self.old.inputs, key) != value_at(self.new.inputs, key) for key in _CLUSTER_OF_PROVIDER)

    def result(self) -> ResourceDiff:
        found = tuple(sorted((*self.direct, *self.consequences.values()), key=lambda change: change.path))
        stays = Action.UPDATED if found else Action.SAME
        action = Action.REPLACED if self.forces else stays
        return ResourceDiff(
            action,
            self.old,
            self.new,
            found,
            tuple(self.forces[path] for path in sorted(self.forces)),
            self.deleted_first,
            unknown_type=self.rules is None and action is Action.UPDATED,
        )


def _hidden_sources(resource: Resource) -> dict[str, list[str]]:
    found: dict[str, list[str]] = resource.options.get("propertyDependencies", {})
    return found


_CLUSTER_OF_PROVIDER = ("cluster", "context", "kubeconfig")
