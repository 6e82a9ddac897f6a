"""``neuronserve bench`` from the command line: before a server of the test, with a stand-in for the load generator."""

import contextlib
import errno
import json
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from neuronserve.bench.report import write_report
from neuronserve.cli import bench_run
from neuronserve.cli.main import app
from tests.bench.api_server import Pod, serving
from tests.bench.endpoint import KEY, Behaviour, answering
from tests.project import ROOT
from tests.waiting import wait_until

STAND_IN = ROOT / "tests" / "bench" / "stand_in.py"
SMALL = ("--users", "1,2", "--requests-per-user", "4", "--tokenizer", "owner/model")


@pytest.fixture
def generator(tmp_path: Path) -> str:
    """Return a program that is called as a Python with guidellm, and runs the stand-in."""
    program = tmp_path / "python"
    program.write_text(f'#!/bin/sh\nshift 2\nexec "{sys.executable}" "{STAND_IN}" "$@"\n')  # without -P and the runner
    program.chmod(0o755)
    return str(program)


@pytest.fixture
def url() -> Iterator[str]:
    with answering(Behaviour()) as base_url:
        yield base_url


def command(*words: str) -> list[str]:
    return [sys.executable, "-m", "neuronserve.cli", "bench", *words]


def environment(generator: str = "", **wanted: Any) -> dict[str, str]:
    variables = {"NEURONSERVE_BENCH_PYTHON": generator, "STAND_IN": json.dumps(wanted), "VLLM_API_KEY": ""}
    return variables | {"PYTHONPATH": str(ROOT), "COLUMNS": "200"}


@dataclass(frozen=True)
class Done:
    """How the command ended."""

    returncode: int
    stdout: str
    stderr: str


def bench(folder: Path, *words: str, generator: str = "", **wanted: Any) -> Done:
    """Run the command in this process: a new one takes a second."""
    handlers = {stop: signal.getsignal(stop) for stop in (signal.SIGINT, signal.SIGTERM)}
    try:
        with contextlib.chdir(folder):
            result = CliRunner().invoke(app, ["bench", *words], env=environment(generator, **wanted))
    finally:
        for stop, handler in handlers.items():
            signal.signal(stop, handler)
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return Done(result.exit_code, result.stdout, result.stderr)


def error_of(done: Done, code: int = 1) -> str:
    """Return the one line that a command ends with."""
    assert done.returncode == code, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    line = done.stderr.rstrip("\n").rpartition("\n")[2]
    assert line.startswith("error: "), done.stderr
    return line


def summaries(folder: Path) -> dict[int, dict[str, Any]]:
    files = folder.glob("bench-results/*/*_summary.json")
    return {values["num_concurrent_requests"]: values for values in (json.loads(file.read_text()) for file in files)}


def test_a_run(tmp_path: Path, url: str, generator: str) -> None:
    log = tmp_path / "log"
    words = ("--base-url", url, *SMALL, "--usd-per-hour", "1.97", "--seed", "7")
    done = bench(tmp_path, *words, generator=generator, log=str(log))
    assert done.returncode == 0, done.stderr
    (folder,) = (tmp_path / "bench-results").iterdir()
    assert sorted(file.name for file in folder.iterdir()) == [
        "llama_512_245_1-users_individual_responses.json",
        "llama_512_245_1-users_summary.json",
        "llama_512_245_2-users_individual_responses.json",
        "llama_512_245_2-users_summary.json",
        "report.html",
        "report.md",
        "report.png",
    ]
    found = summaries(tmp_path)
    assert found[2]["results_num_completed_requests"] == 8
    # Eight answers of 240 tokens, in four turns of 3 s, the last of which takes 2.5 s.
    assert found[2]["results_mean_output_throughput_token_per_s"] == pytest.approx(8 * 240 / 11.5)
    assert found[2]["results_ttft_s_mean"] == pytest.approx(0.105)
    assert found[2]["results_inter_token_latency_s_mean"] == pytest.approx(2.49 / 240)
    assert found[2]["generator"] == "stand-in 1"
    lines = [line for line in done.stdout.splitlines() if line.startswith("| 2 |")]
    assert lines == [line for line in (folder / "report.md").read_text().splitlines() if line.startswith("| 2 |")]
    assert f"{1.97 * 1e6 / 3600 / (8 * 240 / 11.5):.2f}" in lines[0]
    sent = json.loads(log.read_text())["load"]
    assert (sent["model"], sent["tokenizer"], sent["base_url"], sent["seed"]) == ("llama", "owner/model", url, 7)
    assert (sent["input_tokens"], sent["output_stddev"], sent["timeout_s"], sent["stream"]) == (512, 20, 7200, True)


