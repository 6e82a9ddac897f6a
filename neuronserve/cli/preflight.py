"""``neuronserve preflight``: whether an AWS account, and this machine, have what a stack needs, before it is made."""

from pathlib import Path
from typing import Annotated

import typer

from neuronserve.cli.errors import fail
from neuronserve.cli.stacks import Environment, Project, plan_of_stack

NO_ACCOUNT = 2
"""The exit code where there is no account to ask: 1 says that something is in the way."""


def preflight(
    stack: Annotated[str, typer.Option("--stack", "-s", help="Stack that is to be made.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    project: Project = None,
    environment: Environment = None,
) -> None:
    """Say whether the AWS account has what a stack needs: quotas, offerings, images, reservations, a valid token.

    Reads, and changes nothing. Exits with 1 if something is in the way or cannot be checked, with 2 if there are no
    credentials.
    """
    from neuronserve.plan.project import find_project  # noqa: PLC0415 (Pulumi, which --help has no use for)
    from neuronserve.preflight import checks, report  # noqa: PLC0415
    from neuronserve.preflight.refusals import NoAccountError  # noqa: PLC0415

    plan = plan_of_stack(stack, project, environment)
    try:
        found = checks.preflight(plan, find_project(project or Path.cwd()))
    except ImportError:
        fail("`neuronserve preflight` needs the boto3 package: pip install boto3", NO_ACCOUNT)
    except NoAccountError as error:
        fail(str(error), NO_ACCOUNT)
    typer.echo(report.to_json(found) if as_json else report.told(found))
    if not found.is_clear:
        raise typer.Exit(1)
