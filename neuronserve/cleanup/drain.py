"""What goes before `pulumi destroy`: services, nodes, and what controllers made in AWS, while they still run.

In this order: what serves lets go of its nodes; Karpenter ends those, and only its own instances that are left then are
ended here; load balancers and volumes whose controllers did not take them away come last.
"""

from collections.abc import Iterator, Sequence

from neuronserve.cleanup import workloads
from neuronserve.cleanup.instances import NODES
from neuronserve.cleanup.leftover import Kept, Leftover
from neuronserve.cleanup.load_balancers import LOAD_BALANCERS, TARGET_GROUPS
from neuronserve.cleanup.objects import Objects
from neuronserve.cleanup.scope import Scope
from neuronserve.cleanup.step import Progress, Step, step_of, taken
from neuronserve.cleanup.volumes import CONTROLLERS_VOLUMES
from neuronserve.preflight.aws import Aws


def steps(aws: Aws, scope: Scope, objects: Objects | None) -> list[Step]:
    """Return the steps, in order.

    Args:
        aws: the account.
        scope: what is the stack's.
        objects: the cluster's; None once it is gone.
    """
    in_aws = [step_of(kind, aws, scope) for kind in (NODES, LOAD_BALANCERS, TARGET_GROUPS)]
    if objects is None:
        return [*in_aws, step_of(CONTROLLERS_VOLUMES, aws, scope)]
    return [
        workloads.services(objects, scope),
        workloads.nodes(objects, scope),
        *in_aws,
        workloads.claims(objects, scope),
        step_of(CONTROLLERS_VOLUMES, aws, scope, without=lambda: workloads.retained(objects)),
    ]


def look(planned: Sequence[Step]) -> list[tuple[Step, list[Leftover]]]:
    """Return what each step would take away, as things are now."""
    return [(step, step.find()) for step in planned]


def drain(planned: Sequence[Step], within_s: float, progress: Progress) -> Iterator[tuple[Step, list[Leftover], Kept]]:
    """Take the steps, as far as each leaves nothing: a later one would take away what an earlier one still needs.

    Yields each step that had something to do, with what it found and what is still there.

    Args:
        planned: the steps, in order.
        within_s: how long each may take, in seconds.
        progress: who wants to know.
    """
    for step in planned:
        if found := step.find():
            kept = taken(step, found, within_s, progress)
            yield step, found, kept
            if kept:
                return