def test_other_prompts_each_time_unless_a_seed_is_given(tmp_path: Path, url: str, generator: str) -> None:
    seeds = []
    for _ in range(2):
        assert bench(tmp_path, "--base-url", url, *SMALL, generator=generator).returncode == 0
        seeds = [
            json.loads(file.read_text())["seed"] for file in tmp_path.glob("bench-results/*/*1-users_summary.json")
        ]
    assert len(set(seeds)) == 2


def test_answers_that_are_not_streamed(tmp_path: Path, url: str, generator: str) -> None:
    done = bench(tmp_path, "--base-url", url, *SMALL, "--no-stream", generator=generator)
    assert done.returncode == 0, done.stderr
    values = summaries(tmp_path)[1]
    assert values["results_ttft_s_mean"] is None
    assert values["results_end_to_end_latency_s_mean"] == pytest.approx(2.5)
    assert values["stream"] is False


def test_errors_are_counted_shown_and_fail_the_command(tmp_path: Path, url: str, generator: str) -> None:
    done = bench(tmp_path, "--base-url", url, *SMALL, generator=generator, refuse=2)
    assert "4 of 12 requests failed (4 x 503: 503 full)." in error_of(done)
    assert summaries(tmp_path)[2]["results_error_code_frequency"] == "{503: 2}"
    page = next(tmp_path.glob("bench-results/*/report.html")).read_text()
    assert "With 2 users, 2 of 8 requests failed; by error code: {503: 2}." in page


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_stopped_keeps_what_is_done(
    tmp_path: Path, url: str, generator: str, stop: signal.Signals
) -> None:
    log = tmp_path / "log"
    with subprocess.Popen(
        command("--base-url", url, *SMALL),
        cwd=tmp_path,
        env=os.environ | environment(generator, hang=7, log=str(log)),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        wait_until("the first step is written", lambda: summaries(tmp_path), 30)
        wait_until("the generator has started", log.exists, 30)
        running.send_signal(stop)
        out, err = running.communicate(timeout=30)
    assert running.returncode == 130
    assert "Stopped." in err
    assert "Traceback" not in err
    found = summaries(tmp_path)
    assert found[1]["results_num_completed_requests"] == 4
    assert found[1]["is_whole"] is True
    if 2 in found:  # how far it came when the signal came
        assert found[2]["is_whole"] is False
        assert "| 2, broken off |" in out
    with pytest.raises(ProcessLookupError):
        os.kill(json.loads(log.read_text())["pid"], 0)


def test_a_generator_that_fails_in_the_middle_keeps_what_is_done(tmp_path: Path, url: str, generator: str) -> None:
    done = bench(tmp_path, "--base-url", url, *SMALL, generator=generator, fail_after=6)
    assert error_of(done) == "error: The load generator failed: RuntimeError: the worker died"
    assert (summaries(tmp_path)[1]["is_whole"], summaries(tmp_path)[2]["is_whole"]) == (True, False)


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_who_stops_the_report_is_told_where_it_is(
    tmp_path: Path, url: str, generator: str, stop: signal.Signals, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stopped(*arguments: Any) -> list[Path]:
        os.kill(os.getpid(), stop)
        return write_report(*arguments)

    monkeypatch.setattr(bench_run, "write_report", stopped)
    done = bench(tmp_path, "--base-url", url, *SMALL, generator=generator)
    assert done.returncode == 0, done.stderr
    assert "Written to bench-results" in done.stderr


@pytest.mark.parametrize(
    ("unwritable", "kept"),
    [("_2-users_summary", 2), ("_1-users_individual", 1), ("report.md", 4), ("_1-users_summary", 0)],
)
def test_a_disk_that_is_full_loses_nothing(
    tmp_path: Path, url: str, generator: str, *, unwritable: str, kept: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_text = Path.write_text

    def full(file: Path, text: str, **further: Any) -> int:
        if unwritable in file.name or (unwritable != "report.md" and "report" in file.name):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return write_text(file, text, **further)

    monkeypatch.setattr(Path, "write_text", full)
    done = bench(tmp_path, "--base-url", url, *SMALL, generator=generator)
    line = error_of(done)
    assert "cannot be written to: No space left on device. Name another with --out." in line
    # The table has each step that was measured.
    assert [f"| {users} |" in done.stdout for users in (1, 2)] == [True, "_1-" not in unwritable]
    assert len([*tmp_path.glob("bench-results/*/*.json")]) == kept
    assert ("What could be written is in bench-results" in done.stderr) == bool(kept)
    assert len([*tmp_path.glob("bench-results/*")]) == bool(kept)


def test_what_cannot_be_a_folder_is_told_before_anything_is_measured(tmp_path: Path, url: str, generator: str) -> None:
    (tmp_path / "link").symlink_to("nowhere")
    log = tmp_path / "log"
    done = bench(tmp_path, "--base-url", url, *SMALL, "--out", "link", generator=generator, log=str(log))
    assert error_of(done) == "error: link cannot hold results: it is no folder. Name another folder with --out."
    assert not log.exists()


def test_a_bad_request_has_a_hint(tmp_path: Path, url: str, generator: str) -> None:
    done = bench(tmp_path, "--base-url", url, *SMALL, generator=generator, refuse=1, code=400)
    assert "if --input-tokens and --output-tokens, 512 and 245 on average, are together more than" in error_of(done)
    done = bench(tmp_path, "--base-url", url, *SMALL, generator=generator, refuse=1)
    assert "--input-tokens" not in error_of(done)


def test_a_generator_that_cannot_start_leaves_no_folder(tmp_path: Path, url: str, generator: str) -> None:
    done = bench(tmp_path, "--base-url", url, *SMALL, generator=generator, silent=True)
    assert error_of(done) == "error: The load generator failed: it ended with 1: no module named guidellm"
    assert list((tmp_path / "bench-results").iterdir()) == []
    done = bench(tmp_path, "--base-url", url, *SMALL, generator="/nonexistent/python")
    assert "/nonexistent/python cannot be started: No such file or directory" in error_of(done)


def test_a_generator_without_room_for_its_files(
    tmp_path: Path, url: str, generator: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any, **__: Any) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(tempfile, "TemporaryDirectory", full)
    line = error_of(bench(tmp_path, "--base-url", url, *SMALL, generator=generator))
    assert line == "error: The load generator failed: [Errno 28] No space left on device"


def test_without_a_generator_it_says_how_to_get_one(tmp_path: Path, url: str) -> None:
    line = error_of(bench(tmp_path, "--base-url", url, *SMALL))
    assert 'pip install "neuronserve[bench]"' in line
    assert "make bench" in line


def test_a_key_goes_to_the_server_and_nowhere_else(tmp_path: Path, generator: str) -> None:
    log = tmp_path / "log"
    with answering(Behaviour(key=KEY)) as url:
        refused = bench(tmp_path, "--base-url", url, *SMALL, generator=generator)
        assert "wants another API key: set VLLM_API_KEY" in error_of(refused)
        done = bench(tmp_path, "--base-url", url, *SMALL, "--api-key", KEY, generator=generator, log=str(log))
    assert done.returncode == 0, done.stderr
    seen = json.loads(log.read_text())
    assert seen["key"] == KEY
    assert KEY not in json.dumps(seen["load"])
    assert KEY not in done.stdout + done.stderr
    written = [file for file in (tmp_path / "bench-results").rglob("*") if file.is_file()]
    assert len(written) == 7
    assert not [file for file in written if KEY.encode() in file.read_bytes()]


def test_two_runs_are_compared(tmp_path: Path, url: str, generator: str) -> None:
    for name in ("old", "new"):
        assert bench(tmp_path, "--base-url", url, *SMALL, "--out", name, generator=generator).returncode == 0
    done = bench(tmp_path, "--compare", "old", "new")
    assert done.returncode == 0, done.stderr
    assert "0.105 → 0.105 (+0.0 %)" in done.stdout
    assert "nowhere is no folder" in error_of(bench(tmp_path, "--compare", "old", "nowhere"))


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--users", "1,x"), "--users is '1,x'; it should be numbers above 0"),
        (("--base-url", "localhost:8000"), "it should read http://host:port/v1."),
        (("--base-url", "http://me:secret@localhost/v1"), "has a name or a password in it"),
        (("--api-key", "a\nb"), "no HTTP header can carry"),
        (("--in-cluster",), "name it with --stack"),
        (("--base-url", "http://127.0.0.1:9/v1"), "No server answers at http://127.0.0.1:9/v1"),
        (("--usd-per-hour", "inf"), "--usd-per-hour is inf; it should be a number, such as 1.97."),
        (("--timeout", "inf"), "--timeout is inf; it should be a number, such as 7200."),
        (("--users", "9" * 5000), "each number should have at most 6 digits"),
        (("--service", "a"), "name the stack with --stack, or leave out --service."),
        (("--kubeconfig", "a"), "--kubeconfig is for a Job in the cluster: add --in-cluster"),
        (("--context", "a"), "--context is for a Job in the cluster: add --in-cluster"),
        (("--stack", "local", "--image", "a"), "--image is for a Job in the cluster: add --in-cluster"),
        (
            ("--serve", "--base-url", "http://192.0.2.1/v1"),
            "is another. Call `neuronserve bench` without it",
        ),
    ],
)
def test_mistakes(tmp_path: Path, generator: str, words: tuple[str, ...], says: str) -> None:
    line = error_of(bench(tmp_path, *words, generator=generator))
    assert says in line
    assert "secret" not in line
    assert not (tmp_path / "bench-results").exists()


def test_a_server_that_refuses_is_told_and_no_second_one_is_started(tmp_path: Path, generator: str) -> None:
    with answering(Behaviour(key=KEY)) as url:
        line = error_of(bench(tmp_path, "--serve", "--base-url", url, *SMALL, generator=generator))
    assert "wants another API key" in line


@pytest.mark.parametrize(
    ("models", "words", "says"),
    [
        ([], (), "serves no model"),
        ([{"id": "a"}, {"id": "b"}], ("--model", "c"), "has no model 'c'. Choose one with --model: a, b."),
        ([{"id": "a", "root": "/somewhere/else"}], (), "The tokenizer of a is not known here (/somewhere/else)."),
        ([{"name": "a"}], (), "is no OpenAI-compatible API"),
    ],
)
def test_what_a_server_serves(
    tmp_path: Path, generator: str, models: list[dict[str, Any]], words: tuple[str, ...], says: str
) -> None:
    with answering(Behaviour(models=models)) as url:
        assert says in error_of(bench(tmp_path, "--base-url", url, *words, generator=generator))


def test_a_service_that_is_not_exposed_is_not_measured_from_here(tmp_path: Path, generator: str) -> None:
    words = ("--stack", "inf2-8xlarge", "--project", str(ROOT))
    line = error_of(bench(tmp_path, *words, generator=generator))
    assert "is reached in its cluster alone (http://vllm-llama3-inf2-serve-svc.vllm.svc.cluster.local:8000/v1)" in line
    with answering(Behaviour()) as url:
        done = bench(tmp_path, *words, "--base-url", url, *SMALL, generator=generator)
    assert done.returncode == 0, done.stderr
    values = summaries(tmp_path)[1]
    assert (values["usd_per_hour_least"], values["usd_per_hour_most"]) == pytest.approx((1.96786, 3 * 1.96786))


def test_in_the_cluster_of_a_stack(tmp_path: Path) -> None:
    answer = {"users": 1, "started_s": 10.0, "ended_s": 12.0, "first_token_s": 10.5, "last_token_s": 12.0}
    events = [
        {"event": "started", "generator": "guidellm 0.8.1"},
        *({"event": "response", **answer, "input_tokens": 520, "output_tokens": 245} for _ in range(2)),
        {"event": "finished", "users": 1},
    ]
    pod = Pod(
        ["Pending", "Running", "Succeeded"], "a line of a log\n" + "".join(f"{json.dumps(one)}\n" for one in events)
    )
    small = ("--users", "1", "--requests-per-user", "2")
    with serving(pod) as kubeconfig:
        (tmp_path / "kubeconfig").write_text(kubeconfig)
        where = ("--stack", "inf2-8xlarge", "--project", str(ROOT), "--kubeconfig", "kubeconfig")
        done = bench(tmp_path, "--in-cluster", *where, *small)
    assert done.returncode == 0, done.stderr
    values = summaries(tmp_path)[1]
    assert values["results_mean_output_throughput_token_per_s"] == pytest.approx(245)
    assert values["endpoint"] == "http://vllm-llama3-inf2-serve-svc.vllm.svc.cluster.local:8000/v1"
    assert values["usd_per_hour_least"] == pytest.approx(1.96786)
    load = json.loads(pod.made["ConfigMap"]["data"]["load.json"])
    assert load["model"] == load["tokenizer"] == "NousResearch/Meta-Llama-3-8B-Instruct"
    assert pod.made["Job"]["metadata"]["namespace"] == "vllm"
    (container,) = pod.made["Job"]["spec"]["template"]["spec"]["containers"]
    (key,) = (one for one in container["env"] if one["name"] == "NEURONSERVE_BENCH_KEY")
    assert key["valueFrom"]["secretKeyRef"] == {"name": "vllm-llama3-inf2-api-key", "key": "api-key"}
    assert pod.deleted == {"Job", "ConfigMap"}
