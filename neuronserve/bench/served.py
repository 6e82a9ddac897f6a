"""What a server says that it serves."""

import errno
import json
import re
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException, HTTPMessage, IncompleteRead
from pathlib import Path
from typing import IO, Any
from urllib.parse import SplitResult, urlsplit

ANSWER_WITHIN_S = 30
MODELS = "/models"
NOBODY = (errno.ECONNREFUSED, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT)
"""Errors of a port where nobody listens; the latter two of a `localhost` that is ::1 too, on a machine without IPv6."""

DEFAULT_PORTS = {"http": 80, "https": 443}
HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")


class ServedError(Exception):
    """A server does not say what it serves; the message is for a person."""


class NotThereError(ServedError):
    """Nobody listens there: a server can be started."""


@dataclass(frozen=True)
class Served:
    """A model, and where its tokenizer is."""

    name: str
    """What clients call it."""
    tokenizer: str
    """A folder of this machine or a Hugging Face id."""


def ask(base_url: str, api_key: str) -> list[dict[str, Any]]:
    """Return the entries of ``/models``.

    Args:
        base_url: the URL of the API, which ends in ``/v1``.
        api_key: the server's; empty for none.

    Raises:
        NotThereError: nobody listens there.
        ServedError: no answer comes, the key is not taken, or it is no such API.
    """
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    request = urllib.request.Request(f"{base_url.rstrip('/')}{MODELS}", headers=headers)  # noqa: S310 (checked before)
    try:
        with urllib.request.build_opener(_WithinOrigin).open(request, timeout=ANSWER_WITHIN_S) as answer:
            entries = json.load(answer)["data"]
        if not all(isinstance(entry["id"], str) for entry in entries):
            raise TypeError
    except urllib.error.HTTPError as error:
        if error.code in (401, 403):
            raise ServedError(
                f"The server at {base_url} wants another API key: set VLLM_API_KEY, or give --api-key."
            ) from None
        raise ServedError(f"The server at {base_url} answered {error.code} when asked for its models.") from None
    except OSError as error:
        raise _no_answer(base_url, error) from None
    except IncompleteRead:
        raise ServedError(
            f"The server at {base_url} broke off in the middle of its list of models. "
            "See what its log says, or name another with --base-url."
        ) from None
    except HTTPException:
        raise ServedError(
            f"What answers at {base_url} does not speak HTTP. "
            "Name the URL of an API with --base-url: http://host:port/v1."
        ) from None
    except (ValueError, TypeError, LookupError):
        raise ServedError(
            f"What answers at {base_url} is no OpenAI-compatible API. "
            "The URL ends in /v1; name another with --base-url."
        ) from None
    return list(entries)


class _WithinOrigin(urllib.request.HTTPRedirectHandler):
    """Follows a redirect within a server alone: urllib would send the API key along to any other."""

    def redirect_request(  # noqa: PLR0913, PLR0917 (urllib's)
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        here, there = urlsplit(req.full_url), urlsplit(newurl)
        if _origin(here) == _origin(there):
            return super().redirect_request(req, fp, code, msg, headers, newurl)
        fp.close()
        # A query, or a name before the host, may hold what is nobody's business.
        leads_to = f"{there.scheme}://{there.netloc.rpartition('@')[2]}{there.path}"
        raise ServedError(
            f"The server at {req.full_url.removesuffix(MODELS)} does not answer itself: it leads to "
            f"{leads_to.removesuffix(MODELS)}; name that with --base-url."
        )


def _origin(url: SplitResult) -> tuple[str, str | None, int | None]:
    return url.scheme, url.hostname, url.port or DEFAULT_PORTS.get(url.scheme)


def _no_answer(base_url: str, error: OSError) -> ServedError:
    """Return what to tell of a connection that cannot be made, or that ends before the answer."""
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    if isinstance(cause, OSError) and cause.errno in NOBODY:
        return NotThereError(
            f"No server answers at {base_url} ({cause.strerror}). "
            "Start one with `make serve`, or name another with --base-url."
        )
    reason = f"nothing within {ANSWER_WITHIN_S} s" if isinstance(cause, TimeoutError) else _words(cause)
    return ServedError(
        f"No answer comes from {base_url} ({reason}). Check the address, or name another with --base-url."
    )


def _words(cause: object) -> str:
    """Return what an error says, without its number."""
    said = cause.strerror if isinstance(cause, OSError) and cause.strerror else cause
    return " ".join(str(said).split())


def choose(entries: list[dict[str, Any]], base_url: str, model: str | None, tokenizer: str | None) -> Served:
    """Return the model to ask, and its tokenizer: vLLM says in ``root`` what it has loaded.

    Args:
        entries: those of ``/models``.
        base_url: where they come from.
        model: the model that is wanted; None for the server's first.
        tokenizer: one that is to be taken instead of the model's.

    Raises:
        ServedError: there is no such model, or nobody knows its tokenizer.
    """
    names = [entry["id"] for entry in entries]
    if not names:
        raise ServedError(f"The server at {base_url} serves no model. Wait until it has started.")
    if model is not None and model not in names:
        raise ServedError(
            f"The server at {base_url} has no model {model!r}. Choose one with --model: {', '.join(names)}."
        )
    entry = entries[names.index(model) if model else 0]
    loaded = tokenizer or str(entry.get("root") or entry["id"])
    if not Path(loaded).is_dir() and not HUB_ID.fullmatch(loaded):
        raise ServedError(
            f"The tokenizer of {entry['id']} is not known here ({loaded}). Name it with --tokenizer: a folder that has "
            "tokenizer.json, or a Hugging Face id (owner/model)."
        )
    return Served(entry["id"], str(Path(loaded).resolve()) if Path(loaded).is_dir() else loaded)
