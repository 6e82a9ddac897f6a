"""The syntax of the names that users choose: of Kubernetes objects and of container images."""

import re

DNS_1035_LABEL = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
"""The name of a Service or RayService (https://kubernetes.io/docs/concepts/overview/working-with-objects/names/)."""

DNS_1123_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
"""The name of a namespace."""

DNS_1123_SUBDOMAIN = re.compile(r"(?=.{1,253}\Z)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*")
"""The name of a Secret, and of a scheduler."""

LABEL_VALUE = re.compile(r"([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?")
"""https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set"""


def is_label_key(key: str) -> bool:
    """Return whether a text can be the key of a label, a taint or a node selector; of an annotation in any case."""
    prefix, slash, name = key.rpartition("/")
    return bool(name and LABEL_VALUE.fullmatch(name) and (not slash or DNS_1123_SUBDOMAIN.fullmatch(prefix)))


VARIABLE = re.compile(r"[-._a-zA-Z][-._a-zA-Z0-9]*")
"""The name of an environment variable that every version of Kubernetes takes (1.34 and later take more)."""

_HOST_PART = r"[a-zA-Z0-9] (?:[a-zA-Z0-9-]*[a-zA-Z0-9])?"
_HOST = rf"{_HOST_PART} (?:\.{_HOST_PART})* (?::[0-9]+)?"
_REPOSITORY_PART = r"[a-z0-9]+ (?:(?:\.|_|__|-+)[a-z0-9]+)*"
_TAG = r"\w[\w.-]{0,127}"
_DIGEST = r"[A-Za-z][A-Za-z0-9]* (?:[+._-][A-Za-z][A-Za-z0-9]*)* : [0-9a-fA-F]{32,}"

REGISTRY = re.compile(rf"{_HOST} (?:/{_REPOSITORY_PART})* /?", re.ASCII | re.VERBOSE)
"""A registry, and a path that repositories have in common."""

IMAGE = re.compile(
    rf"(?:{_HOST}/)? {_REPOSITORY_PART} (?:/{_REPOSITORY_PART})* (?::{_TAG})? (?:@{_DIGEST})?",
    re.ASCII | re.VERBOSE,
)
"""A reference to a container image (https://pkg.go.dev/github.com/distribution/reference)."""
