"""Differences of inputs, property by property."""

import json
from typing import Any

import pytest

from neuronserve.review.diff.properties import ABSENT, Change, changes


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ({"a": {"b": 1}}, {"a": {"b": 2}}, [Change("a.b", 1, 2)]),
        ({"a": 1}, {"a": True}, [Change("a", 1, True)]),
        ({}, {"a/b.c": 1}, [Change('["a/b.c"]', ABSENT, 1)]),
        ({"a": [1, 2]}, {"a": [1, 3]}, [Change("a[1]", 2, 3)]),
        ({"a": [1]}, {"a": [1, 3]}, [Change("a", [1], [1, 3])]),
        (
            {"env": [{"name": "A", "value": 1}, {"name": "B", "value": 1}]},
            {"env": [{"name": "B", "value": 2}, {"name": "C", "value": 3}]},
            [
                Change("env[name=A]", {"name": "A", "value": 1}, ABSENT),
                Change("env[name=B].value", 1, 2),
                Change("env[name=C]", ABSENT, {"name": "C", "value": 3}),
            ],
        ),
        (
            {"l": [{"key": "a"}, {"key": "b"}]},
            {"l": [{"key": "b"}, {"key": "a"}]},
            [Change("l", ["a", "b"], ["b", "a"])],
        ),
        (
            {"policy": json.dumps({"Statement": [{"Sid": "A", "Action": "s3:Get"}]})},
            {"policy": json.dumps({"Statement": [{"Sid": "A", "Action": "s3:Put"}]})},
            [Change("policy.Statement[Sid=A].Action", "s3:Get", "s3:Put")],
        ),
        ({"policy": '{"a": 1}'}, {"policy": '{"a":1}'}, [Change("policy", '{"a": 1}', '{"a":1}')]),
        ({"a": 1}, {"a": 1}, []),
    ],
)
def test_changes(old: Any, new: Any, expected: list[Change]) -> None:
    assert list(changes(old, new)) == expected
