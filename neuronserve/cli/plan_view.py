"""How a plan looks on a terminal, and which of its pods have no place."""

from collections import Counter

from rich.console import Console

from neuronserve.plan.plan import Plan, Resource
from neuronserve.review.cost import cost_at_rest, hourly_cost
from neuronserve.review.placement import unplaced
from neuronserve.review.tree import plan_tree


def without_place(plan: Plan) -> list[str]:
    """Return which pods have no place on the nodes that the plan's pools can make, and why; none without pools."""
    return [str(placement) for placement in unplaced(plan)]


def print_plan(plan: Plan, console: Console) -> None:
    """Print a plan as a tree, and below it how much it is and what it costs."""
    console.print(plan_tree(plan))
    packages = Counter(_package(resource) for resource in plan.resources if resource.custom)
    parts = [f"{len(plan.resources)} resources: " + ", ".join(f"{n} {name}" for name, n in sorted(packages.items()))]
    if cost := hourly_cost(plan):
        parts.append(str(cost))
    console.print("; ".join(parts), highlight=False, soft_wrap=True)
    if at_rest := cost_at_rest(plan):
        console.print(str(at_rest), highlight=False, soft_wrap=True)


def _package(resource: Resource) -> str:
    names = {"aws": "in AWS", "kubernetes": "in Kubernetes", "pulumi": "of Pulumi's own"}
    package = resource.type.partition(":")[0]
    return names.get(package, package)
