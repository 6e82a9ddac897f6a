"""The API keys: where the replica finds them, and the middleware that asks every request for one."""

import hashlib
import logging
import os
import secrets
import time
from collections.abc import Callable, Iterator, Mapping, MutableMapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

KEY_VARIABLE = "VLLM_API_KEY"
"""Environment variable with the only key: the one that vLLM's own server reads."""

DIRECTORY_VARIABLE = "NEURONSERVE_API_KEYS"
"""Environment variable with a directory of files, each with a key and called after its holder: a pod's Secret."""

ONLY_KEY = "api-key"
"""What the only key is called, and the one that a service has without further ones."""

REREAD_PERIOD_S = 5
"""After which a directory is read anew. The kubelet takes a minute and a half to bring a changed Secret there."""

OPEN_PATHS = frozenset({"/health", "/metrics", "/ping", "/version"})
"""What probes and scrapers call. Everything else needs a key: vLLM itself would leave open whatever does not lie
below ``/v1``, which includes a second chat route, ``/invocations``."""

SWITCHING_PROTOCOLS = 101
POLICY_VIOLATION = 1008
"""Why a WebSocket is closed (RFC 6455, 7.4.1)."""

CLIENT_CLOSED_REQUEST = 499
"""What Serve writes into its log for a client that left before it had an answer."""

PLACE_HOLDER = "[secret]"
"""What an offline plan shows for a key: once its manifests are applied as they are, everybody knows this one."""

LOGGER = logging.getLogger("ray.serve")

Noted = Callable[[str, int], None]
"""Is told, for each request with a key, whose key it is and the status of the answer."""


class ApiKeyError(ValueError):
    """Keys were announced but there is none; serving without would be wide open."""


class ApiKeys:
    """The keys that open this server, by their holders; those of a directory are read anew as they change.

    Args:
        keys: the keys by holder.
        directory: where they come from, if they can change.
        clock: seconds that only grow.
    """

    def __init__(
        self,
        keys: Mapping[str, str],
        directory: Path | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._digests = {holder: _digest(key) for holder, key in keys.items()}
        self._directory = directory
        self._clock = clock
        self._read_at = clock()

    @classmethod
    def taken_from(cls, environment: MutableMapping[str, str] = os.environ) -> "ApiKeys | None":
        """Return the keys that the environment announces, None if none; a key is not in the environment any more.

        vLLM would find it there and ask for it as well, with the line end that somebody's file may have put behind it.

        Raises:
            ApiKeyError: a variable is set, and the key or directory that it announces is missing, unreadable or empty.
        """
        directory = environment.get(DIRECTORY_VARIABLE)
        keys = _in_directory(Path(directory)) if directory else _in_variable(environment)
        environment.pop(KEY_VARIABLE, None)
        for holder, key in keys.items():
            if problem := _problem(key):
                raise ApiKeyError(f"The API key {holder} {problem}")
        if directory and not keys:
            raise ApiKeyError(f"{DIRECTORY_VARIABLE} is {directory}, which has no key. Write one into a file there.")
        return cls(keys, Path(directory) if directory else None) if keys else None

    def holder(self, scope: "Scope") -> str | None:
        """Return whose key a request brings, None if it brings none of these."""
        self._reread()
        brought = [_digest(key) for key in _brought(scope)]
        matching = (
            holder
            for holder, digest in self._digests.items()
            if any(secrets.compare_digest(one, digest) for one in brought)
        )
        return next(matching, None)

    def _reread(self) -> None:
        if self._directory is None or self._clock() - self._read_at < REREAD_PERIOD_S:
            return
        self._read_at = self._clock()
        try:
            keys = _in_directory(self._directory)
        except ApiKeyError as error:
            LOGGER.error("%s The keys of before stay.", error)
            return
        for holder in [holder for holder, key in keys.items() if _problem(key)]:
            LOGGER.error("The API key %s %s Nobody gets in by it.", holder, _problem(keys.pop(holder)))
        digests = {holder: _digest(key) for holder, key in keys.items()}
        for holder in sorted(digests.keys() | self._digests.keys()):
            before, now = self._digests.get(holder), digests.get(holder)
            if before != now:
                what = "added" if before is None else "revoked" if now is None else "changed"
                LOGGER.info("API key %s: %s.", holder, what)
        self._digests = digests


class ApiKeyMiddleware:
    """Refuses, with an OpenAI-shaped 401, every request without a key, but for the open paths."""

    def __init__(self, app: "ASGIApp", keys: ApiKeys, note: Noted) -> None:
        self._app = app
        self._keys = keys
        self._note = note

    async def __call__(self, scope: "Scope", receive: "Receive", send: "Send") -> None:
        """Answer or pass on one ASGI connection."""
        if scope["type"] == "lifespan" or _is_open(scope):
            await self._app(scope, receive, send)
        elif holder := self._keys.holder(scope):
            await self._answer(holder, scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": POLICY_VIOLATION})  # before it is accepted: a 403
        else:
            await _refuse(scope, receive, send)

    async def _answer(self, holder: str, scope: "Scope", receive: "Receive", send: "Send") -> None:
        status = CLIENT_CLOSED_REQUEST

        async def noting(message: "Message") -> None:
            nonlocal status
            status = SWITCHING_PROTOCOLS if message["type"] == "websocket.accept" else message.get("status", status)
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            self._note(holder, status)


async def _refuse(scope: "Scope", receive: "Receive", send: "Send") -> None:
    from neuronserve.serving.openai_error import openai_error  # noqa: PLC0415

    response = openai_error(
        401,
        "This API needs a key: send it as 'Authorization: Bearer <key>', or as 'x-api-key: <key>'.",
        kind="authentication_error",
        headers={"WWW-Authenticate": "Bearer"},
    )
    await response(scope, receive, send)


def _in_variable(environment: Mapping[str, str]) -> dict[str, str]:
    if KEY_VARIABLE not in environment:
        return {}
    key = environment[KEY_VARIABLE].strip()
    if not key:
        raise ApiKeyError(f"{KEY_VARIABLE} is set but empty. Set it to the key, or unset it to serve without one.")
    return {ONLY_KEY: key}


def _in_directory(directory: Path) -> dict[str, str]:
    """Return the keys in a directory; of a mounted Secret, ``..data`` and its like hold the same once more."""
    try:
        files = [file for file in sorted(directory.iterdir()) if not file.name.startswith("..")]
        return {file.name: file.read_text().strip() for file in files}
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "a key is not text in UTF-8"
        raise ApiKeyError(f"{DIRECTORY_VARIABLE} is {directory}, which cannot be read: {reason}.") from None


def _problem(key: str) -> str | None:
    """Return why nobody may get in by a key, as the end of a sentence, and what to do."""
    if not key:
        return "is empty. Write the key into its file, or remove the file."
    if key == PLACE_HOLDER:
        return f"is {PLACE_HOLDER}, the place-holder of an offline plan. Put a real key there."
    return None


def _brought(scope: "Scope") -> Iterator[bytes]:
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
