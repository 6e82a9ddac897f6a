"""``neuronserve synth``: the plan of a stack, offline."""

from collections import Counter
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from neuronserve.cli.errors import fail
from neuronserve.cli.stacks import Project, plan_of_stack
from neuronserve.plan.errors import PlanError
from neuronserve.plan.plan import Plan, Resource
from neuronserve.review.cost import cost_at_rest, hourly_cost
from neuronserve.review.manifests import write
from neuronserve.review.placement import NODE_POOL, placements
from neuronserve.review.tree import plan_tree


def synth(
    stack: Annotated[str, typer.Option("--stack", "-s", help="Stack to plan: inf2-8xlarge, local, …")],
    out: Annotated[str | None, typer.Option("--out", "-o", help="Folder to write the plan to.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print plan.json instead of the tree.")] = False,
    project: Project = None,
) -> None:
    """Show what `pulumi up` would make, without the Pulumi CLI, plug-ins, network or credentials.

    With --out, write plan.json, manifests/*.yaml (for kubectl apply) and serve_configs/*.yaml (for serve run).
    """
    if out == "":
        fail("--out is empty. Name a folder; . is the one you are in.")
    plan = plan_of_stack(stack, project)
    for message in plan.diagnostics:
        Console(stderr=True, soft_wrap=True).print(message, style="yellow", markup=False)
    if out:
        try:
            write(plan, Path(out))
        except PlanError as error:
            fail(str(error))
    if as_json:
        typer.echo(plan.to_json(), nl=False)
    else:
        print_plan(plan, Console())
        if out:
            Console().print(f"Written to {out}", highlight=False, markup=False, soft_wrap=True)
    if unplaced := without_place(plan):
        fail("\n".join(unplaced))


def without_place(plan: Plan) -> list[str]:
    """Return which pods have no place on the nodes that the plan's pools can make, and why; none without pools."""
    if not plan.of_type(NODE_POOL):
        return []
    return [str(placement) for placement in placements(plan) if placement.pool is None]


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
