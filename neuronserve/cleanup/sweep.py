"""What is left of a stack after `pulumi destroy`: found by its tags and, on request, taken away."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from neuronserve.cleanup.instances import INSTANCES
from neuronserve.cleanup.kind import Kind
from neuronserve.cleanup.launch_templates import LAUNCH_TEMPLATES
from neuronserve.cleanup.leftover import Kept, Leftover
from neuronserve.cleanup.load_balancers import LOAD_BALANCERS, TARGET_GROUPS
from neuronserve.cleanup.log_groups import LOG_GROUPS
from neuronserve.cleanup.network import NETWORK_INTERFACES, SECURITY_GROUPS
from neuronserve.cleanup.scope import Scope
from neuronserve.cleanup.step import Progress, step_of, taken
from neuronserve.cleanup.volumes import VOLUMES
from neuronserve.preflight.aws import Aws
from neuronserve.preflight.refusals import AwsError, RefusedError

KINDS = (
    *(INSTANCES, LOAD_BALANCERS, TARGET_GROUPS, VOLUMES),
    # Interfaces are in groups, which AWS deletes only without them.
    *(NETWORK_INTERFACES, SECURITY_GROUPS, LAUNCH_TEMPLATES, LOG_GROUPS),
)
"""In the order in which they go."""


@dataclass(frozen=True)
class Sweep:
    """What is left of a stack; by default of one that has nothing in AWS."""

    stack: str
    cluster: str | None = None
    account: str | None = None
    region: str | None = None
    cluster_is_there: bool = False
    left: tuple[Leftover, ...] = ()
    unknown: tuple[str, ...] = ()
    """What could not be looked for, and why."""

    @property
    def monthly(self) -> float:
        """US dollars that it costs in a month, as far as prices are known."""
        return sum(one.monthly or 0.0 for one in self.left)


def cluster_in_aws(aws: Aws, scope: Scope) -> dict[str, Any] | None:
    """Return the stack's cluster as AWS describes it; None if it is gone, or going.

    Raises:
        RefusedError: AWS does not say.
    """
    try:
        found: dict[str, Any] = aws.call("eks:DescribeCluster", name=scope.cluster)["cluster"]
    except AwsError as error:
        if error.code == "ResourceNotFoundException":
            return None
        raise
    return None if found["status"] == "DELETING" else found


def look(aws: Aws, scope: Scope) -> Sweep:
    """Return what is left, also where AWS does not tell all.

    Raises:
        NoAccountError: there are no credentials that AWS takes.
        RefusedError: AWS does not say whether the cluster is there.
    """
    left: list[Leftover] = []
    unknown = []
    for kind in KINDS:
        try:
            left += kind.find(aws, scope)
        except RefusedError as refused:
            unknown.append(f"{kind.name}: {refused}. {refused.remedy}")
    there = cluster_in_aws(aws, scope) is not None
    return Sweep(scope.stack, scope.cluster, aws.identity["Account"], aws.region, there, tuple(left), tuple(unknown))


def remove(
    aws: Aws, scope: Scope, found: Sequence[Leftover], within_s: float, progress: Progress
) -> Iterator[tuple[Kind, list[Leftover], Kept]]:
    """Take away what was found, kind by kind; what one kind keeps keeps no other from being tried.

    Yields each kind of which there was something, with that and with what is still there.

    Args:
        aws: the account.
        scope: what is the stack's.
        found: what is to go; something that is the stack's no more by now stays.
        within_s: how long each kind may take, in seconds.
        progress: who wants to know.
    """
    wanted = {one.key for one in found}
    for kind in KINDS:
        step = step_of(kind, aws, scope)
        if going := [one for one in step.find() if one.key in wanted]:
            yield kind, going, taken(step, going, within_s, progress)
