"""A stack's plan, and what its services run, for the commands that need them; a mistake ends the command."""

from pathlib import Path
from typing import Annotated

import typer

from neuronserve.cli.errors import fail
from neuronserve.plan.errors import PlanError
from neuronserve.plan.plan import Plan
from neuronserve.plan.program import synthesise
from neuronserve.plan.project import find_project
from neuronserve.review.services import serve_config

Project = Annotated[Path | None, typer.Option(help="Folder of Pulumi.yaml; found upwards from here.")]
Service = Annotated[str | None, typer.Option(help="Which of the stack's services; not needed where there is one.")]


def plan_of_stack(stack: str, project: Path | None) -> Plan:
    """Return the plan of a stack of the project in or above a folder; end the command if there is none."""
    try:
        return synthesise(find_project(project or Path.cwd()), stack)
    except PlanError as error:
        fail(str(error))


def serve_config_of_stack(stack: str, service: str | None, project: Path | None) -> str:
    """Return the Serve configuration of a stack's service, or of its only one; end the command if there is none."""
    plan = plan_of_stack(stack, project)
    try:
        return serve_config(plan, service)
    except PlanError as error:
        fail(str(error))
