"""Fields of pods in Kubernetes' own words and shapes, such as labels and tolerations, and what is wrong with them.

The API server says the same, but of a RayService only once KubeRay makes its pods.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Annotated, Any

from pydantic import BeforeValidator

from neuronserve.settings.syntax import DNS_1123_SUBDOMAIN, LABEL_VALUE, VARIABLE, is_label_key
from neuronserve.settings.types import Json, text

LABEL_KEY_FORM = (
    "letters, digits and -_. (at most 63, a letter or digit at both ends), after a domain in lower case and / if it "
    "belongs to one"
)
LABEL_VALUE_FORM = "at most 63 letters, digits and -_., with a letter or digit at both ends"

EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
TOLERATION_KEYS = ("key", "operator", "value", "effect", "tolerationSeconds")
"""https://kubernetes.io/docs/concepts/scheduling-eviction/taint-and-toleration/"""

SOURCES = ("secretRef", "configMapRef")
SOURCE_FORM = "{secretRef: {name: my-secret}}, or configMapRef"
"""What ``envFrom`` takes variables from."""


def _with_text_value(toleration: object) -> object:
    # `pulumi config set --path tolerations[0].value true` writes a boolean.
    if isinstance(toleration, Mapping) and isinstance(toleration.get("value"), bool | int | float):
        return {**toleration, "value": text(toleration["value"])}
    return toleration


Toleration = Annotated[Json, BeforeValidator(_with_text_value)]
"""A toleration as Kubernetes writes it: key, operator, value, effect, tolerationSeconds."""


def label_problems(labels: Mapping[str, str], setting: str) -> list[str]:
    """Return what is wrong with labels, or with a selector of them; ``setting`` is where the user wrote them."""
    return [
        f"{setting} has the key {key!r}; it should be {LABEL_KEY_FORM}." for key in labels if not is_label_key(key)
    ] + [
        f"{setting} gives {key} the value {value!r}; it should be {LABEL_VALUE_FORM}, or empty."
        for key, value in labels.items()
        if not LABEL_VALUE.fullmatch(value)
    ]


def annotation_problems(annotations: Iterable[str], setting: str) -> list[str]:
    """Return what is wrong with the keys of annotations."""
    return [
        f"{setting} has the key {key!r}; it should be {LABEL_KEY_FORM}."
        for key in annotations
        if not is_label_key(key.lower())
    ]


def variable_problems(variables: Iterable[str], setting: str) -> list[str]:
    """Return which environment variables have no name that every Kubernetes takes."""
    return [
        f"{setting} has the name {name!r}; it should hold only letters, digits and _-., and not start with a digit."
        for name in variables
        if not VARIABLE.fullmatch(name)
    ]


def source_problems(sources: Iterable[Mapping[str, Any]], setting: str) -> list[str]:
    """Return what is wrong with sources of environment variables."""
    return [
        f"{setting} has {_shown(source)}; it should be like {SOURCE_FORM}, with a prefix if it has to have one."
        for source in sources
        if not _is_source(source)
    ]


def _is_source(source: Mapping[str, Any]) -> bool:
    kinds = [kind for kind in SOURCES if kind in source]
    if len(kinds) != 1 or source.keys() - {*kinds, "prefix"}:
        return False
    of, prefix = source[kinds[0]], source.get("prefix", "")
    return (
        isinstance(of, Mapping)
        and not of.keys() - {"name", "optional"}
        and isinstance(of.get("name"), str)
        and bool(DNS_1123_SUBDOMAIN.fullmatch(of["name"]))
        and isinstance(of.get("optional", False), bool)
        and isinstance(prefix, str)
        and (not prefix or bool(VARIABLE.fullmatch(prefix)))
    )


def toleration_problems(tolerations: Iterable[Mapping[str, Any]], setting: str) -> list[str]:
    """Return what is wrong with tolerations."""
    return [
        f"{setting} has {_shown(toleration)}: {wrong}" for toleration in tolerations for wrong in _wrong(toleration)
    ]


def _wrong(toleration: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is wrong with a toleration, as ``ValidateTolerations`` of Kubernetes has it."""
    if unknown := sorted(toleration.keys() - set(TOLERATION_KEYS)):
        yield f"{', '.join(unknown)} is unknown. A toleration has {', '.join(TOLERATION_KEYS)}."
        return
    key, operator = toleration.get("key", ""), toleration.get("operator", "Equal")
    value, effect = toleration.get("value", ""), toleration.get("effect", "")
    if operator not in ("Equal", "Exists"):
        yield "its operator should be Equal (key and value are those of the taint) or Exists (the key is)."
    elif operator == "Exists" and value:
        yield "with operator Exists it has no value. Remove one of the two."
    elif not key and operator != "Exists":
        yield "without a key it tolerates every taint, and its operator should say so by being Exists."
    if key and not (isinstance(key, str) and is_label_key(key)):
        yield f"its key should be {LABEL_KEY_FORM}."
    if not (isinstance(value, str) and LABEL_VALUE.fullmatch(value)):
        yield f"its value should be {LABEL_VALUE_FORM}, or empty."
    if effect and effect not in EFFECTS:
        yield f"its effect should be {', '.join(EFFECTS[:-1])} or {EFFECTS[-1]}, or be left out for all of them."
    seconds = toleration.get("tolerationSeconds")
    if seconds is None:
        return
    if not isinstance(seconds, int) or isinstance(seconds, bool):
        yield "its tolerationSeconds should be a whole number."
    elif effect != "NoExecute":
        yield "it has tolerationSeconds, which are those of effect NoExecute. Set that, or remove them."


def _shown(item: Mapping[str, Any]) -> str:
    return "{" + ", ".join(f"{key}: {value}" for key, value in item.items()) + "}"
