"""The folder of a run: what LLMPerf's readers look for is there, and what LLMPerf wrote is read."""

import json
import math
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from neuronserve.bench.response import AFTER_FIRST, FAMILIES, response_of
from neuronserve.bench.results import NotWrittenError, ResultsError, Step, new_folder, read
from neuronserve.bench.summary import results_of
from tests.bench.steps import MEASURED, refused, step, write

FIGURES = [*(f"quantiles_p{percent}" for percent in (25, 50, 75, 90, 95, 99)), "mean", "min", "max", "stddev"]

LLMPERF_KEYS = {
    "version",
    "name",
    "model",
    "mean_input_tokens",
    "stddev_input_tokens",
    "mean_output_tokens",
    "stddev_output_tokens",
    "num_concurrent_requests",
    *(f"results_{family}_{figure}" for family in FAMILIES for figure in FIGURES),
    "results_num_requests_started",
    "results_error_rate",
    "results_number_errors",
    "results_error_code_frequency",
    "results_mean_output_throughput_token_per_s",
    "results_num_completed_requests",
    "results_num_completed_requests_per_min",
    "timestamp",
}
"""All that LLMPerf writes into a summary (``token_benchmark_ray.py`` at f1d6bed, run without further parameters)."""

RESPONSE_KEYS = {
    "error_code",
    "error_msg",
    "inter_token_latency_s",
    "ttft_s",
    "end_to_end_latency_s",
    "request_output_throughput_token_per_s",
    "number_total_tokens",
    "number_output_tokens",
    "number_input_tokens",
}
"""All that it writes of a response."""


def test_each_key_of_llmperf_is_there(tmp_path: Path) -> None:
    write(tmp_path, MEASURED, step(2, failed=1))
    (summary,) = tmp_path.glob("*_summary.json")
    (responses,) = tmp_path.glob("*_individual_responses.json")
    assert summary.name == "owner-some-model_512_245_2-users_summary.json"
    assert responses.name == "owner-some-model_512_245_2-users_individual_responses.json"
    values = json.loads(summary.read_text())
    assert values.keys() >= LLMPERF_KEYS
    records = json.loads(responses.read_text())
    assert len(records) == 17
    assert all(record.keys() >= RESPONSE_KEYS for record in records)


def test_the_summary_can_be_computed_from_the_responses(tmp_path: Path) -> None:
    write(tmp_path, MEASURED, step(4, failed=3))
    values = json.loads(next(tmp_path.glob("*_summary.json")).read_text())
    records = json.loads(next(tmp_path.glob("*_individual_responses.json")).read_text())
    duration = max(one["ended_s"] for one in records) - min(one["started_s"] for one in records)
    again = results_of(records, duration)
    assert again == {name: value for name, value in values.items() if name.startswith("results_")}
    assert values["results_mean_output_throughput_token_per_s"] == pytest.approx(
        sum(one["number_output_tokens"] for one in records) / duration
    )


def test_what_is_written_is_read(tmp_path: Path) -> None:
    written = [write(tmp_path, MEASURED, step(users)) for users in (16, 1, 4)]
    found = read(tmp_path)
    assert [summary.users for summary in found] == [1, 4, 16]
    assert found[2].values == written[0].values


def test_json_is_strict_where_there_is_nothing(tmp_path: Path) -> None:
    write(tmp_path, MEASURED, Step(1, [refused(0.0, 500)]))
    text = next(tmp_path.glob("*_summary.json")).read_text()
    assert not re.search(r"\b(NaN|Infinity)\b", text)
    (summary,) = read(tmp_path)
    assert summary.figure("ttft_s", "mean") is None


def llmperf_summary(users: int, timestamp: int, **further: Any) -> dict[str, Any]:
    """Return what LLMPerf writes, with NaN where it has a single answer."""
    values = dict.fromkeys(LLMPERF_KEYS, 1.0) | {"model": "owner/model", "num_concurrent_requests": users}
    return values | {"timestamp": timestamp, "results_ttft_s_stddev": math.nan, **further}


