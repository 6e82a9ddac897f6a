"""Names that several components of a program have to say alike, as nothing else would notice until nodes fail to come.

What a component makes is offered, what another one names is asked for: an output of the first is right by itself, and
a text that none has offered is warned of. Only a warning, as it may be meant for something that another program made.
"""

from dataclasses import dataclass, field
from enum import Enum
from weakref import WeakKeyDictionary

import pulumi
from pulumi.runtime import get_root_resource

from neuronserve.settings import when_known


class Agreed(Enum):
    """What has to be said alike: what it is called, by what output of what it is had, and what comes of another."""

    DISCOVERY_TAG = (
        "discovery tag",
        "the output discovery_tag of the Network",
        "Karpenter would find no subnet for the nodes, and none would ever start",
    )
    CLUSTER_NAME = (
        "cluster name",
        "the output name of the Cluster",
        "What is made for the one does nothing in the other",
    )


@dataclass
class _Said:
    """What has been said in one run of a program."""

    offered: dict[Agreed, dict[str, pulumi.Input[str]]] = field(default_factory=dict)
    warned: set[tuple[Agreed, str]] = field(default_factory=set)


_programs: "WeakKeyDictionary[pulumi.Resource, _Said]" = WeakKeyDictionary()


def offer(what: Agreed, value: pulumi.Input[str], of: str) -> None:
    """Note what a component, such as ``Network net``, makes others say."""
    if said := _said():
        said.offered.setdefault(what, {})[of] = value


def ask(what: Agreed, value: pulumi.Input[str] | None, setting: str, of: str) -> None:
    """Warn of a text for which the program has made others, and none that is the same.

    Args:
        what: what it is.
        value: what a component is given.
        setting: the argument.
        of: whose, such as ``NodePool inf2``.
    """
    said = _said()
    if said is None or not isinstance(value, str) or not (offered := said.offered.get(what)):
        return
    asked, run = value, said

    def compare(there: dict[str, str]) -> None:
        if asked in there.values() or (what, asked) in run.warned:
            return
        run.warned.add((what, asked))
        name, output, consequence = what.value
        others = " and ".join(f"that of {one} is {other!r}" for one, other in there.items())
        pulumi.log.warn(
            f"{of}: {setting} is {asked!r}, a {name} that nothing in this program has: {others}. {consequence}. "
            f"Set {setting} to {output}, unless another program makes what is meant."
        )

    when_known(compare, offered)


def _said() -> _Said | None:
    """Return what the program has said that runs; None where none does, as in a test with mocks."""
    root = get_root_resource()
    return None if root is None else _programs.setdefault(root, _Said())
