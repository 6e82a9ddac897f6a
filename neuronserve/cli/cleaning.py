"""What ``drain`` and ``sweep`` share: whose account it is, and how far they are."""

from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

from neuronserve.cli.errors import TROUBLE, fail

if TYPE_CHECKING:
    from neuronserve.cleanup.scope import Scope
    from neuronserve.plan.plan import Plan
    from neuronserve.preflight.aws import Aws

NO_BOTO3 = "`neuronserve {}` needs the boto3 package: pip install boto3"


def account_and_scope(plan: "Plan", command: str, *, deletes: bool) -> "tuple[Aws, Scope] | None":
    """Return the account of a stack, and what in it is the stack's; None where the stack has nothing in AWS.

    Ends the command where the account is none that the stack may go to.

    Args:
        plan: the stack's plan.
        command: what the user called.
        deletes: whether anything is to be deleted.
    """
    from neuronserve.cleanup.actions import DELETES, READS  # noqa: PLC0415 (--help has no use for it)
    from neuronserve.cleanup.scope import scope_of  # noqa: PLC0415
    from neuronserve.plan.errors import PlanError  # noqa: PLC0415
    from neuronserve.preflight.checks import account_of  # noqa: PLC0415
    from neuronserve.preflight.credentials import credentials  # noqa: PLC0415
    from neuronserve.preflight.refusals import NoAccountError  # noqa: PLC0415

    try:
        aws = account_of(plan, (*READS, *DELETES) if deletes else READS)
        scope = scope_of(plan)
        if aws is None or scope is None:
            return None
        (finding,) = credentials(plan, aws)
    except ImportError:
        fail(NO_BOTO3.format(command), TROUBLE)
    except (NoAccountError, PlanError) as error:
        fail(str(error), TROUBLE)
    if finding.is_in_the_way:
        fail(f"Stack {plan.stack} needs {finding.need}; there is {finding.have}. {' '.join(finding.remedies)}", TROUBLE)
    return aws, scope


class Bars:
    """Shows on standard error how far each step is."""

    def __init__(self) -> None:
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            console=Console(stderr=True),
        )
        self._task: TaskID | None = None
        self._total = 0

    def __enter__(self) -> "Bars":
        """Begin to show."""
        self._progress.start()
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        """Leave what was shown last."""
        self._progress.stop()

    def begins(self, step: str, total: int) -> None:
        """Show a further step."""
        self._total = total
        self._task = self._progress.add_task(step, total=total)

    def left(self, number: int) -> None:
        """Show how much of it is left; of volumes that go with claims there may be more than there were claims."""
        if self._task is not None:
            self._progress.update(self._task, completed=max(0, self._total - number))
