"""Telling the faults of a request from those of the server: what a request has caused is answered with a 400."""

import logging
import traceback
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

from fastapi import HTTPException
from starlette.exceptions import HTTPException as NoRouteError
from starlette.requests import Request
from starlette.responses import Response

from neuronserve.serving.openai_error import openai_error

if TYPE_CHECKING:
    from fastapi import FastAPI

CAUSED_BY_VALUES = (ValueError, TypeError, ArithmeticError, RecursionError)
"""What working with a wrong value raises, wherever that is noticed."""

UNREAD = (AttributeError, LookupError, AssertionError)
"""What vLLM raises of values that it did not expect, while it reads. Raised later, it is a defect of the server."""

READING = {"pydantic.type_adapter", "vllm.renderers.online_renderer", "vllm.entrypoints.responses_utils"}
"""The modules by which requests become models, FastAPI's and those that vLLM reads itself, and models prompts (the last
one in vLLM 0.13)."""

UNFOLLOWED = (
    "The engine cannot follow what this request constrains its answer to: the grammar, schema, regular expression or "
    "tools cannot be compiled. The engine's log says why."
)


def answer_faults(app: "FastAPI", engine_failure: type[Exception], unfollowed: type[Exception]) -> None:
    """Have the application answer 400 to what requests cause, and handle everything else as before.

    Args:
        app: vLLM's application, which has not served yet.
        engine_failure: what vLLM raises from whatever handing a request to its engine raises.
        unfollowed: what vLLM raises when its engine gives up one request alone.
    """
    before = {kind: handler for kind, handler in app.exception_handlers.items() if kind is not Exception}
    raised = {kind for kind in (*CAUSED_BY_VALUES, *UNREAD) if kind not in before}

    async def answer(request: Request, error: Exception) -> Response:
        if type(error) is unfollowed and getattr(request.state, "is_constrained", False):
            return openai_error(400, UNFOLLOWED, kind="invalid_request_error")
        cause = _cause(error, (HTTPException, engine_failure))
        is_an_answer = isinstance(error, HTTPException) and error.status_code != HTTPStatus.INTERNAL_SERVER_ERROR
        if not is_an_answer and is_of_request(cause):
            _log(cause)
            return openai_error(400, _message(cause), kind="invalid_request_error")
        handler: Any = next((before[kind] for kind in type(error).__mro__ if kind in before), None)
        if handler is None:
            raise error  # which leads to the answer to all defects, and into the log
        response: Response = await handler(request, error)
        return response

    for kind in {HTTPException, engine_failure, unfollowed, *raised}:
        app.add_exception_handler(kind, answer)
    app.add_exception_handler(NoRouteError, _no_route)
    # Amazon's container standards, which vLLM brings along, have put the application together already.
    app.middleware_stack = app.build_middleware_stack()


async def _no_route(request: Request, error: Any) -> Response:
    """Answer 404 or 405, which FastAPI shapes in its own way."""
    message = f"{request.method} {request.url.path}: {error.detail}"
    return openai_error(error.status_code, message, kind="invalid_request_error", headers=error.headers)


def _cause(error: Exception, wrappers: tuple[type[Exception], ...]) -> Exception:
    while isinstance(error, wrappers) and isinstance(error.__cause__, Exception):
        error = error.__cause__
    return error


def is_of_request(error: Exception) -> bool:
    """Return whether a request has caused an exception, and no defect of the server."""
    if isinstance(error, CAUSED_BY_VALUES):
        return True
    frames = traceback.walk_tb(error.__traceback__)
    return isinstance(error, UNREAD) and any(frame.f_globals.get("__name__") in READING for frame, _ in frames)


def _message(error: Exception) -> str:
    match error:
        case RecursionError():
            return "The request is nested too deeply."
        case KeyError():
            return f"The request lacks {error}."
        case _:
            return f"The request has a value that cannot be worked with: {error}"


def _log(error: Exception) -> None:
    """Say where it was raised; its message may hold a part of the prompt."""
    place = "".join(traceback.format_tb(error.__traceback__))
    logging.getLogger("ray.serve").warning("A request was refused because of a %s:\n%s", type(error).__name__, place)
