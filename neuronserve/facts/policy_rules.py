"""The names of the rules that a plan is held to, by which a stack file makes exceptions from them."""

from enum import StrEnum


class RuleId(StrEnum):
    """The rules: :mod:`neuronserve.review.rules` has what each looks at, and why."""

    OPEN_TO_THE_WORLD = "open-to-the-world"
    INSTANCE_METADATA = "instance-metadata"
    UNENCRYPTED = "unencrypted"
    BROAD_PERMISSIONS = "broad-permissions"
    NO_LIMIT = "no-limit"
    UNPINNED = "unpinned"
    UNTAGGED = "untagged"
    PUBLIC_BUCKET = "public-bucket"
    UNPROTECTED = "unprotected"
    NO_PLACE = "no-place"
