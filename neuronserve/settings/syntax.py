"""The syntax of the names that users choose: of Kubernetes objects and of container images."""

import re

DNS_1035_LABEL = re.compile(r"[a-z]([-a-z0-9]{0,61}[a-z0-9])?")
"""The name of a Service or RayService (https://kubernetes.io/docs/concepts/overview/working-with-objects/names/)."""

DNS_1123_LABEL = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?")
"""The name of a namespace."""

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
