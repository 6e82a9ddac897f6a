"""``neuronserve check``: the rules that each stack's plan is held to."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neuronserve.cli.errors import TROUBLE, fail
from neuronserve.cli.stacks import Environment
from neuronserve.cli.stacks import Project as Folder

if TYPE_CHECKING:
    from neuronserve.plan.project import Project
    from neuronserve.review.rules.exceptions import Judged


def check(
    stacks: Annotated[
        list[str] | None, typer.Option("--stack", "-s", help="Only this stack; may be repeated. Default: all.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")] = False,
    sarif: Annotated[Path | None, typer.Option(help="File to write SARIF to as well, for code scanning.")] = None,
    project: Folder = None,
    environment: Environment = None,
) -> None:
    """Hold each stack's plan to rules: what is open, unencrypted, unlimited, unprotected, too broad, without a version.

    Without the Pulumi CLI, network or credentials. Exits with 1 if there are findings that the stack file makes no
    exception for (policyExceptions), with 2 if a stack cannot be planned.
    """
    from neuronserve.plan.errors import PlanError  # noqa: PLC0415 (Pulumi, which --help has no use for)
    from neuronserve.plan.project import find_project, load_project  # noqa: PLC0415
    from neuronserve.review.rules.report import to_json, to_text  # noqa: PLC0415
    from neuronserve.review.rules.sarif import to_sarif  # noqa: PLC0415

    try:
        found = load_project(find_project(project or Path.cwd()))
        judged = {stack: _judged(found, stack, environment) for stack in stacks or found.stacks}
    except PlanError as error:
        fail(str(error), TROUBLE)
    typer.echo((to_json if as_json else to_text)(judged), nl=False)
    if sarif:
        try:
            sarif.write_text(to_sarif(judged, {stack: _file(found, stack) for stack in judged}), encoding="utf-8")
        except OSError as error:
            fail(f"{sarif} cannot be written: {error.strerror}", TROUBLE)
    if any(one.findings for one in judged.values()):
        raise typer.Exit(1)


def _judged(project: "Project", stack: str, environment: Path | None) -> "Judged":
    from neuronserve.plan.program import synthesise  # noqa: PLC0415
    from neuronserve.plan.project import load_stack_config  # noqa: PLC0415
    from neuronserve.review.rules.catalogue import RULES  # noqa: PLC0415
    from neuronserve.review.rules.exceptions import KEY, judge, read_exceptions  # noqa: PLC0415

    plan = synthesise(project.directory, stack, environment)
    settings = load_stack_config(project, stack, environment).values
    exceptions = read_exceptions(settings.get(f"{project.name}:{KEY}"))
    return judge([finding for rule in RULES for finding in rule.findings(plan)], exceptions)


def _file(project: "Project", stack: str) -> str:
    """Return the path of a stack's file from the root of its repository, which code scanning counts from."""
    file = project.stack_directory / f"Pulumi.{stack}.yaml"
    root = next((one for one in file.resolve().parents if (one / ".git").exists()), project.directory.resolve())
    return file.resolve().relative_to(root).as_posix()