def test_folders_of_llmperf_are_read_the_latest_counts(tmp_path: Path) -> None:
    """The tutorial makes one folder for each number of users, and names its files `…_summary_32.json`, too."""
    for index, (users, name) in enumerate([(2, "a_summary.json"), (4, "a_summary_32.json"), (2, "a_summary.json")]):
        folder = tmp_path / f"2024-09-03-09-5{index}-00"
        folder.mkdir()
        (folder / name).write_text(json.dumps(llmperf_summary(users, index, results_ttft_s_mean=index)))
    found = read(tmp_path)
    assert [summary.users for summary in found] == [2, 4]
    assert found[0].figure("ttft_s", "mean") == 2
    assert found[0].figure("ttft_s", "stddev") is None
    assert found[0].figure(AFTER_FIRST, "mean") is None


@pytest.mark.parametrize(
    ("content", "says"),
    [("{", "cannot be read"), ("[]", "is no summary"), ('{"model": "a"}', "is no summary"), ("\xff", "cannot be read")],
)
def test_what_is_no_summary(tmp_path: Path, content: str, says: str) -> None:
    (tmp_path / "a_summary.json").write_bytes(content.encode("latin-1"))
    with pytest.raises(ResultsError, match=says):
        read(tmp_path)


@pytest.mark.parametrize(
    ("key", "value", "wanted"),
    [
        ("num_concurrent_requests", "x", "a whole number above 0"),
        ("num_concurrent_requests", None, "a whole number above 0"),
        ("num_concurrent_requests", 1.5, "a whole number above 0"),
        ("num_concurrent_requests", math.inf, "a whole number above 0"),
        ("num_concurrent_requests", True, "a whole number above 0"),
        ("results_ttft_s_mean", "n/a", "a number or null"),
        ("results_number_errors", [1], "a number or null"),
        pytest.param("results_number_errors", 10**400, "a number or null", id="too large"),
        ("timestamp", None, "seconds since 1970"),
    ],
)
def test_a_summary_with_something_else_than_a_number(tmp_path: Path, key: str, value: Any, wanted: str) -> None:
    values = llmperf_summary(1, 1) | {"results_error_code_frequency": "{503: 1}", key: value}
    (tmp_path / "a_summary.json").write_text(json.dumps(values))
    with pytest.raises(ResultsError) as caught:
        read(tmp_path)
    assert f"a_summary.json has {json.dumps(value)[:60]} for {key}; it should be {wanted}." in str(caught.value)


def test_error_codes_are_text_and_figures_may_be_null(tmp_path: Path) -> None:
    values = llmperf_summary(1, 1, results_error_code_frequency="{503: 1}", results_ttft_s_mean=None)
    (tmp_path / "a_summary.json").write_text(json.dumps(values))
    assert len(read(tmp_path)) == 1


def test_what_is_no_folder_of_results(tmp_path: Path) -> None:
    with pytest.raises(ResultsError, match="has no results"):
        read(tmp_path)
    with pytest.raises(ResultsError, match="is no folder"):
        read(tmp_path / "none")


def test_two_runs_in_a_second_have_folders_of_their_own(tmp_path: Path) -> None:
    folders = [new_folder(tmp_path / "runs") for _ in range(2)]
    assert folders[0] != folders[1]
    assert all(re.fullmatch(r"\d{4}(-\d\d){5}", folder.name) for folder in folders)


@pytest.mark.parametrize(
    ("name", "says"),
    [("dangling", "it is no folder"), ("file", "it is no folder"), ("file/below", "Not a directory")],
)
def test_where_no_folder_can_be(tmp_path: Path, name: str, says: str) -> None:
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "file").touch()
    with pytest.raises(NotWrittenError, match=f"{name} cannot hold results: {says}. Name another folder with --out."):
        new_folder(tmp_path / name)


@pytest.mark.parametrize("model", ["owner/" + "x" * 300, "é" * 300], ids=["ASCII", "not ASCII"])
def test_a_model_with_a_name_longer_than_a_file_may_have(tmp_path: Path, model: str) -> None:
    written = write(tmp_path, replace(MEASURED, model=model), step(1))
    (found,) = read(tmp_path)
    assert found.values == written.values
    assert found.model == model


def test_no_half_of_a_file_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def half(file: Path, text: str, **_: Any) -> None:
        file.write_bytes(text[: len(text) // 2].encode())
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_text", half)
    with pytest.raises(NotWrittenError, match="cannot be written to: No space left on device. Name another with --out"):
        write(tmp_path, MEASURED, step(1))
    assert list(tmp_path.iterdir()) == []


def test_an_event_has_all_that_a_response_needs() -> None:
    response = step(1).responses[0]
    assert response_of({"event": "response", "users": 1} | vars(response)) == response
