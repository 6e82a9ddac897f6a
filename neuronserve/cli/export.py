"""``neuronserve export``: the half of a stack that is in Kubernetes, for kubectl and helm, or for Argo CD."""

from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neuronserve.cli.errors import fail
from neuronserve.cli.stacks import Environment, Project, plan_of_stack

if TYPE_CHECKING:
    from neuronserve.plan.plan import Plan
    from neuronserve.review.export.state import State


class Format(StrEnum):
    """Who is to apply it."""

    KUBECTL = "kubectl"
    ARGOCD = "argocd"


def export(
    stack: Annotated[str, typer.Option("--stack", "-s", help="Stack to export.")],
    out: Annotated[Path, typer.Option("--out", "-o", help="Folder to write to.")],
    format_: Annotated[Format, typer.Option("--format", help="Who is to apply it.")] = Format.KUBECTL,
    state: Annotated[
        Path | None, typer.Option(help="What `pulumi stack export` prints, for what only AWS knows.")
    ] = None,
    repository: Annotated[
        str | None, typer.Option(help="With argocd: URL of the git repository that the folder goes to.")
    ] = None,
    path: Annotated[str | None, typer.Option(help="With argocd: where in it. Default: the stack's name.")] = None,
    revision: Annotated[str, typer.Option(help="With argocd: branch, tag or commit to follow.")] = "HEAD",
    project: Project = None,
    environment: Environment = None,
) -> None:
    """Write what of a stack is in Kubernetes as plain manifests and charts' values, or as Argo CD Applications.

    The objects are those that `pulumi up` makes. No secret is written: a README says which Secrets to make.
    """
    from neuronserve.plan.errors import PlanError  # noqa: PLC0415 (Pulumi, which --help has no use for)
    from neuronserve.review.export import argocd, folder, kubectl  # noqa: PLC0415
    from neuronserve.review.export.exported import exported  # noqa: PLC0415

    if format_ is Format.ARGOCD and not repository:
        fail("Argo CD reads from a git repository. Name the one that the folder goes to: --repository https://…")
    if format_ is Format.KUBECTL and (repository or path):
        fail("--repository and --path are for --format argocd. Leave them out, or add that.")
    plan = plan_of_stack(stack, project, environment)
    try:
        found = exported(plan, _state(state, plan) if state else None)
        if repository and format_ is Format.ARGOCD:
            files = argocd.files(found, repository, stack if path is None else path, revision)
        else:
            files = kubectl.files(found)
        folder.write(files, out)
    except PlanError as error:
        fail(str(error))
    typer.echo(f"Written to {out}: begin with {out / folder.README}")
    for secret in found.secrets:
        typer.echo(f"Not in it: Secret {secret.namespace}/{secret.name} with {', '.join(secret.keys)}")


def _state(file: Path, plan: "Plan") -> "State":
    from neuronserve.review.export.state import State  # noqa: PLC0415

    try:
        return State.from_json(file.read_text(encoding="utf-8"), plan, str(file))
    except (OSError, UnicodeDecodeError) as error:
        fail(f"{file} cannot be read: {getattr(error, 'strerror', None) or 'it is no text'}.")
