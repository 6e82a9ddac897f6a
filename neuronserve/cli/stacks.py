"""A stack's plan, and what its services run, for the commands that need them; a mistake ends the command."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neuronserve.cli.errors import fail

if TYPE_CHECKING:
    from neuronserve.plan.plan import Plan

Project = Annotated[Path | None, typer.Option(help="Folder of Pulumi.yaml; found upwards from here.")]
Environment = Annotated[
    Path | None,
    typer.Option(
        help="File in place of the Pulumi ESC environments that the stack imports: what `pulumi env open` prints."
    ),
]
Service = Annotated[str | None, typer.Option(help="Which of the stack's services; not needed where there is one.")]


def plan_of_stack(stack: str, project: Path | None, environment: Path | None = None, *, exit_code: int = 1) -> "Plan":
    """Return the plan of a stack of the project in or above a folder; end the command, with that code, without one."""
    from neuronserve.plan.errors import PlanError  # noqa: PLC0415 (Pulumi, which --help has no use for)
    from neuronserve.plan.program import synthesise  # noqa: PLC0415
    from neuronserve.plan.project import find_project  # noqa: PLC0415

    try:
        return synthesise(find_project(project or Path.cwd()), stack, environment)
    except PlanError as error:
        fail(str(error), exit_code)


def serve_config_of_stack(stack: str, service: str | None, project: Path | None) -> str:
    """Return the Serve configuration of a stack's service, or of its only one; end the command if there is none."""
    from neuronserve.plan.errors import PlanError  # noqa: PLC0415
    from neuronserve.review.services import serve_config  # noqa: PLC0415

    plan = plan_of_stack(stack, project)
    try:
        return serve_config(plan, service)
    except PlanError as error:
        fail(str(error))
