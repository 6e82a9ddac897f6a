"""Rules that settings have to keep, applied so that no mistake is reported twice and none hides another.

A rule is a function of settings, and of how the user writes them, to messages: what is set, what would be right, what
to change. What a rule reads is noted while it runs: its messages are dropped where it read a value that is known to be
wrong and for which a default or stand-in was put. So a rule should be about one thing. A rule that needs a value which
is known only later, by :func:`~neuronserve.settings.later.known`, has no say until then.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from typing import Any

from neuronserve.settings.base import Settings, nested_fields, recorded_reads
from neuronserve.settings.later import NotKnownYetError
from neuronserve.settings.names import MapKey, Path, SettingNames

Rule = Callable[[Any, SettingNames], list[str]]


def broken_rules(
    rules: Iterable[Rule], settings: Settings, names: SettingNames, unusable: Collection[Path] = frozenset()
) -> list[str]:
    """Return everything that is wrong with settings, one message each.

    Args:
        rules: the rules to apply.
        settings: settings that have the right types.
        names: how the user writes them.
        unusable: paths known to be wrong already; no rule that reads one of them has a say.
    """
    paths = {id(holder): path for path, holder in _holders(settings, ())}
    problems: list[str] = []
    for rule in rules:
        with recorded_reads() as reads:
            try:
                found = rule(settings, names)
            except NotKnownYetError:
                continue
        read = {(*paths[holder], name) for holder, name in reads if holder in paths}
        if not any(path[: len(wrong)] == wrong for path in read for wrong in unusable):
            problems += found
    return problems


def below(unusable: Collection[Path], *start: str) -> frozenset[Path]:
    """Return the paths below a start, from there on."""
    return frozenset(path[len(start) :] for path in unusable if path[: len(start)] == start)


def _holders(settings: Settings, path: Path) -> Iterator[tuple[Path, Settings]]:
    """Yield settings and all that they hold, with their paths."""
    yield path, settings
    for name, held in nested_fields(type(settings)).items():
        value = getattr(settings, name)
        if value is None:
            continue
        entries = {(name, MapKey(key)): entry for key, entry in value.items()} if held.is_map else {(name,): value}
        for place, entry in entries.items():
            yield from _holders(entry, (*path, *place))
