"""The API key: where the replica finds it, and the middleware that asks every request for it."""

import hashlib
import os
import secrets
from collections.abc import Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Receive, Scope, Send

KEY_VARIABLE = "VLLM_API_KEY"
"""Environment variable with the key itself: the one that vLLM's own server reads."""

FILE_VARIABLE = "NEURONSERVE_API_KEY_FILE"
"""Environment variable with the path of a file that holds the key; this is how a pod gets it."""

OPEN_PATHS = frozenset({"/health", "/metrics", "/ping", "/version"})
"""What probes and scrapers call. Everything else needs the key: vLLM itself would leave open whatever does not lie
below ``/v1``, which includes a second chat route, ``/invocations``."""


POLICY_VIOLATION = 1008
"""Why a WebSocket is closed (RFC 6455, 7.4.1)."""

PLACE_HOLDER = "[secret]"
"""What an offline plan shows for a key: once its manifests are applied as they are, everybody knows this one."""


class ApiKeyError(ValueError):
    """A key was announced but there is none; serving without it would be wide open."""


def take_api_key(environment: MutableMapping[str, str] = os.environ) -> str | None:
    """Return the API key, or None when neither variable is set; the key is not in the environment any more.

    vLLM would find it there and ask for it as well, with the line end that somebody's file may have put behind it.

    Raises:
        ApiKeyError: a variable is set, and the key or file that it announces is missing, unreadable or empty.
    """
    key = _announced_key(environment)
    environment.pop(KEY_VARIABLE, None)
    if key == PLACE_HOLDER:
        raise ApiKeyError(f"The API key is {PLACE_HOLDER}, the place-holder of an offline plan. Put a real key there.")
    return key


def _announced_key(environment: Mapping[str, str]) -> str | None:
    if file := environment.get(FILE_VARIABLE):
        try:
            key = Path(file).read_text().strip()
        except OSError as error:
            raise ApiKeyError(f"{FILE_VARIABLE} is {file}, which cannot be read: {error.strerror}.") from None
        if not key:
            raise ApiKeyError(f"{FILE_VARIABLE} is {file}, which is empty. Write the key into it.")
        return key
    key = environment.get(KEY_VARIABLE, "").strip()
    if KEY_VARIABLE in environment and not key:
        raise ApiKeyError(f"{KEY_VARIABLE} is set but empty. Set it to the key, or unset it to serve without one.")
    return key or None


class ApiKeyMiddleware:
    """Refuses, with an OpenAI-shaped 401, every request without the key, but for the open paths."""

    def __init__(self, app: "ASGIApp", api_key: str) -> None:
        self._app = app
        self._digest = _digest(api_key)

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer or pass on one ASGI connection."""
        if scope["type"] == "lifespan" or _is_open(scope) or self._has_key(scope):
            await self._app(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})  # before it is accepted: a 403
            return
        from neuronserve.serving.openai_error import openai_error  # noqa: PLC0415

        response = openai_error(
            401,
            "This API needs a key: send it as 'Authorization: Bearer <key>', or as 'x-api-key: <key>'.",
            kind="authentication_error",
            headers={"WWW-Authenticate": "Bearer"},
        )
        await response(scope, receive, send)

    def _has_key(self, scope: "Scope") -> bool:
        return any(secrets.compare_digest(_digest(key), self._digest) for key in _keys(scope))


def _keys(scope: "Scope") -> Iterator[bytes]:
    """Yield the keys that a request brings: as OpenAI's clients send them, and as Anthropic's do."""
    for name, value in scope["headers"]:
        if name == b"authorization":
            scheme, _, key = value.partition(b" ")
            if scheme.lower() == b"bearer":
                yield key
        elif name == b"x-api-key":
            yield value


def _is_open(scope: "Scope") -> bool:
    # A browser asks OPTIONS before it sends any header of its own.
    return scope.get("method") == "OPTIONS" or scope["path"].removeprefix(scope.get("root_path", "")) in OPEN_PATHS


def _digest(key: str | bytes) -> bytes:
    return hashlib.sha256(key.encode() if isinstance(key, str) else key).digest()
