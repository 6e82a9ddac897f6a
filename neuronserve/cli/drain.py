"""``neuronserve drain``: what goes before `pulumi destroy`, so that nothing is left in AWS."""

from typing import TYPE_CHECKING, Annotated

import typer

from neuronserve.cli.cleaning import Bars, account_and_scope
from neuronserve.cli.errors import TROUBLE, fail
from neuronserve.cli.stacks import Environment, Project, plan_of_stack

if TYPE_CHECKING:
    from neuronserve.cleanup.objects import Objects
    from neuronserve.cleanup.scope import Scope
    from neuronserve.cleanup.step import Step
    from neuronserve.plan.plan import Plan
    from neuronserve.preflight.aws import Aws


def drain(
    stack: Annotated[str, typer.Option("--stack", "-s", help="Stack that is to be destroyed.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do it. Without, only say what would go.")] = False,
    timeout: Annotated[int, typer.Option(help="Minutes that each step may take.", min=1)] = 30,
    kubeconfig: Annotated[
        str | None, typer.Option(help="Path of a kubeconfig. Default: that of the stack's cluster.")
    ] = None,
    context: Annotated[str | None, typer.Option(help="Context of the kubeconfig. Default: the stack's.")] = None,
    project: Project = None,
    environment: Environment = None,
) -> None:
    """Take away what `pulumi destroy` would leave or wait for: services, Karpenter's nodes, load balancers, volumes.

    Only of this stack, by its tags. Stopped half-way, it goes on when it is called again. Exits with 1 if something
    did not go, with 2 if it cannot be told what there is.
    """
    from neuronserve.cleanup import drain as draining  # noqa: PLC0415 (Pulumi, which --help has no use for)
    from neuronserve.cleanup import report  # noqa: PLC0415
    from neuronserve.preflight.refusals import NoAccountError, RefusedError  # noqa: PLC0415
    from neuronserve.status.kubeconfig import UnreachableError  # noqa: PLC0415

    plan = plan_of_stack(stack, project, environment, exit_code=TROUBLE)
    found = account_and_scope(plan, "drain", deletes=yes)
    if found is None:
        typer.echo(f"Stack {stack} has nothing in AWS: `pulumi destroy` takes all of it away.")
        return
    aws, scope = found
    try:
        objects = _objects(aws, scope, plan, kubeconfig, context)
        gone = ", which is gone" if objects is None else ""
        typer.echo(f"Cluster {scope.cluster}{gone} in account {aws.identity['Account']}, {aws.region}:")
        steps = draining.steps(aws, scope, objects)
        if yes:
            _drain(steps, timeout, stack)
        elif would_go := report.drain_told(draining.look(steps)):
            typer.echo(would_go)
            typer.echo(f"Nothing was changed. All this goes by: neuronserve drain --stack {stack} --yes")
        else:
            typer.echo("Nothing has to go before `pulumi destroy`.")
    except UnreachableError as error:
        fail(f"{error}. Name another kubeconfig with --kubeconfig, or --context.", TROUBLE)
    except NoAccountError as error:
        fail(str(error), TROUBLE)
    except RefusedError as refused:
        fail(f"{refused}. {refused.remedy}", TROUBLE)


def _drain(steps: "list[Step]", timeout: int, stack: str) -> None:
    from neuronserve.cleanup import drain as draining  # noqa: PLC0415
    from neuronserve.cleanup import report  # noqa: PLC0415

    with Bars() as bars:
        outcome = [*draining.drain(steps, timeout * 60, bars)]
    for step, things, kept in outcome:
        typer.echo(f"{step.name}: {sum(one.key not in kept for one in things)} gone")
        if kept:
            typer.echo(report.kept_told(things, kept))
            fail(f"Stopped at {step.name}. See to that, then call neuronserve drain --stack {stack} --yes again.")
    typer.echo(f"Drained. Next: pulumi destroy --stack {stack}, then neuronserve sweep --stack {stack}")


def _objects(aws: "Aws", scope: "Scope", plan: "Plan", kubeconfig: str | None, context: str | None) -> "Objects | None":
    """Return the objects of the stack's cluster; None if it is gone. Ends the command if it would be another's."""
    from neuronserve.cleanup.objects import Objects  # noqa: PLC0415
    from neuronserve.cleanup.sweep import cluster_in_aws  # noqa: PLC0415
    from neuronserve.cli.cluster_access import client_of  # noqa: PLC0415

    cluster = cluster_in_aws(aws, scope)
    if cluster is None:
        return None
    objects = Objects(client_of(plan, kubeconfig, context))
    if not objects.are_of(cluster):
        fail(
            f"The kubeconfig leads to {objects.host}, and cluster {scope.cluster} is at "
            f"{cluster.get('endpoint', 'no address yet')}: nothing is touched in another cluster. Name a kubeconfig of "
            "the stack's cluster, or leave --kubeconfig and --context out.",
            TROUBLE,
        )
    return objects
