"""What one step of a benchmark came to, by LLMPerf's arithmetic and under its names."""

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from neuronserve.bench.response import AFTER_FIRST, FAMILIES, OUTPUT_TOKENS

QUANTILES = (25, 50, 75, 90, 95, 99)
RESULTS = "results_"


@dataclass(frozen=True)
class Summary:
    """The content of a ``*_summary.json``, one level deep; NaN, which LLMPerf writes of nothing, counts as nothing."""

    values: Mapping[str, Any]

    @property
    def users(self) -> int:
        """Requests at a time."""
        return int(self.values["num_concurrent_requests"])

    @property
    def model(self) -> str:
        """The served model's name."""
        return str(self.values["model"])

    def figure(self, name: str, of: str | None = None) -> float | None:
        """Return a result; None if there is none.

        Args:
            name: of a result, such as ``num_completed_requests``, or of a family of figures, such as ``ttft_s``.
            of: which figure of a family: ``mean``, ``min``, ``max``, ``stddev``, or a quantile such as ``p99``.
        """
        part = "" if of is None else f"_quantiles_{of}" if of[1:].isdigit() else f"_{of}"
        value = self.values.get(f"{RESULTS}{name}{part}")
        return None if value is None or math.isnan(value) else float(value)

    @property
    def tokens_per_s(self) -> float:
        """Output tokens a second, of all requests together."""
        return self.figure("mean_output_throughput_token_per_s") or 0.0

    @property
    def errors(self) -> int:
        """Requests that were not answered."""
        return int(self.figure("number_errors") or 0)


def results_of(records: Sequence[Mapping[str, Any]], duration_s: float) -> dict[str, Any]:
    """Return the results of a step, one level deep.

    Args:
        records: its responses, as LLMPerf writes them.
        duration_s: from the first request to the last answer.
    """
    answers = [record for record in records if record["error_code"] is None]
    codes = Counter(record["error_code"] for record in records if record["error_code"] is not None)
    flat: dict[str, Any] = {}
    for family in (*FAMILIES, AFTER_FIRST):
        figures = _figures([record[family] for record in answers if record.get(family) is not None])
        flat |= {f"{family}_{name}": value for name, value in figures.items()}
    tokens = sum(record[OUTPUT_TOKENS] for record in answers)
    flat |= {
        "num_requests_started": len(records),
        "error_rate": codes.total() / len(records) if records else 0,
        "number_errors": codes.total(),
        "error_code_frequency": str(dict(codes)),
        "mean_output_throughput_token_per_s": tokens / duration_s if duration_s > 0 else 0.0,
        "num_completed_requests": len(answers),
        "num_completed_requests_per_min": len(answers) / duration_s * 60 if duration_s > 0 else 0.0,
    }
    return {f"{RESULTS}{name}": value for name, value in flat.items()}


def _figures(values: Sequence[float]) -> dict[str, float | None]:
    quantiles = {f"quantiles_p{percent}": quantile(values, percent / 100) for percent in QUANTILES}
    if not values:
        return quantiles | dict.fromkeys(("mean", "min", "max", "stddev"))
    return quantiles | {
        "mean": statistics.fmean(values),
        "min": min(values),
        "max": max(values),
        "stddev": statistics.stdev(values) if len(values) > 1 else None,  # of a sample, as pandas has it
    }


def quantile(values: Iterable[float], share: float) -> float | None:
    """Return a quantile, by a straight line between the two nearest values, as pandas has it; None of nothing."""
    ordered = sorted(values)
    if not ordered:
        return None
    place = (len(ordered) - 1) * share
    below = math.floor(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)
