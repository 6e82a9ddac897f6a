"""Error bodies in the shape that OpenAI's clients read."""

from collections.abc import Mapping

from starlette.responses import JSONResponse


def openai_error(status: int, message: str, *, kind: str, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """Return a response whose body is ``{"error": {"message", "type", "param", "code"}}``."""
    error = {"message": message, "type": kind, "param": None, "code": status}
    return JSONResponse({"error": error}, status_code=status, headers=headers)
