"""Which exceptions a request has caused, and what becomes of them and of the others."""

import asyncio
import logging
from typing import Any

import pytest
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, model_validator
from starlette.requests import Request
from starlette.responses import JSONResponse

from neuronserve.serving.bounded_queue import BoundedQueueMiddleware
from neuronserve.serving.request_faults import answer_faults
from tests.serving.asgi import Answer, ask

SECRET = "what only the client may see"


class EngineFailureError(Exception):
    """As vLLM's: raised from whatever handing a request to the engine raises."""


class UnfollowedError(Exception):
    """As vLLM's: the engine gives up one request."""


class Asked(BaseModel):
    """Has a validator as some of vLLM's are: it takes for granted what the request has."""

    fields: Any = None
    raises: str = ""
    tools: Any = None

    @model_validator(mode="before")
    @classmethod
    def _takes_for_granted(cls, values: dict[str, Any]) -> dict[str, Any]:
        if "fields" in values:
            values["fields"].get("a")
            values["fields"]["function"]
        return values


def fail(name: str) -> None:
    """Fail as code does that works on a request, or as a server does."""
    match name:
        case "value":
            raise ValueError(SECRET)
        case "encoding":
            raise EngineFailureError from OverflowError("int too big to convert")
        case "division":
            raise ZeroDivisionError("float division by zero")
        case "recursion":
            raise RecursionError(SECRET)
        case "wrapped":
            raise HTTPException(500, SECRET) from TypeError("'int' object is not iterable")
        case "unfollowed":
            raise UnfollowedError("Internal server error")
        case "defect":
            raise AttributeError("'Server' object has no attribute 'state'")
        case "engine":
            raise EngineFailureError from ConnectionError("no socket")
        case "full":
            raise HTTPException(429, "full") from ValueError("too many")


@pytest.fixture
def app() -> FastAPI:
    application = FastAPI()

    async def server_error(request: Request, error: Exception) -> JSONResponse:
        return JSONResponse({"error": {"message": "vLLM's own"}}, status_code=500)

    async def refusal(request: Request, error: HTTPException) -> JSONResponse:
        return JSONResponse({"error": {"message": "vLLM's own"}}, status_code=error.status_code)

    for kind in (EngineFailureError, UnfollowedError, Exception):
        application.add_exception_handler(kind, server_error)
    application.add_exception_handler(HTTPException, refusal)  # type: ignore[arg-type]

    @application.post("/v1/completions")
    async def complete(asked: Asked) -> None:
        fail(asked.raises)

    application.middleware_stack = application.build_middleware_stack()  # as vLLM leaves it
    answer_faults(application, EngineFailureError, UnfollowedError)
    return application


def answer_to(app: FastAPI, **request: Any) -> Answer:
    return asyncio.run(ask(BoundedQueueMiddleware(_as_json(app), limit=1, retry_after_s=2), request))


def _as_json(app: FastAPI) -> Any:
    async def with_headers(scope: Any, receive: Any, send: Any) -> None:
        headers = [(b"content-type", b"application/json")]
        await app({**scope, "headers": headers, "query_string": b""}, receive, send)

    return with_headers


@pytest.mark.parametrize(
    ("request_", "says"),
    [
        ({"fields": 5}, "'int' object has no attribute 'get'"),
        ({"fields": {}}, "The request lacks 'function'"),
        ({"raises": "value"}, SECRET),
        ({"raises": "division"}, "float division by zero"),
        ({"raises": "encoding"}, "int too big to convert"),
        ({"raises": "wrapped"}, "'int' object is not iterable"),
        ({"raises": "recursion"}, "nested too deeply"),
        ({"raises": "unfollowed", "tools": [{}]}, "cannot follow"),
    ],
)
def test_what_a_request_causes_is_a_400(
    app: FastAPI, request_: dict[str, Any], says: str, caplog: pytest.LogCaptureFixture
) -> None:
    answer = answer_to(app, **request_)
    assert answer.status == 400
    assert says in answer.error["message"]
    assert answer.error["type"] == "invalid_request_error"
    assert SECRET not in caplog.text


def test_where_it_was_raised_is_logged_and_not_what_it_says(app: FastAPI, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "ray.serve"):
        answer_to(app, raises="recursion")
    assert "because of a RecursionError" in caplog.text
    assert "test_request_faults.py" in caplog.text
    assert SECRET not in caplog.text


@pytest.mark.parametrize(("raises", "status"), [("engine", 500), ("unfollowed", 500), ("full", 429)])
def test_vllms_own_answers_stay(app: FastAPI, raises: str, status: int) -> None:
    answer = answer_to(app, raises=raises)
    assert (answer.status, answer.error["message"]) == (status, "vLLM's own")


def test_a_defect_of_the_server_is_raised(app: FastAPI) -> None:
    with pytest.raises(AttributeError, match="'Server' object"):
        answer_to(app, raises="defect")
