"""LLMPerf's arithmetic: against numpy, against figures by hand, and as the tutorial prints it."""

import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuronserve.bench.response import AFTER_FIRST, END_TO_END, INTER_TOKEN, TTFT, Response
from neuronserve.bench.summary import QUANTILES, Summary, quantile, results_of
from tests.bench.steps import answered, refused, step

SECONDS = st.floats(min_value=0, max_value=1e6)


@given(st.lists(SECONDS, min_size=1, max_size=200))
def test_quantiles_are_those_of_numpy(values: list[float]) -> None:
    ours = [quantile(values, percent / 100) for percent in QUANTILES]
    assert np.allclose(ours, np.percentile(values, QUANTILES), rtol=1e-9, atol=1e-9)  # type: ignore[arg-type]


@given(
    st.lists(st.tuples(SECONDS, st.floats(0.001, 10), st.floats(0, 1), st.integers(2, 500)), min_size=2, max_size=50)
)
def test_figures_are_those_of_numpy(answers: list[tuple[float, float, float, int]]) -> None:
    records = [answered(*answer).record() for answer in answers]
    summary = Summary(results_of(records, 10.0) | {"num_concurrent_requests": 1})
    for family in (INTER_TOKEN, TTFT, END_TO_END, "number_output_tokens"):
        values = [record[family] for record in records]
        for name, expected in {
            "mean": np.mean(values),
            "min": np.min(values),
            "max": np.max(values),
            "stddev": np.std(values, ddof=1),
        }.items():
            assert summary.figure(family, name) == pytest.approx(float(expected), rel=1e-6, abs=1e-6)
    assert summary.tokens_per_s == pytest.approx(sum(answer[3] for answer in answers) / 10)


def test_one_answer_by_hand() -> None:
    record = answered(100.0, 0.5, 0.02, 51).record()
    assert record == {
        "error_code": None,
        "error_msg": "",
        INTER_TOKEN: pytest.approx(1.5 / 51),  # to the last token, by all tokens
        TTFT: pytest.approx(0.5),
        END_TO_END: pytest.approx(1.51),
        "request_output_throughput_token_per_s": pytest.approx(51 / 1.51),
        "number_total_tokens": 563,
        "number_output_tokens": 51,
        "number_input_tokens": 512,
        AFTER_FIRST: pytest.approx(0.02),
        "started_s": 100.0,
        "ended_s": pytest.approx(101.51),
    }


def test_an_answer_that_was_not_streamed_has_no_first_token() -> None:
    record = Response(0.0, 2.0, input_tokens=10, output_tokens=100).record()
    assert record[TTFT] is None
    assert record[AFTER_FIRST] is None
    assert record[INTER_TOKEN] == pytest.approx(0.02)
    summary = Summary(results_of([record, record], 4.0))
    assert summary.figure(TTFT, "p50") is None
    assert summary.figure(END_TO_END, "p50") == 2.0


@pytest.mark.parametrize("tokens", [0, 1])
def test_answers_of_hardly_a_token(tokens: int) -> None:
    record = Response(0.0, 1.0, 0.5 if tokens else None, 0.5 if tokens else None, 10, tokens).record()
    assert record[AFTER_FIRST] is None
    assert math.isfinite(record[INTER_TOKEN])


def test_errors_count_and_are_in_no_figure() -> None:
    responses = [*step(1).responses, refused(0.0, 503), refused(0.0, 503), refused(0.0, -1)]
    results = results_of([response.record() for response in responses], 40.0)
    alone = results_of([response.record() for response in step(1).responses], 40.0)
    assert results["results_num_requests_started"] == 11
    assert results["results_number_errors"] == 3
    assert results["results_error_rate"] == pytest.approx(3 / 11)
    assert results["results_error_code_frequency"] == "{503: 2, -1: 1}"
    assert results["results_num_completed_requests"] == 8
    assert results["results_num_completed_requests_per_min"] == pytest.approx(12)
    same = {name for name in alone if name.startswith(("results_ttft", "results_inter", "results_mean_output"))}
    assert len(same) > 20
    assert {name: results[name] for name in same} == {name: alone[name] for name in same}


@pytest.mark.parametrize("responses", [[], [refused(0.0, 401)]])
def test_nothing_was_answered(responses: list[Response]) -> None:
    results = results_of([response.record() for response in responses], 0.0)
    assert results["results_ttft_s_mean"] is None
    assert results["results_mean_output_throughput_token_per_s"] == 0


def test_nan_which_llmperf_writes_counts_as_nothing() -> None:
    values: dict[str, Any] = {"results_ttft_s_stddev": math.nan, "results_ttft_s_mean": 1.5}
    assert Summary(values).figure(TTFT, "stddev") is None
    assert Summary(values).figure(TTFT, "mean") == 1.5
