"""docs/changes.md, written from the table of changes."""

from collections.abc import Mapping

from neuronserve.components.llm_service.settings import UpgradeStrategy
from tests.engine.changes import CHANGES, CHANGES_STACK, Change
from tests.engine.service_changes import settings_in_table, touched

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

## What a change of a service takes

By setting, and by the service's `upgradeStrategy`. A *new engine* takes its start, on Neuron 15 to 45 minutes. Where
the new one answers first nobody notices, and nodes are there twice meanwhile. Where engines are replaced in their pods,
a service with one replica does not answer for that long; of several, one after the other stops. A new `apiKey` counts
for replicas that start after it.

| setting | `NewCluster` | `None` |
|---|---|---|
{settings}
"""


def page() -> str:
    """Return the text of the page."""
    settings = "\n".join(_of_service(key.path) for key in settings_in_table())
    return PAGE.format(stack=CHANGES_STACK, lines="\n".join(map(_line, CHANGES)), settings=settings)


def _of_service(key: str) -> str:
    return f"| `{key}` | {' | '.join(_taken(key, strategy) for strategy in UpgradeStrategy)} |"


def _taken(key: str, strategy: UpgradeStrategy) -> str:
    change, first = touched(key, strategy), strategy is UpgradeStrategy.NEW_CLUSTER
    if change.engine and first:
        return "A new engine answers first."
    if change.pods:
        return "New pods answer first." if first else "**Nothing until the service is made anew.**"
    if change.engine:
        return "**A new engine, in place of the old one.**"
    return "Taken over without a restart." if change.configuration else "Nothing restarts."


def _line(change: Change) -> str:
    effect = change.effect
    notes = ["New pods.", change.note] if effect.starts_pods else [change.note]
    if effect == type(effect)() and not change.note:
        notes = ["Nothing changes."]
    kinds = map(_listed, (effect.updated, effect.replaced, effect.created, effect.deleted))
    return f"| {' | '.join([change.what, *kinds, ' '.join(filter(None, notes))])} |"


def _listed(kinds: Mapping[str, int]) -> str:
    return ", ".join(name if count == 1 else f"{count} {name}" for name, count in sorted(kinds.items()))
