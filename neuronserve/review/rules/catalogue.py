"""All rules, in the order in which a reader should hear of them."""

from neuronserve.review.rules import (
    buckets,
    encryption,
    exposure,
    instance_metadata,
    limits,
    permissions,
    places,
    protection,
    tags,
    versions,
)

RULES = (
    exposure.RULE,
    buckets.RULE,
    permissions.RULE,
    instance_metadata.RULE,
    encryption.RULE,
    protection.RULE,
    limits.RULE,
    places.RULE,
    versions.RULE,
    tags.RULE,
)
