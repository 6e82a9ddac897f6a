"""What the program does while the engine makes resources, and when one fails."""

from collections.abc import Mapping
from functools import partial

import pulumi

from neuronserve.stack.hooks.access import Access
from neuronserve.stack.hooks.log_group_advice import LogGroupAdvice
from neuronserve.stack.hooks.ready_watch import ReadyWatch
from neuronserve.stack.hooks.release_recovery import ReleaseRecovery
from neuronserve.stack.options_by_type import by_type


def aws_hooks() -> pulumi.ResourceOptions:
    """Return options of the components in AWS, for all hooks."""
    return _bound(LogGroupAdvice().bindings)


def cluster_hooks(
    kubeconfig: pulumi.Input[str] | None, context: str | None = None, *, owns_cluster: bool = False
) -> pulumi.ResourceOptions:
    """Return options of the components in a cluster, for all hooks.

    Args:
        kubeconfig: content of a kubeconfig, or a path; None for the ambient one.
        context: one of its contexts.
        owns_cluster: whether the stack makes the cluster, so that nobody else's releases are in it.
    """
    access = Access(kubeconfig, context)
    return _bound({**ReadyWatch(access).bindings, **ReleaseRecovery(access, takes_over=owns_cluster).bindings})


def _bound(bindings: Mapping[str, pulumi.ResourceHookBinding]) -> pulumi.ResourceOptions:
    return by_type({kind: partial(pulumi.ResourceOptions, hooks=binding) for kind, binding in bindings.items()})
