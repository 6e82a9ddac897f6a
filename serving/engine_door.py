"""The door of the engine: what older versions of vLLM hand to it unchecked, and it ends at, is refused before."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Protocol


class Engine(Protocol):
    """What is used of vLLM's ``AsyncLLM``."""

    add_request: Callable[..., Awaitable[Any]]


def guard(engine: Engine, vocabulary: int) -> None:
    """Have an engine refuse, with a ValueError, which is a 400, requests that would end it.

    vLLM 0.13 looks for token ids of prompts above the vocabulary and not for those below 0, and at none to stop at.

    Args:
        engine: the engine, which has answered nothing yet.
        vocabulary: how many tokens its model has.
    """
    add_request = engine.add_request

    async def checked(request_id: str, prompt: Any, params: Any, *arguments: Any, **named: Any) -> Any:
        if any(token < 0 for token in _token_ids(prompt)):
            raise ValueError("The prompt has a token id below 0.")
        if any(not 0 <= token < vocabulary for token in getattr(params, "stop_token_ids", None) or ()):
            raise ValueError(
                f"stop_token_ids has what is no token id of this model: they go from 0 to {vocabulary - 1}."
            )
        return await add_request(request_id, prompt, params, *arguments, **named)

    engine.add_request = checked


def _token_ids(prompt: Any) -> Iterable[int]:
    """Return those of a prompt in any of vLLM's shapes; a text has none yet."""
    if isinstance(prompt, dict):
        return prompt.get("prompt_token_ids") or ()
    return getattr(prompt, "prompt_token_ids", None) or ()
