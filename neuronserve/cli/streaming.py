"""One streamed answer of an OpenAI-compatible server, with its timing."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from openai import OpenAI
    from openai.types.chat import ChatCompletionMessageParam


@dataclass(frozen=True)
class StreamedAnswer:
    """An answer and how fast it came."""

    text: str
    time_to_first_token_s: float
    tokens: int
    duration_s: float
    finish_reason: str | None = None
    """Why it ended, ``stop`` or ``length``; None where it was broken off."""

    @property
    def tokens_per_second(self) -> float:
        """Tokens after the first, per second after the first; 0 for answers of a single token."""
        decoding_s = self.duration_s - self.time_to_first_token_s
        return (self.tokens - 1) / decoding_s if decoding_s > 0 and self.tokens > 1 else 0.0

    def __str__(self) -> str:
        return (
            f"time to first token {self.time_to_first_token_s:.2f} s, "
            f"{self.tokens_per_second:.1f} tokens/s, {self.tokens} tokens"
        )


def stream_answer(
    client: "OpenAI",
    model: str,
    messages: "list[ChatCompletionMessageParam]",
    on_text: Callable[[str], None],
    *,
    max_tokens: int,
    temperature: float,
) -> StreamedAnswer:
    """Ask for a chat completion, hand each piece of text to ``on_text`` as it arrives, and return the whole.

    Raises:
        openai.OpenAIError: the server is unreachable or refused the request.
    """
    start = time.monotonic()
    first: float | None = None
    pieces: list[str] = []
    tokens, finish_reason = 0, None
    stream = client.chat.completions.create(
        model=model,
        messages=messages,
        max_tokens=max_tokens,
        temperature=temperature,
        stream=True,
        stream_options={"include_usage": True},
    )
    for chunk in stream:
        if chunk.usage:
            tokens = chunk.usage.completion_tokens
        if not chunk.choices:
            continue
        finish_reason = chunk.choices[0].finish_reason or finish_reason
        if text := chunk.choices[0].delta.content:
            first = first or time.monotonic()
            pieces.append(text)
            on_text(text)
    end = time.monotonic()
    return StreamedAnswer("".join(pieces), (first or end) - start, tokens, end - start, finish_reason)
