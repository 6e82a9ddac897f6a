"""A difference as Markdown: what a reviewer reads, the short of it first and the rest folded."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence

from neuronserve.plan.annotations import SECRET
from neuronserve.review.cost import Span
from neuronserve.review.diff.document import state
from neuronserve.review.diff.markdown_text import block, code, folded, inline, line_diff
from neuronserve.review.diff.properties import Change
from neuronserve.review.diff.references import shortened
from neuronserve.review.diff.resources import Action, Force, ResourceDiff
from neuronserve.review.diff.stack_diff import StackDiff
from neuronserve.review.manifests import manifest, to_yaml
from neuronserve.review.tree import kind_of, name_of

TITLES = {
    Action.REPLACED: "Replaced",
    Action.DELETED: "Deleted",
    Action.UPDATED: "Updated in place",
    Action.CREATED: "Created",
}
SECRETS = {
    Action.CREATED: "is there now",
    Action.DELETED: "is no longer there, or no longer encrypted",
    Action.UPDATED: "was encrypted anew, so its value may be another",
}
UNKNOWN_SECRETS = "A plan never holds a secret: whether one has changed cannot be seen here."


def to_markdown(diffs: Sequence[StackDiff], base: str, head: str) -> str:
    """Return the difference of all stacks as GitHub renders it: the same plans give the same bytes.

    Args:
        diffs: of each stack.
        base: what people call the side before.
        head: what people call the side after.
    """
    changed = [diff for diff in diffs if not diff.is_empty]
    lines = [f"# From {code(base)} to {code(head)}", ""]
    if any(diff.of(Action.REPLACED) for diff in diffs):
        lines += ["What is replaced is there before the old one goes, except where it says otherwise.", ""]
    if len(diffs) > 1 and changed:
        lines += _overview(changed)
    for diff in changed:
        lines += _stack(diff)
    if same := [code(diff.stack) for diff in diffs if diff.is_empty]:
        lines += [f"Nothing changes in {', '.join(same)}.", ""]
    if any(diff.secrets is None and not diff.problems for diff in diffs):
        lines += [UNKNOWN_SECRETS, ""]
    return "\n".join(lines).rstrip("\n") + "\n"


def _overview(diffs: Sequence[StackDiff]) -> Iterator[str]:
    actions = [action for action in TITLES if any(diff.counts.get(action) for diff in diffs)]
    heads = [
        "stack",
        *(TITLES[action].lower() for action in actions),
        "a month at rest",
        "an hour of workers",
        "requests",
    ]
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * len(heads)
    for diff in diffs:
        before, after = diff.costs
        counts = [str(diff.counts.get(action, "")) for action in actions]
        bold = [
            "**" + count + "**" if count and action is Action.REPLACED else count
            for action, count in zip(actions, counts, strict=True)
        ]
        cells = [code(diff.stack), *bold]
        if diff.problems:
            cells += ["", "", "**no plan**"]
        else:
            at_rest = _from_to(f"${before.at_rest:.0f}", f"${after.at_rest:.0f}")
            outage = any(one.outage for one in diff.interruptions)
            going_on = "**see there**" if diff.alarms else "go on"
            cells += [at_rest, _from_to(str(before.workers), str(after.workers)), "**stop**" if outage else going_on]
        yield f"| {' | '.join(cells)} |"
    yield ""


def _from_to(before: str, after: str) -> str:
    return before if before == after else f"{before} → {after}"


def _stack(diff: StackDiff) -> Iterator[str]:
    suffix = {"added": ", a new stack", "removed": ", which goes", "unknown": ", which cannot be planned"}
    yield from (f"## {code(diff.stack)}{suffix.get(state(diff), '')}", "")
    for problem in diff.problems:
        yield from (*block(problem.splitlines(), "text"), "")
    if diff.problems:
        return
    yield from _alerts(
        "CAUTION", [f"{alarm.kind} {code(alarm.name)} is **{alarm.action}**: {alarm.why}." for alarm in diff.alarms]
    )
    yield from _alerts("WARNING", [code(warning) for warning in diff.warnings])
    yield from (_summary(diff), "")
    if found := diff.interruptions:
        yield from ("What it does to requests:", "")
        yield from (f"- {one.what if ' ' in one.what else code(one.what)}: {one.text}" for one in found)
        yield ""
    yield from _costs(diff)
    yield from _secrets(diff)
    for action, title in TITLES.items():
        if members := diff.of(action):
            whole = diff.base is None or diff.head is None
            lines = _by_kind(members) if whole else _members(members)
            yield from folded(f"{title}: {len(members)}", lines)
    if renamed := diff.renamed:
        yield from folded(f"With another name or place, kept by an alias: {len(renamed)}", map(_renaming, renamed))


def _alerts(kind: str, texts: Sequence[str]) -> Iterator[str]:
    if texts:
        yield from (f"> [!{kind}]", *(f"> - {text}" for text in texts), "")


def _summary(diff: StackDiff) -> str:
    parts = [
        f"**{count} {action}**" if action is Action.REPLACED else f"{count} {action}"
        for action, count in diff.counts.items()
    ]
    text = f"{', '.join(parts)}." if parts else "No resource changes."
    if diff.default_tags_change:
        text += " The default tags change: AWS takes them in place, on all that has tags."
    return text


def _costs(diff: StackDiff) -> Iterator[str]:
    before, after = diff.costs
    rows: list[tuple[str, float, float]] = [
        ("a month at rest, without workers", before.at_rest, after.at_rest),
        ("an hour of workers, at least", before.workers.least, after.workers.least),
        ("an hour of workers, at most", before.workers.most, after.workers.most),
    ]
    unknown = [what for what in after.unknown if what not in before.unknown]
    if all(_dollars(old) == _dollars(new) for _, old, new in rows):
        workers = f"; workers {after.workers} an hour" if after.workers != Span(0, 0) else ""
        at_rest = f"about ${after.at_rest:.0f} a month at rest{workers}" if after.at_rest or workers else ""
        yield from (f"It costs what it did: {at_rest}.", "") if at_rest else ()
    else:
        yield from ("| cost | before | after | difference |", "|---|---|---|---|")
        for what, old, new in rows:
            difference = (
                f"**{'+' if new > old else '-'}{_dollars(abs(new - old))}**" if _dollars(old) != _dollars(new) else ""
            )
            yield f"| {what} | {_dollars(old)} | {_dollars(new)} | {difference} |"
        yield ""
    if unknown:
        yield from (f"The price of {', '.join(map(code, unknown))} is not known here.", "")


def _dollars(amount: float) -> str:
    return f"${amount:.2f}"


def _secrets(diff: StackDiff) -> Iterator[str]:
    if diff.secrets:
        yield from ("Secrets of the stack file, whose values nobody sees here:", "")
        yield from (f"- {code(one.key)} {SECRETS[one.action]}" for one in diff.secrets)
        yield ""


def _by_kind(members: Sequence[ResourceDiff]) -> Iterator[str]:
    counted = Counter(kind_of(diff.resource) for diff in members)
    yield ", ".join(f"{count} {kind}" for kind, count in sorted(counted.items()))


def _members(members: Sequence[ResourceDiff]) -> Iterator[str]:
    for diff in sorted(members, key=lambda diff: (kind_of(diff.resource), diff.resource.urn)):
        yield from MEMBERS[diff.action](diff)


def _renaming(diff: ResourceDiff) -> str:
    assert diff.old is not None  # noqa: S101 (it had another URN)
    before, after = (code(urn.split("::", 2)[2]) for urn in (diff.old.urn, diff.resource.urn))
    return f"- {before} → {after}"


def _heading(diff: ResourceDiff) -> str:
    namespace = (diff.resource.inputs.get("metadata") or {}).get("namespace")
    name = name_of(diff.resource)
    return f"**{kind_of(diff.resource)}** {code(f'{namespace}/{name}' if isinstance(namespace, str) else name)}"


def _created(diff: ResourceDiff) -> Iterator[str]:
    resource = diff.resource
    shown = manifest(resource) if resource.is_kubernetes_object else resource.inputs
    title = f"{kind_of(resource)} {name_of(resource)}"
    if not shown:
        yield from (f"{_heading(diff)}", "")
        return
    yield from folded(title, block(to_yaml(shortened(shown)).splitlines(), "yaml"))


def _deleted(diff: ResourceDiff) -> Iterator[str]:
    stays = ": it stays where it is, and Pulumi forgets it" if diff.stays else ""
    yield f"- {_heading(diff)}{stays}"


def _updated(diff: ResourceDiff) -> Iterator[str]:
    unknown = ", or replaced: which inputs of its type replace it is not known here" if diff.unknown_type else ""
    yield from (f"{_heading(diff)}{unknown}", "", *_changes(diff))


def _replaced(diff: ResourceDiff) -> Iterator[str]:
    reasons = ", ".join(_reason(force) for force in diff.forced_by)
    order = "; **the old one goes first**" if diff.deleted_first else ""
    yield from (f"{_heading(diff)} for {reasons}{order}", "", *_changes(diff))


MEMBERS: dict[Action, Callable[[ResourceDiff], Iterator[str]]] = {
    Action.REPLACED: _replaced,
    Action.DELETED: _deleted,
    Action.UPDATED: _updated,
    Action.CREATED: _created,
}


def _reason(force: Force) -> str:
    return f"{code(force.path)} (by {_short_urn(force.because)})" if force.because else code(force.path)


def _short_urn(urn: str) -> str:
    *_, qualified, name = urn.split("::")
    return f"{qualified.rpartition(':')[2]} {code(name)}"


def _changes(diff: ResourceDiff) -> Iterator[str]:
    assert diff.old is not None  # noqa: S101 (it is one that stays)
    assert diff.new is not None  # noqa: S101
    if diff.new.is_kubernetes_object and diff.old.is_kubernetes_object:
        lines = line_diff(to_yaml(shortened(manifest(diff.old))), to_yaml(shortened(manifest(diff.new))))
        if lines:
            yield from (*block(lines, "diff"), "")
        changes: Sequence[Change] = [one for one in diff.changes if one.because or one.old == one.new == SECRET]
    else:
        changes = diff.changes
    short = {change.path: _line(change) for change in changes}
    yield from (line for line in short.values() if line)
    yield ""
    for change in changes:
        if short[change.path] is None:
            yield from folded(change.path, block(line_diff(change.old, change.new), "diff"))


def _line(change: Change) -> str | None:
    if change.because:
        return f"- {code(change.path)}: another value, by {_short_urn(change.because)}"
    if change.old == change.new == SECRET:
        return f"- {code(change.path)}: a secret that comes from elsewhere, and so may be another"
    old, new = inline(change.old), inline(change.new)
    return f"- {code(change.path)}: {old} → {new}" if old and new else None
