"""Requests as nobody should send them: sound ones with something unsound in them, and what is none at all."""

import copy
import json
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

FEW = {"max_tokens": 2}
CHAT = {"messages": [{"role": "user", "content": "hi"}], **FEW}
SCHEMA = {"type": "object", "properties": {"a": {"type": "integer"}}}
TOOL = {"type": "function", "function": {"name": "f", "parameters": SCHEMA}}
SOUND: dict[str, list[dict[str, Any]]] = {
    "/v1/chat/completions": [
        CHAT,
        {**CHAT, "tools": [TOOL], "tool_choice": {"type": "function", "function": {"name": "f"}}},
        {**CHAT, "use_beam_search": True, "n": 2},
        {**CHAT, "response_format": {"type": "json_schema", "json_schema": {"name": "a", "schema": SCHEMA}}},
        {**CHAT, "logprobs": True, "top_logprobs": 2},
    ],
    "/v1/completions": [
        {"prompt": "hi", **FEW},
        {"prompt": [5, 6, 7], "n": 2, "seed": 1, **FEW},
        {"prompt": "hi", "logprobs": 1, "prompt_logprobs": 1, **FEW},
        {"prompt": "hi", "structured_outputs": {"regex": "a+"}, **FEW},
        {"prompt": "hi", "use_beam_search": True, "n": 2, **FEW},
    ],
    "/v1/responses": [{"input": "hi", "max_output_tokens": 2}],
    "/v1/messages": [CHAT],
    "/invocations": [{"prompt": "hi", **FEW}, CHAT],
    "/tokenize": [{"prompt": "hi"}, {"messages": CHAT["messages"]}],
    "/detokenize": [{"tokens": [5, 6]}],
}
FIELDS = [
    field
    for some in (
        "model messages prompt input tokens n seed top_k top_p min_p temperature stop stop_token_ids bad_words",
        "logprobs top_logprobs prompt_logprobs logit_bias allowed_token_ids min_tokens frequency_penalty",
        "presence_penalty repetition_penalty length_penalty use_beam_search echo suffix user tools tool_choice",
        "response_format structured_outputs stream stream_options kv_transfer_params vllm_xargs cache_salt",
        "request_id priority chat_template chat_template_kwargs documents add_generation_prompt",
        "continue_final_message truncate_prompt_tokens skip_special_tokens return_token_ids repetition_detection",
        "prompt_embeds mm_processor_kwargs reasoning_effort metadata json regex grammar choice structural_tag",
        "function name parameters type content role tool_calls format schema json_schema",
    )
    for field in some.split()
]

hostile = st.sampled_from(
    [
        *(None, True, False, 0, -1, 1, 1.5, -1.5, 1e308, 5e-324, 1e999, float("nan"), float("-inf")),
        *(2**31, 2**32, 2**63, 2**64, -(2**63) - 1, 10**30, "", "a", "5", "\ud800", "\x00", "(", "[", "{", "{{ 1/0 }}"),
        *("root ::= root", "a" * 20_000, "😀", [], {}, [[]], [{}], [None], [-1], [10**12], [5, "a"], ["\ud800"]),
        *(
            {"": None},
            {"a": {"b": [1, {"c": None}]}},
            {"type": "function"},
            {"type": "json_schema"},
            {"$ref": "#"},
            {"json": 5},
        ),
    ]
)
anything = hostile | st.recursive(
    hostile,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=3),
    max_leaves=6,
)


@dataclass(frozen=True)
class Shape:
    """One request: a path, headers and a body as it goes over the wire."""

    path: str
    headers: dict[str, str]
    body: bytes


@st.composite
def shapes(draw: st.DrawFn) -> Shape:
    """Return a sound request of which something has been replaced, added, broken or said wrongly."""
    path = draw(st.sampled_from(sorted(SOUND)))
    request: Any = json.loads(json.dumps(draw(st.sampled_from(SOUND[path]))))
    for _ in range(draw(st.integers(1, 3))):
        _spoil(draw, request)
    body = json.dumps(request, ensure_ascii=draw(st.booleans())).encode(errors="surrogatepass")
    headers = {"Content-Type": "application/json"}
    match draw(st.sampled_from(["json"] * 7 + ["encoding", "type", "cut", "raw", "deep"])):
        case "encoding":
            headers["Content-Encoding"] = draw(st.sampled_from(["gzip", "br", "deflate", "identity"]))
        case "type":
            types = ["text/plain", "multipart/form-data; boundary=x", "application/json; charset=latin-1"]
            headers["Content-Type"] = draw(st.sampled_from(types))
        case "cut":
            body = body[: draw(st.integers(0, len(body)))]
        case "raw":
            known = [b"null", b"[]", b"5", b"\xff\xfe", b"\xef\xbb\xbf{}"]
            body = draw(st.binary(max_size=50) | st.sampled_from(known))
        case "deep":
            levels = draw(st.sampled_from([50, 150, 900, 30_000]))
            body = b'{"prompt": ' + b'{"a": [' * levels + b"]}" * levels + b"}"
    return Shape(path, headers, body)


def _spoil(draw: st.DrawFn, request: Any) -> None:
    """Replace or add one value, at the top or inside."""
    place = request
    while True:
        children = list(place.values() if isinstance(place, dict) else place)
        inner = [child for child in children if isinstance(child, dict | list) and child]
        if not inner or draw(st.booleans()):
            break
        place = draw(st.sampled_from(inner))
    if isinstance(place, list):
        place[draw(st.integers(0, len(place) - 1))] = copy.deepcopy(draw(anything))  # to be spoilt in its turn
    else:
        place[draw(st.sampled_from([*place, *FIELDS]))] = copy.deepcopy(draw(anything))
