"""What is refused of a request's JSON before anything works on it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuronserve.serving.openai_error import RefusalError
from neuronserve.serving.request_json import MAX_NESTING, is_constrained, read_json

harmless = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
)


def nested(levels: int) -> bytes:
    return b'{"a":' * levels + b"1" + b"}" * levels


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), harmless))
def test_what_can_be_meant_is_read(request_: dict[str, Any]) -> None:
    assert read_json(json.dumps(request_).encode()) == request_


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (nested(MAX_NESTING + 1), "is nested more than 100 levels deep"),
        (b'{"a":' + b"[" * 200_000, "is nested more than 100 levels deep"),
        (b'{"temperature": NaN}', "has NaN, which is no JSON"),
        (b'{"logit_bias": {"1": -Infinity}}', "has -Infinity, which is no JSON"),
        (b'{"temperature": 1e999}', "has a number that is too large"),
        (b'{"top_k": 18446744073709551616}', "has an integer of more than 64 bits"),
        (b'{"vllm_xargs": {"a": [-9223372036854775809]}}', "has an integer of more than 64 bits"),
        (b'{"stop": ["\\ud800"]}', "has a text with half a surrogate pair"),
        (b'{"\\udfff": 1}', "has a text with half a surrogate pair"),
        (b"null", "is JSON, but no object"),
        (b"[{}]", "is JSON, but no object"),
    ],
)
def test_what_nobody_means_is_refused(body: bytes, says: str) -> None:
    with pytest.raises(RefusalError, match=says) as refused:
        read_json(body)
    assert refused.value.status == 400


@pytest.mark.parametrize("body", [nested(MAX_NESTING), b'{"a": "\\ud83d\\ude00"}', b'{"seed": 18446744073709551615}'])
def test_what_is_just_possible_is_read(body: bytes) -> None:
    assert read_json(body) == json.loads(body)


@pytest.mark.parametrize("body", [b"", b"{", b"\xff\xfe\xfd", b"--boundary\r\n", b'{"a": ' + b"9" * 5000 + b"}"])
def test_what_is_no_json_is_left_to_vllm(body: bytes) -> None:
    assert read_json(body) is None


def test_a_schema_or_a_tool_is_a_constraint() -> None:
    assert is_constrained({"structured_outputs": {"regex": "a"}})
    assert is_constrained({"messages": [], "tools": [{}]})
    assert not is_constrained({"prompt": "On", "tools": []})
    assert not is_constrained(None)
