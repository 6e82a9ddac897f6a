"""In which order a plan is destroyed: nothing before what depends on it, is its child, or is made with it."""

from collections.abc import Iterable

from neuronserve.plan.plan import Plan, Resource


def leans_on(plan: Plan) -> dict[str, set[str]]:
    """Return, by URN, all that a resource needs, directly or not: it goes before any of these."""
    known = {resource.urn: resource for resource in plan.resources}
    closure: dict[str, set[str]] = {}

    def needs(urn: str) -> set[str]:
        if urn not in closure:
            closure[urn] = set()
            resource = known[urn]
            direct = {*resource.dependencies, resource.parent, resource.provider} & known.keys()
            closure[urn] = {*direct, *(further for other in direct for further in needs(other))}
        return closure[urn]

    return {urn: needs(urn) for urn in known}


def assert_destroyed_before(plan: Plan, first: Iterable[Resource], then: Iterable[Resource]) -> None:
    """Fail unless each of the first is gone before any of the others goes."""
    needs = leans_on(plan)
    first, then = list(first), list(then)
    assert first
    assert then
    for earlier in first:
        missing = [later.urn for later in then if later.urn not in needs[earlier.urn]]
        assert not missing, f"{earlier.urn} may still be there when {missing[0]} goes"
