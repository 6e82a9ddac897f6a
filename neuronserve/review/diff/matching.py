"""Which resource of a plan is which resource of another: by URN, or by an alias."""

from collections.abc import Iterator
from dataclasses import dataclass

from neuronserve.plan.plan import Plan, Resource


@dataclass(frozen=True)
class Pair:
    """A resource before and after; one of them is None where it comes or goes."""

    old: Resource | None
    new: Resource | None

    @property
    def any(self) -> Resource:
        """The resource, as it will be where it stays."""
        found = self.new or self.old
        assert found is not None  # noqa: S101 (a pair has one at least)
        return found


def pairs(base: Plan, head: Plan) -> list[Pair]:
    """Return all resources of both plans, each once, by URN.

    An alias of a component is one of its children too, as in Pulumi's engine: with a name that begins with the
    component's, a child is looked for under the old one.
    """
    before = {resource.urn: resource for resource in base.resources}
    after = {resource.urn: resource for resource in head.resources}
    gone = before.keys() - after.keys()
    matched: list[Pair] = []
    for urn, new in after.items():
        former = urn if urn in before else next((alias for alias in _former_urns(new, after) if alias in gone), None)
        gone -= {former or ""}
        matched.append(Pair(before[former] if former else None, new))
    matched += [Pair(before[urn], None) for urn in gone]
    return sorted(matched, key=lambda pair: pair.any.urn)


def _former_urns(resource: Resource, plan: dict[str, Resource]) -> Iterator[str]:
    own = resource.options.get("aliases", [])
    yield from own
    parent = plan.get(resource.parent or "")
    for alias in _former_urns(parent, plan) if parent else ():
        for urn in (resource.urn, *own):
            yield _below(urn, resource.parent or "", alias)


def _below(urn: str, parent: str, former: str) -> str:
    """Return the URN of a child while its parent had another."""
    (*_, outer, name), (*_, former_outer, former_name) = parent.split("::"), former.split("::")
    *head, kind, own = urn.split("::")
    kind = f"{former_outer}{kind.removeprefix(outer)}" if kind.startswith(f"{outer}$") else kind
    own = f"{former_name}{own.removeprefix(name)}" if own.startswith(name) else own
    return "::".join((*head, kind, own))
