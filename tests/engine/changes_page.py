"""docs/changes.md, written from the table of changes."""

from collections.abc import Mapping

from neuronserve.components.llm_service.settings import UpgradeStrategy
from tests.engine.changes import CHANGES, CHANGES_STACK, Change
from tests.engine.service_changes import settings_in_table, taken_up

PAGE = """\
# What a change does

What `pulumi up` makes of a change in a stack file, by kind of resource, on the stack `{stack}`. `pulumi preview` says
it of yours. What is replaced is there before the old one goes, except where it says otherwise; *new pods* means that
a second Ray cluster starts beside the first, which goes when the second answers.

This page is written from `tests/engine/changes.py`, and `make test-engine` asks the real engine about each line, with
a stand-in for AWS that decides on replacements as the AWS provider does. AWS itself has not been asked.

| change | updated in place | replaced | created | deleted | |
|---|---|---|---|---|---|
{lines}

## When the system nodes are replaced

The nodes of Ray heads and workers stay, and so do their pods. In the engine's order:

1. `create-replacement NodeGroup`: EKS starts the new nodes beside the old ones, so that there are twice as many, and
   Pulumi waits until they are ready.
2. `delete-replaced NodeGroup`, at the end of the `up`: EKS drains the old nodes, and their pods start on the new ones.
   [AWS heeds budgets](https://docs.aws.amazon.com/eks/latest/userguide/delete-managed-node-group.html) for some
   minutes: then a node goes, whatever is still on it.

| pods | replicas | what stops |
|---|---|---|
| Karpenter | 2, apart | for up to 20 seconds nodes are neither made nor removed, until the other has the lease |
| KubeRay | 2 | likewise no pod of Ray is made, nor a RayService changed; what runs answers |
| `my-scheduler` | 2 | likewise no pod is placed that takes some of a node's chips |
| Neuron's scheduler extension | **1** | the same until it is up again, image and all: one alone keeps the book |
| load balancer controller | 2 | likewise no load balancer is changed; those that are there go on |
| CoreDNS, metrics-server, EBS's controller | 2 each | nothing |
| CloudWatch's controller | **1** | what is collected cannot be changed; collectors, on each node, go on |

Where there are 2, a budget lets one go at a time. A lease is held for 15 seconds by whoever had it last; the time was
not measured by us.

## What a change of a service takes

By setting, and by the service's `upgradeStrategy`. A *new engine* takes its start, on Neuron 15 to 45 minutes. Where
the new one answers first nobody notices, and nodes are there twice meanwhile. Where engines are replaced in their pods,
a service with one replica does not answer for that long; of several, one after the other stops. A new `apiKey`, and
each of `apiKeys`, counts after a minute and a half at most, in which the kubelet brings it to the pods. What is said of
`expose` is of the load balancer: no pod restarts for it, and another `idleTimeoutS` reaches pods that start after it.

| setting | `NewCluster` | `None` |
|---|---|---|
{settings}
"""


def page() -> str:
    """Return the text of the page."""
    settings = "\n".join(_of_service(key.path) for key in settings_in_table())
    return PAGE.format(stack=CHANGES_STACK, lines="\n".join(map(_line, CHANGES)), settings=settings)


def _of_service(key: str) -> str:
    return f"| `{key}` | {' | '.join(taken_up(key, strategy) for strategy in UpgradeStrategy)} |"


def _line(change: Change) -> str:
    effect = change.effect
    notes = ["New pods.", change.note] if effect.starts_pods else [change.note]
    if effect == type(effect)() and not change.note:
        notes = ["Nothing changes."]
    kinds = map(_listed, (effect.updated, effect.replaced, effect.created, effect.deleted))
    return f"| {' | '.join([change.what, *kinds, ' '.join(filter(None, notes))])} |"


def _listed(kinds: Mapping[str, int]) -> str:
    return ", ".join(name if count == 1 else f"{count} {name}" for name, count in sorted(kinds.items()))
