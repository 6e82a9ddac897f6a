"""One answer, or what came in place of it, in LLMPerf's terms.

LLMPerf's names and arithmetic are those of https://github.com/ray-project/llmperf (``token_benchmark_ray.py`` and
``src/llmperf/common_metrics.py`` at f1d6bed).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NOT_FROM_HTTP = -1
"""The error code of what has no HTTP status: no connection, an answer that breaks off, a time-out."""

INTER_TOKEN, TTFT, END_TO_END = "inter_token_latency_s", "ttft_s", "end_to_end_latency_s"
THROUGHPUT = "request_output_throughput_token_per_s"
INPUT_TOKENS, OUTPUT_TOKENS = "number_input_tokens", "number_output_tokens"
FAMILIES = (INTER_TOKEN, TTFT, END_TO_END, THROUGHPUT, INPUT_TOKENS, OUTPUT_TOKENS)
"""What LLMPerf says of each answer and sums up."""

AFTER_FIRST = "inter_token_latency_after_first_s"
"""Ours: between two tokens, without the wait for the first, which is what vLLM and guidellm call inter-token latency.
LLMPerf's own spreads the time to the first token over all tokens."""


@dataclass(frozen=True)
class Response:
    """What became of one request; the times are on one clock, in seconds."""

    started_s: float
    ended_s: float
    first_token_s: float | None = None
    """None where the answer was not streamed."""
    last_token_s: float | None = None
    input_tokens: int = 0
    """As the server counts, with what its chat template adds."""
    output_tokens: int = 0
    error_code: int | None = None
    """An HTTP status, or -1; None for an answer."""
    error_msg: str = ""

    @property
    def is_error(self) -> bool:
        """Whether it is no whole answer."""
        return self.error_code is not None

    def record(self) -> dict[str, Any]:
        """Return it as LLMPerf writes it, with what else is known of it at the end."""
        figures = dict.fromkeys((INTER_TOKEN, TTFT, END_TO_END, THROUGHPUT), 0.0) if self.is_error else self._figures()
        return {
            "error_code": self.error_code,
            "error_msg": self.error_msg,
            **{name: figures[name] for name in (INTER_TOKEN, TTFT, END_TO_END, THROUGHPUT)},
            "number_total_tokens": self.input_tokens + self.output_tokens,
            OUTPUT_TOKENS: self.output_tokens,
            INPUT_TOKENS: self.input_tokens,
            AFTER_FIRST: figures.get(AFTER_FIRST),
            "started_s": self.started_s,
            "ended_s": self.ended_s,
        }

    def _figures(self) -> dict[str, float | None]:
        end_to_end = self.ended_s - self.started_s
        last = self.ended_s if self.last_token_s is None else self.last_token_s
        after_first = None
        if self.first_token_s is not None and self.output_tokens > 1:
            after_first = (last - self.first_token_s) / (self.output_tokens - 1)
        return {
            INTER_TOKEN: (last - self.started_s) / self.output_tokens if self.output_tokens else 0.0,
            TTFT: None if self.first_token_s is None else self.first_token_s - self.started_s,
            END_TO_END: end_to_end,
            THROUGHPUT: self.output_tokens / end_to_end if end_to_end > 0 else 0.0,
            AFTER_FIRST: after_first,
        }


def response_of(event: Mapping[str, Any]) -> Response:
    """Return the response that a load generator tells of."""
    return Response(**{name: event[name] for name in Response.__dataclass_fields__ if name in event})
