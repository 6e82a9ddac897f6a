"""docs/changes.md, written from the table of changes."""

from collections.abc import Mapping

from tests.engine.changes import CHANGES, CHANGES_STACK, Change

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
"""


def page() -> str:
    """Return the text of the page."""
    return PAGE.format(stack=CHANGES_STACK, lines="\n".join(map(_line, CHANGES)))


def _line(change: Change) -> str:
    effect = change.effect
    notes = ["New pods.", change.note] if effect.starts_pods else [change.note]
    if effect == type(effect)() and not change.note:
        notes = ["Nothing changes."]
    kinds = map(_listed, (effect.updated, effect.replaced, effect.created, effect.deleted))
    return f"| {' | '.join([change.what, *kinds, ' '.join(filter(None, notes))])} |"


def _listed(kinds: Mapping[str, int]) -> str:
    return ", ".join(name if count == 1 else f"{count} {name}" for name, count in sorted(kinds.items()))
