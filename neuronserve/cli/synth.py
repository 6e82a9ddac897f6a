"""``neuronserve synth``: the plan of a stack, offline."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from neuronserve.cli.errors import fail
from neuronserve.cli.stacks import Environment, Project, plan_of_stack


def synth(
    stack: Annotated[str, typer.Option("--stack", "-s", help="Stack to plan: inf2-8xlarge, local, …")],
    out: Annotated[str | None, typer.Option("--out", "-o", help="Folder to write the plan to.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print plan.json instead of the tree.")] = False,
    project: Project = None,
    environment: Environment = None,
) -> None:
    """Show what `pulumi up` would make, without the Pulumi CLI, plug-ins, network or credentials.

    With --out, write plan.json, manifests/*.yaml (for kubectl apply) and serve_configs/*.yaml (for serve run).
    """
    from neuronserve.cli.plan_view import print_plan, without_place  # noqa: PLC0415 (Pulumi, which --help has no use for)
    from neuronserve.plan.errors import PlanError  # noqa: PLC0415
    from neuronserve.review.manifests import write  # noqa: PLC0415

    if out == "":
        fail("--out is empty. Name a folder; . is the one you are in.")
    plan = plan_of_stack(stack, project, environment)
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
