"""A request's JSON, read once at the door: what no field of the API can mean is refused before anything works on it."""

import json
import math
from http import HTTPStatus
from typing import Any

from neuronserve.serving.openai_error import RefusalError

MAX_NESTING = 100
"""Objects and arrays in one another: vLLM takes schemas of 64 and some around them, OpenAI of 10. What is deeper ends
in some recursion, of which those in C end the process."""

INTEGERS = range(-(2**63), 2**64)
"""What vLLM can hand to its engine, in MessagePack."""

CONSTRAINTS = ("structured_outputs", "response_format", "tools", "text")
"""Fields that hold a grammar, or a schema that becomes one."""


def read_json(body: bytes) -> dict[str, Any] | None:
    """Return the object that a request's body is; None for what is no JSON: vLLM says what is wrong with it.

    Raises:
        RefusalError: it is JSON, and nobody can mean it.
    """
    try:
        content = json.loads(body, parse_constant=_refuse_constant)
    except RecursionError:
        raise _too_deep() from None
    except ValueError:
        return None
    if not isinstance(content, dict):
        raise RefusalError(HTTPStatus.BAD_REQUEST, "The request's body is JSON, but no object.")
    _check_values(content)
    return content


def is_constrained(request: dict[str, Any] | None) -> bool:
    """Return whether the answer has to follow a grammar or schema that the request brings."""
    return request is not None and any(request.get(field) for field in CONSTRAINTS)


def _check_values(content: dict[str, Any]) -> None:
    level: list[Any] = [content]
    for _ in range(MAX_NESTING + 1):
        below: list[Any] = []
        for value in level:
            match value:
                case dict():
                    below += value
                    below += value.values()
                case list():
                    below += value
                case str():
                    _check_text(value)
                case int() if value not in INTEGERS:
                    raise RefusalError(HTTPStatus.BAD_REQUEST, "The request has an integer of more than 64 bits.")
                case float() if not math.isfinite(value):
                    raise RefusalError(HTTPStatus.BAD_REQUEST, "The request has a number that is too large.")
        level = below
    if level:
        raise _too_deep()


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise RefusalError(
            HTTPStatus.BAD_REQUEST,
            "The request has a text with half a surrogate pair (\\ud800 to \\udfff), which is no character.",
        ) from None


def _refuse_constant(constant: str) -> None:
    raise RefusalError(HTTPStatus.BAD_REQUEST, f"The request has {constant}, which is no JSON.")


def _too_deep() -> RefusalError:
    return RefusalError(HTTPStatus.BAD_REQUEST, f"The request is nested more than {MAX_NESTING} levels deep.")
