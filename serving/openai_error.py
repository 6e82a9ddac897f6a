"""Error bodies in the shape that OpenAI's clients read."""

from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import JSONResponse


class RefusalError(Exception):
    """A request is refused; ``status`` says why to a program, the message to a person."""

    def __init__(self, status: HTTPStatus, message: str) -> None:
        super().__init__(message)
        self.status = status


def openai_error(status: int, message: str, *, kind: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return a response whose body is ``{"error": {"message", "type", "param", "code"}}``."""
    error = {"message": message, "type": kind, "param": None, "code": status}
    return JSONResponse({"error": error}, status_code=status, headers=headers)
