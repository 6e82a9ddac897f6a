"""Requests that ended the engine, or were answered as if the server were at fault."""

import gzip
import json
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from .conftest import API_KEY, Server, constrained
from .request_shapes import CHAT
from .test_api_fuzz import check, engine_processes

PROMPT = {"prompt": "One, two,", "max_tokens": 3}
NAMED = {"type": "function", "function": {"name": "f"}}
REFUSAL = {
    "type": "message",
    "role": "assistant",
    "id": "msg_1",
    "status": "completed",
    "content": [{"type": "refusal", "refusal": "No."}],
}
GRAMMAR = {"structured_outputs": {"grammar": "root ::= root"}}
DEADLINE_S = 60


@pytest.fixture(scope="module")
def http(server: Server) -> Iterator[httpx.Client]:
    headers = {"Authorization": f"Bearer {API_KEY}", "Content-Type": "application/json"}
    with httpx.Client(base_url=server.origin, headers=headers, timeout=DEADLINE_S) as client:
        yield client


@pytest.mark.parametrize(
    ("path", "request_"),
    [
        ("completions", PROMPT | {"logprobs": 2}),
        ("completions", PROMPT | {"prompt_logprobs": 2}),
        ("completions", PROMPT | {"logprobs": 1, "n": 2}),
        ("completions", PROMPT | {"use_beam_search": True, "n": 2}),
        ("chat/completions", CHAT | {"model": None, "use_beam_search": True, "n": 2, "max_tokens": 3}),
        ("chat/completions", CHAT | {"logprobs": True, "top_logprobs": 3}),
    ],
)
def test_without_a_compiler_there_are_log_probabilities(
    http: httpx.Client, path: str, request_: dict[str, Any]
) -> None:
    before = engine_processes()
    answer = http.post(f"/v1/{path}", json=request_)
    assert answer.status_code == 200, answer.text
    assert engine_processes() == before


@pytest.mark.parametrize(
    ("path", "request_"),
    [
        *(("/v1/completions", PROMPT | {"structured_outputs": value}) for value in (5, "a", [], True)),
        *(("/v1/chat/completions", CHAT | {"structured_outputs": value}) for value in (5, "a")),
        ("/invocations", PROMPT | {"structured_outputs": 5}),
        ("/v1/chat/completions", CHAT | {"tools": [{}], "tool_choice": NAMED}),
        ("/v1/chat/completions", CHAT | {"tools": [{"type": "function", "function": {}}], "tool_choice": NAMED}),
        ("/v1/completions", PROMPT | {"top_k": 2**64}),
        ("/v1/chat/completions", CHAT | {"stream_interval": 10**30}),
        ("/v1/completions", PROMPT | {"vllm_xargs": {"a": 10**30}}),
        ("/v1/completions", PROMPT | {"stop": ["\ud800"]}),
        ("/v1/completions", PROMPT | {"bad_words": ["\ud800"]}),
        ("/v1/chat/completions", CHAT | {"kv_transfer_params": {"a": "\udfff"}}),
        ("/v1/chat/completions", CHAT | {"use_beam_search": True, "n": 2, "length_penalty": -1e308}),
        pytest.param("/v1/completions", PROMPT | GRAMMAR, marks=constrained),
        pytest.param("/v1/completions", PROMPT | {"structured_outputs": {"json": {"$ref": "#"}}}, marks=constrained),
        ("/v1/completions", PROMPT | {"prompt": [5, -1]}),
        ("/v1/completions", PROMPT | {"stop_token_ids": [10**6], "min_tokens": 1}),
        ("/v1/completions", PROMPT | {"temperature": float("nan")}),
        ("/v1/completions", PROMPT | {"logit_bias": {"1": float("inf")}}),
        ("/v1/responses", {"input": [REFUSAL]}),
        ("/scale_elastic_ep", None),
        ("/scale_elastic_ep", [5]),
    ],
)
def test_a_request_is_told_its_own_fault(http: httpx.Client, path: str, request_: Any) -> None:
    before = engine_processes()
    answer = http.post(path, content=json.dumps(request_))
    assert answer.status_code == 400, answer.text
    check(answer.status_code, answer.content)
    assert engine_processes() == before


@pytest.mark.parametrize("path", ["/v1/completions", "/v1/chat/completions", "/invocations", "/tokenize"])
@pytest.mark.parametrize("levels", [101, 900, 30_000])
def test_deep_json_is_refused_everywhere(http: httpx.Client, path: str, levels: int) -> None:
    answer = http.post(path, content=b'{"prompt": ' + b"[" * levels + b"]" * levels + b"}")
    assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request_error")


@pytest.mark.parametrize(
    "body", [b"{", b"\xff\xfe\x00", b'{"prompt": "\xff"}', gzip.compress(b'{"prompt": "a"}', mtime=0)]
)
def test_what_cannot_be_read_is_refused(http: httpx.Client, body: bytes) -> None:
    answer = http.post("/v1/completions", content=body, headers={"Content-Encoding": "gzip"})
    assert answer.status_code == 400
    check(answer.status_code, answer.content)


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/completions"), ("GET", "/nowhere"), ("DELETE", "/tokenize")])
def test_where_nothing_is_the_answer_has_the_shape_too(http: httpx.Client, method: str, path: str) -> None:
    answer = http.request(method, path)
    assert answer.status_code in (404, 405)
    check(answer.status_code, answer.content)
