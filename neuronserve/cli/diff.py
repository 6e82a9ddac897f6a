"""``neuronserve diff``: what becomes of each stack when one plan or revision takes the place of another."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from neuronserve.cli.errors import TROUBLE, fail
from neuronserve.cli.stacks import Project

if TYPE_CHECKING:
    from neuronserve.cli.sides import Side
    from neuronserve.review.diff.stack_diff import StackDiff


def diff(
    base: Annotated[str, typer.Argument(help="plan.json, the folder of one, or a git revision; BASE..HEAD for both.")],
    head: Annotated[
        str | None, typer.Argument(help="Likewise. Left out: the working tree, with what is not committed.")
    ] = None,
    stacks: Annotated[list[str] | None, typer.Option("--stack", "-s", help="Only this stack; may be repeated.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of Markdown.")] = False,
    exit_code: Annotated[bool, typer.Option("--exit-code", help="Exit with 1 if anything is different.")] = False,
    project: Project = None,
) -> None:
    """Show what becomes of each stack: what is made, changed, replaced and deleted, the cost, and running requests.

    Without the Pulumi CLI, network or credentials. Each revision is planned by its own code. BASE...HEAD compares HEAD
    with where it left BASE. Exits with 2 if a side cannot be planned.
    """
    from neuronserve.cli.revisions import RevisionError  # noqa: PLC0415 (Pulumi, which --help has no use for)
    from neuronserve.plan.errors import PlanError  # noqa: PLC0415
    from neuronserve.review.diff.document import to_json  # noqa: PLC0415
    from neuronserve.review.diff.markdown import to_markdown  # noqa: PLC0415

    try:
        before, after = _sides(base, head, stacks or [], project or Path.cwd())
        diffs = _compared(before, after, stacks or [])
    except (PlanError, RevisionError) as error:
        fail(str(error), TROUBLE)
    render = to_json if as_json else to_markdown
    typer.echo(render(diffs, before.label, after.label), nl=False)
    if problems := [f"{one.stack}: {problem}" for one in diffs for problem in one.problems]:
        fail("\n".join(problems), TROUBLE)
    if exit_code and not all(one.is_empty for one in diffs):
        raise typer.Exit(1)


def _sides(base: str, head: str | None, stacks: list[str], folder: Path) -> "tuple[Side, Side]":
    from neuronserve.cli import sides  # noqa: PLC0415
    from neuronserve.cli.revisions import common_ancestor, repository_of  # noqa: PLC0415

    ancestor = False
    if head is None and ".." in base and not sides.plan_file(base):
        base, dots, head = base.partition("..." if "..." in base else "..")
        base, head, ancestor = base or "HEAD", head or "HEAD", dots == "..."
    files = [sides.plan_file(name) if name else None for name in (base, head)]
    if ancestor:
        base = common_ancestor(repository_of(folder), base, head or "HEAD")
    found = [
        sides.side_of_plan(str(name), file) if file else None for name, file in zip((base, head), files, strict=True)
    ]
    wanted = stacks or [stack for side in found if side for stack in side.plans]
    with sides.scratch_folder() as scratch:
        missing = [
            sides.working_tree(folder) if name is None else sides.revision(folder, name, scratch)
            for name, side in zip((base, head), found, strict=True)
            if side is None
        ]
        made = iter(sides.planned(missing, wanted, scratch))
        before, after = (side or next(made) for side in found)
    return before, after


def _compared(before: "Side", after: "Side", stacks: list[str]) -> "list[StackDiff]":
    from neuronserve.plan.errors import PlanError  # noqa: PLC0415

    known = sorted({*before.plans, *before.problems, *after.plans, *after.problems})
    if unknown := [stack for stack in stacks if stack not in known]:
        raise PlanError(
            f"There is no stack {unknown[0]} in {before.label} or {after.label}. Stacks: {', '.join(known) or 'none'}."
        )
    if before.secrets is None and after.secrets is None and before.plans.keys() != after.plans.keys():
        raise PlanError(
            f"{before.label} is a plan of stack {next(iter(before.plans))}, and {after.label} one of stack "
            f"{next(iter(after.plans))}. Compare two plans of one stack."
        )
    return [_stack(stack, before, after) for stack in known if stack in stacks or not stacks]


def _stack(stack: str, before: "Side", after: "Side") -> "StackDiff":
    from neuronserve.review.diff.stack_diff import StackDiff, stack_diff  # noqa: PLC0415

    problems = [f"{side.label}: {side.problems[stack]}" for side in (before, after) if stack in side.problems]
    if problems:
        return StackDiff(stack, before.plans.get(stack), after.plans.get(stack), (), problems=tuple(problems))
    secrets = None
    if before.secrets is not None and after.secrets is not None:
        secrets = before.secrets.get(stack, {}), after.secrets.get(stack, {})
    known = before.said.get(stack, [])
    warnings = [line for line in after.said.get(stack, []) if line not in known]
    return stack_diff(stack, before.plans.get(stack), after.plans.get(stack), secrets, warnings)
