"""What a server says that it serves."""

import json
import re
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ANSWER_WITHIN_S = 30
HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")


class ServedError(Exception):
    """A server does not say what it serves; the message is for a person."""


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
        ServedError: nothing answers, the key is not taken, or it is no such API.
    """
    headers = {"Authorization": f"Bearer {api_key}"} if api_key else {}
    request = urllib.request.Request(f"{base_url.rstrip('/')}/models", headers=headers)  # noqa: S310 (checked before)
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_WITHIN_S) as answer:  # noqa: S310
            entries = json.load(answer)["data"]
        if not all(isinstance(entry["id"], str) for entry in entries):
            raise TypeError
    except urllib.error.HTTPError as error:
        if error.code in (401, 403):
            raise ServedError(
                f"The server at {base_url} wants another API key: set VLLM_API_KEY, or give --api-key."
            ) from None
        raise ServedError(f"The server at {base_url} answered {error.code} when asked for its models.") from None
    except OSError:
        raise ServedError(
            f"No server answers at {base_url}. Start one with `make serve`, or name another with --base-url."
        ) from None
    except (ValueError, TypeError, LookupError):
        raise ServedError(
            f"What answers at {base_url} is no OpenAI-compatible API. "
            "The URL ends in /v1; name another with --base-url."
        ) from None
    return list(entries)


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
