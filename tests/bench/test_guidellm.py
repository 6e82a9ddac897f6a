"""The real load generator before a server with known delays: what it tells of is what the server did.

Takes the Python that has guidellm, which `make bench` installs, and is skipped without it.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.bench.endpoint import FIRST_S, KEY, TOKEN_S, Behaviour, answering
from tests.project import ROOT

PYTHON = Path(os.environ.get("NEURONSERVE_BENCH_PYTHON") or ROOT / ".venv-bench" / "bin" / "python")
LATE_S = 2.0
"""What a busy machine may add to an answer."""

pytestmark = [
    pytest.mark.skipif(not PYTHON.exists(), reason="there is no .venv-bench: `make bench` makes it"),
    pytest.mark.slow,
]


@pytest.fixture(scope="module")
def tokenizer() -> str:
    """Return the folder of a tokenizer: that of the embedded model."""
    from neuronserve.serving.models import resolve_model

    return resolve_model("smollm2-135m-instruct")


@pytest.fixture
def server() -> Iterator[tuple[str, Behaviour]]:
    behaviour = Behaviour(key=KEY)
    with answering(behaviour) as url:
        yield url, behaviour


def bench(folder: Path, url: str, tokenizer: str, *words: str) -> "subprocess.CompletedProcess[str]":
    small = ("--users", "1,3", "--requests-per-user", "2", "--input-tokens", "60", "--input-stddev", "5")
    command = [sys.executable, "-m", "neuronserve.cli", "bench", "--base-url", url, "--tokenizer", tokenizer, *small]
    variables = {"NEURONSERVE_BENCH_PYTHON": str(PYTHON), "PYTHONPATH": str(ROOT), "VLLM_API_KEY": KEY}
    return subprocess.run(
        [*command, "--output-tokens", "20", "--output-stddev", "3", *words],
        cwd=folder,
        env=os.environ | variables,
        capture_output=True,
        text=True,
        timeout=180,
        check=False,
    )


def steps(folder: Path) -> dict[int, tuple[dict[str, Any], list[dict[str, Any]]]]:
    found = {}
    for file in folder.glob("bench-results/*/*_summary.json"):
        values = json.loads(file.read_text())
        records = json.loads(Path(str(file).replace("_summary", "_individual_responses")).read_text())
        found[values["num_concurrent_requests"]] = values, records
    return found


def test_times_and_tokens_are_the_servers(tmp_path: Path, server: tuple[str, Behaviour], tokenizer: str) -> None:
    url, behaviour = server
    done = bench(tmp_path, url, tokenizer)
    assert done.returncode == 0, done.stderr
    assert behaviour.most_at_once == 3
    assert len(behaviour.asked) == 8
    found = steps(tmp_path)
    assert {users: len(records) for users, (_, records) in found.items()} == {1: 2, 3: 6}
    lengths = sorted(body["max_completion_tokens"] for body in behaviour.asked)
    records = [record for _, some in found.values() for record in some]
    assert sorted(record["number_output_tokens"] for record in records) == lengths
    for record in records:
        tokens = record["number_output_tokens"]
        whole = FIRST_S + TOKEN_S * (tokens - 1)
        assert FIRST_S <= record["ttft_s"] < FIRST_S + LATE_S
        assert whole <= record["end_to_end_latency_s"] < whole + LATE_S
        assert whole / tokens <= record["inter_token_latency_s"] <= record["end_to_end_latency_s"] / tokens
        # The server's first token may be late, and those after it are then in time.
        assert TOKEN_S / 2 < record["inter_token_latency_after_first_s"] < TOKEN_S + LATE_S / tokens
    prompts = {json.dumps(body["messages"]) for body in behaviour.asked}
    assert len(prompts) == 8  # none twice: a server may have it in its cache
    assert all(body["ignore_eos"] and body["stream"] for body in behaviour.asked)


def test_a_folder_without_a_tokenizer_is_told(tmp_path: Path, server: tuple[str, Behaviour]) -> None:
    url, _ = server
    (tmp_path / "empty").mkdir()
    done = bench(tmp_path, url, str(tmp_path / "empty"))
    assert done.returncode == 1
    assert "empty has none of tokenizer.json, " in " ".join(done.stderr.split())


def test_answers_that_are_not_streamed(tmp_path: Path, server: tuple[str, Behaviour], tokenizer: str) -> None:
    url, behaviour = server
    done = bench(tmp_path, url, tokenizer, "--no-stream", "--users", "2")
    assert done.returncode == 0, done.stderr
    values, records = steps(tmp_path)[2]
    assert values["results_ttft_s_mean"] is None
    assert all(record["end_to_end_latency_s"] >= FIRST_S for record in records)
    assert not any(body.get("stream") for body in behaviour.asked)


def test_refusals_have_their_status(tmp_path: Path, server: tuple[str, Behaviour], tokenizer: str) -> None:
    url, behaviour = server
    behaviour.refuse_every = 2
    done = bench(tmp_path, url, tokenizer, "--users", "2")
    assert done.returncode == 1
    assert "2 of 4 requests failed (2 x 503:" in done.stderr
    values, _ = steps(tmp_path)[2]
    assert values["results_error_code_frequency"] == "{503: 2}"
    assert values["results_num_completed_requests"] == 2


def test_what_is_not_answered_in_time_is_an_error(
    tmp_path: Path, server: tuple[str, Behaviour], tokenizer: str
) -> None:
    url, behaviour = server
    behaviour.hang_after = 1
    done = bench(tmp_path, url, tokenizer, "--users", "2", "--timeout", "4")
    assert done.returncode == 1
    values, records = steps(tmp_path)[2]
    assert values["results_num_completed_requests"] == 1
    assert any("4 s" in record["error_msg"] or "Timeout" in record["error_msg"] for record in records)
    assert KEY not in done.stderr + done.stdout + json.dumps(records)
