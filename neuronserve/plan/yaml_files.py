"""YAML files as Pulumi reads them: nothing in them but what JSON has, and as small as it looks."""

import math
import re
from pathlib import Path
from typing import Any

import yaml

from neuronserve.plan.errors import ProjectError
from neuronserve.plan.yaml_scalars import Scalar, scalar

MOST_LEVELS = 64
TOO_DEEP = f"more than {MOST_LEVELS} levels are in each other"
MOST_VALUES = 50_000
"""Values in a file, each alias counted as what it stands for."""

LARGEST_NUMBER = 2**53
"""Beyond it not every whole number is one in JSON, which Pulumi hands values on as."""

UNFINISHED = (0, 0)

NOT_TEXT = re.compile(r"[\x00\ud800-\udfff]")
"""What can be escaped in YAML, and is in no file name, no object of Kubernetes and no message."""

TAG = "tag:yaml.org,2002:"
TAGS = {str: "str", bool: "bool", int: "int", float: "float", type(None): "null"}
"""Tags by type, a boolean before an integer, which it is to Python."""

NOT_JSON = ("binary", "omap", "pairs", "set")
"""Types that YAML has and JSON has not."""


class Loader(yaml.SafeLoader):
    """Refuses what PyYAML would drop or change, never come to the end of, or make of what JSON does not have."""

    depth = 0

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Return the next node."""
        self.depth += 1
        if self.depth > MOST_LEVELS:
            raise _mistake(TOO_DEEP, self.peek_event())  # type: ignore[no-untyped-call]
        node = super().compose_node(parent, index)
        self.depth -= 1
        return node

    def get_single_node(self) -> yaml.Node | None:
        """Return the document."""
        document = super().get_single_node()
        if document is not None:
            _measure(document, {})
        return document

    def resolve(self, kind: type[yaml.Node], value: str | None, implicit: Any) -> str:
        """Return the tag of a node that has none."""
        if kind is yaml.ScalarNode and implicit[0]:
            return _tag(scalar(value or ""), value or "")
        return str(super().resolve(kind, value, implicit))  # type: ignore[no-untyped-call]

    def construct_plain(self, node: yaml.ScalarNode) -> Scalar:
        """Return what a scalar stands for that is not a text."""
        value = scalar(node.value)
        if isinstance(value, str) and node.tag != f"{TAG}timestamp":
            raise _mistake(f"{node.value[:40]!r} is not of type {node.tag.removeprefix(TAG)}", node)
        return value

    def construct_object(self, node: yaml.Node, deep: bool = False) -> Any:
        """Return what a node says."""
        value = super().construct_object(node, deep)
        if isinstance(value, float) and not math.isfinite(value):
            raise _mistake(f"{node.value} is not a finite number", node)
        if isinstance(value, int) and abs(value) > LARGEST_NUMBER:
            raise _mistake(f"a number here is beyond {LARGEST_NUMBER}: write it in quotes if it is a text", node)
        return value

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        """Return a mapping."""
        seen = set()
        for key, _ in node.value:
            if isinstance(key, yaml.ScalarNode) and key.value in seen:
                raise _mistake(f"{key.value} is set twice", node)
            seen |= {key.value} if isinstance(key, yaml.ScalarNode) and key.value != "<<" else set()
        mapping: dict[Any, Any] = super().construct_mapping(node, deep)
        for key in mapping:
            if not isinstance(key, str):
                raise _mistake(f"the key {key} is not text: write it in quotes", node)
        return mapping


def _tag(value: Scalar, text: str) -> str:
    if text == "<<":
        return f"{TAG}merge"
    if isinstance(value, str) and value != text:
        return f"{TAG}timestamp"
    return TAG + next(name for type_, name in TAGS.items() if isinstance(value, type_))


for _name in ("bool", "int", "float", "null", "timestamp"):
    Loader.add_constructor(f"{TAG}{_name}", Loader.construct_plain)
for _name in NOT_JSON:
    Loader.add_constructor(f"{TAG}{_name}", yaml.SafeLoader.construct_undefined)  # type: ignore[type-var]


def load_yaml(file: Path, loader: type[Loader] = Loader) -> dict[str, Any]:
    """Return the mapping in a file, an empty one if there is nothing in it.

    Raises:
        ProjectError: there is no such file, or it holds something else.
    """
    try:
        document = yaml.load(file.read_text(encoding="utf-8"), loader)  # noqa: S506 (a safe one)
    except FileNotFoundError:
        raise ProjectError([f"{file} does not exist."]) from None
    except UnicodeDecodeError:
        raise ProjectError([f"{file} is not text in UTF-8."]) from None
    except OSError as error:
        raise ProjectError([f"{file} cannot be read: {error.strerror}."]) from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise ProjectError([f"{file}, line {line}: this is not YAML that Pulumi takes: {error.problem}."]) from None
    except yaml.YAMLError as error:
        raise ProjectError([f"{file} is not YAML: {error}."]) from None
    if not isinstance(document or {}, dict):
        raise ProjectError([f"{file} is not a mapping of keys to values."])
    return document or {}


def _mistake(problem: str, at: Any) -> yaml.MarkedYAMLError:
    return yaml.constructor.ConstructorError(None, None, problem, at.start_mark)


def _measure(node: yaml.Node, known: dict[int, tuple[int, int]]) -> tuple[int, int]:
    """Return how many values a node stands for, and in how many levels; ``known`` has those of others, by their id."""
    if id(node) in known:
        if known[id(node)] == UNFINISHED:
            raise _mistake("this is part of itself", node)
        return known[id(node)]
    known[id(node)] = UNFINISHED
    children: list[yaml.Node] = []
    if isinstance(node, yaml.MappingNode):
        children = [part for pair in node.value for part in pair]
    elif isinstance(node, yaml.SequenceNode):
        children = node.value
    elif NOT_TEXT.search(node.value):
        raise _mistake("a character here is in no text", node)
    values, levels = 1, 1
    for child in children:
        more, deeper = _measure(child, known)
        values, levels = values + more, max(levels, deeper + 1)
    if values > MOST_VALUES:
        raise _mistake(f"more than {MOST_VALUES} values are here, with all that aliases stand for", node)
    if levels > MOST_LEVELS:
        raise _mistake(TOO_DEEP, node)
    known[id(node)] = values, levels
    return known[id(node)]
