"""A kind of thing in AWS that can be left: how it is found, and how it goes."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from neuronserve.cleanup.deadline import Deadline
from neuronserve.cleanup.leftover import Kept, Leftover
from neuronserve.cleanup.scope import Scope
from neuronserve.preflight.aws import Aws
from neuronserve.preflight.refusals import DENIED, AwsError

GONE = ("NotFound", "NotFoundException")
"""How AWS's names of errors end that say that there is no such thing: ``InvalidVolume.NotFound``, for example."""


@dataclass(frozen=True)
class Kind:
    """A kind of thing."""

    name: str
    """In the plural."""
    find: Callable[[Aws, Scope], Iterator[Leftover]]
    """Yields those of a stack; raises RefusedError where AWS does not say."""
    remove: Callable[[Aws, Sequence[Leftover], Deadline], Kept]
    """Deletes them, waits until they are gone, and returns those that are not. What has gone already is no mistake."""


def tags_of(thing: dict[str, Any]) -> dict[str, str]:
    """Return the tags of a thing as AWS's APIs have it."""
    return {tag["Key"]: tag["Value"] for tag in thing.get("Tags", ())}


def by_tag(key: str, value: str) -> list[dict[str, Any]]:
    """Return the filter of EC2's API for a tag."""
    return [{"Name": f"tag:{key}", "Values": [value]}]


def tagged(
    aws: Aws, action: str, things: str, identifier: str, tags: dict[str, str], *more: dict[str, Any]
) -> dict[str, dict[str, Any]]:
    """Return, by their ids, things of EC2 that have one of some tags.

    Args:
        aws: the account.
        action: what lists them.
        things: what the answer calls them.
        identifier: what it calls their ids.
        tags: keys, each with its value.
        more: filters besides.
    """
    return {
        one[identifier]: one
        for key, value in tags.items()
        for one in aws.pages(action, things, Filters=[*by_tag(key, value), *more])
    }


def each(leftovers: Iterable[Leftover], remove: Callable[[Leftover], object]) -> Kept:
    """Ask for the end of each; one that AWS refuses keeps no other."""
    kept: Kept = {}
    for one in leftovers:
        try:
            remove(one)
        except AwsError as error:
            if not error.code.endswith(GONE):
                kept[one.key] = why(error)
    return kept


def why(error: AwsError) -> str:
    """Return why AWS does not do what it was asked."""
    return f"needs action {error.action}" if error.code in DENIED else str(error)


def awaited(leftovers: Iterable[Leftover], kept: Kept, wait: Callable[[list[str]], bool]) -> Kept:
    """Return what is kept, and with it all others that do not go in time.

    Args:
        leftovers: what was asked to go.
        kept: what AWS refused to let go.
        wait: waits for those with these ids, and tells whether they have gone.
    """
    going = [one for one in leftovers if one.key not in kept]
    if not going or wait([one.id for one in going]):
        return kept
    return {one.key: "it has not gone in time" for one in going} | kept
