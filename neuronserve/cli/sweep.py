"""``neuronserve sweep``: what is left of a stack in AWS after `pulumi destroy`, and what it costs."""

from typing import TYPE_CHECKING, Annotated

import typer

from neuronserve.cli.cleaning import Bars, account_and_scope
from neuronserve.cli.errors import TROUBLE, fail
from neuronserve.cli.stacks import Environment, Project, plan_of_stack

if TYPE_CHECKING:
    from neuronserve.cleanup.leftover import Leftover
    from neuronserve.cleanup.scope import Scope
    from neuronserve.preflight.aws import Aws


def sweep(
    stack: Annotated[str, typer.Option("--stack", "-s", help="Stack that was destroyed.")],
    remove: Annotated[bool, typer.Option("--remove", help="Take away what is left, but for what holds data.")] = False,
    with_data: Annotated[
        bool, typer.Option("--with-data", help="With --remove: volumes and log groups too, with what they hold.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    timeout: Annotated[int, typer.Option(help="Minutes that each kind may take.", min=1)] = 15,
    project: Project = None,
    environment: Environment = None,
) -> None:
    """List what is left of a stack in AWS after `pulumi destroy`, and what it costs a month.

    Only what has the tags of this stack, or of its cluster, is listed and taken away. Exits with 1 if something is
    left, with 2 if it cannot be told.
    """
    from neuronserve.cleanup import report  # noqa: PLC0415 (Pulumi, which --help has no use for)
    from neuronserve.cleanup import sweep as sweeping  # noqa: PLC0415
    from neuronserve.preflight.refusals import NoAccountError, RefusedError  # noqa: PLC0415

    if with_data and not remove:
        fail("--with-data says what --remove takes away. Add --remove, or leave it out to list what is left.", TROUBLE)
    plan = plan_of_stack(stack, project, environment, exit_code=TROUBLE)
    found = account_and_scope(plan, "sweep", deletes=remove)
    if found is None:
        nothing = f"Stack {stack} has nothing in AWS: nothing can be left there."
        typer.echo(report.sweep_json(sweeping.Sweep(stack)) if as_json else nothing)
        return
    aws, scope = found
    try:
        left = sweeping.look(aws, scope)
        if remove:
            if left.cluster_is_there and scope.makes_cluster:
                fail(
                    f"Cluster {scope.cluster} is still there, and needs what would be taken away. First: "
                    f"neuronserve drain --stack {stack} --yes, and pulumi destroy."
                )
            _remove(aws, scope, [one for one in left.left if with_data or not one.holds_data], timeout)
            left = sweeping.look(aws, scope)
    except NoAccountError as error:
        fail(str(error), TROUBLE)
    except RefusedError as refused:
        fail(f"{refused}. {refused.remedy}", TROUBLE)
    typer.echo(report.sweep_json(left) if as_json else report.sweep_told(left))
    if left.unknown:
        raise typer.Exit(TROUBLE)
    if left.left:
        raise typer.Exit(1)


def _remove(aws: "Aws", scope: "Scope", going: "list[Leftover]", timeout: int) -> None:
    from neuronserve.cleanup import report  # noqa: PLC0415
    from neuronserve.cleanup import sweep as sweeping  # noqa: PLC0415

    with Bars() as bars:
        outcome = [*sweeping.remove(aws, scope, going, timeout * 60, bars)]
    for kind, things, kept in outcome:
        typer.echo(f"{kind.name}: {len(things) - len(kept)} gone", err=True)
        if kept:
            typer.echo(report.kept_told(things, kept), err=True)
