"""``neuronserve status``: whether a stack's services are ready and, where one is not, which pod keeps it, and why."""

import json
from dataclasses import asdict
from typing import Annotated

import typer

from neuronserve.cli.errors import fail
from neuronserve.cli.stacks import Environment, Project, plan_of_stack


def status(
    stack: Annotated[str, typer.Option("--stack", "-s", help="Stack whose services to look at.")],
    kubeconfig: Annotated[
        str | None, typer.Option(help="Path of a kubeconfig. Default: that of the stack's cluster.")
    ] = None,
    context: Annotated[str | None, typer.Option(help="Context of the kubeconfig. Default: the stack's.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    project: Project = None,
    environment: Environment = None,
) -> None:
    """Say whether a stack's services are ready and, where one is not, which pod keeps it, and why.

    Also while `pulumi up` waits, in another terminal. Exits with 1 if a service does not answer.
    """
    from neuronserve.cli.cluster_access import cluster_of  # noqa: PLC0415 (Pulumi, which --help has no use for)
    from neuronserve.review.services import services  # noqa: PLC0415
    from neuronserve.status.kubeconfig import UnreachableError  # noqa: PLC0415
    from neuronserve.status.service_status import State, service_status  # noqa: PLC0415
    from neuronserve.status.text import told  # noqa: PLC0415

    plan = plan_of_stack(stack, project, environment)
    metadata = [service.inputs["metadata"] for service in services(plan).values()]
    if not metadata:
        fail(f"Stack {stack} has no service: no model is served there. Choose another stack.")
    try:
        cluster = cluster_of(plan, kubeconfig, context)
        found = [service_status(cluster.observe(one["namespace"], one["name"])) for one in metadata]
    except UnreachableError as error:
        fail(f"{error}. Name another kubeconfig with --kubeconfig, or --context.")
    if as_json:
        typer.echo(json.dumps([asdict(one) for one in found], indent=2, ensure_ascii=False))
    else:
        typer.echo("\n".join(map(told, found)))
    if any(one.state in (State.NOT_READY, State.MISSING) for one in found):
        raise typer.Exit(1)
