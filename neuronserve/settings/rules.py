"""Rules that settings have to keep, applied so that one mistake is reported once."""

from collections.abc import Callable, Collection, Iterable
from typing import Any, NamedTuple

from neuronserve.settings.settings import SettingNames


class Rule(NamedTuple):
    """One rule: the paths of the settings that it reads, and what finds where they break it."""

    reads: tuple[str, ...]
    find: Callable[[Any, SettingNames], list[str]]
    """From settings of the right types, and how the user writes them, to messages: what is set, what would be right."""


def broken_rules(
    rules: Iterable[Rule], settings: Any, names: SettingNames, unusable: Collection[str] = frozenset()
) -> list[str]:
    """Return everything that is wrong with settings, one message each.

    Args:
        rules: the rules to apply.
        settings: settings that have the right types.
        names: how the user writes them.
        unusable: paths known to be wrong already; no rule that reads one of them is applied.
    """
    return [
        problem
        for rule in rules
        if not any(_overlap(read, wrong) for read in rule.reads for wrong in unusable)
        for problem in rule.find(settings, names)
    ]


def _overlap(path: str, other: str) -> bool:
    return path == other or path.startswith(f"{other}.") or other.startswith(f"{path}.")
