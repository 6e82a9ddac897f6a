"""`neuronserve status` of the stack under load: what pods say of themselves, read through port-forwards."""

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from tests.kubernetes import load
from tests.kubernetes.conftest import Note
from tests.kubernetes.kubectl import Kubectl, eventually
from tests.kubernetes.local_stack import NAMESPACE, Answers, LocalStack
from tests.project import ROOT

CLIENTS = 20
"""More than the engine has room for (``maxNumSeqs`` of the stack): some wait in it."""
LOOKS_S = 50
"""Ray's processes report every ten seconds, so that the ends of a rate's window are late by up to that."""


def command(kubectl: Kubectl, *words: str) -> list[str]:
    words = ("--stack", "local", "--project", str(ROOT), "--kubeconfig", kubectl.kubeconfig, *words)
    return [sys.executable, "-m", "neuronserve.cli", "status", *words]


def said(kubectl: Kubectl, *words: str) -> str:
    words = command(kubectl, *words)
    done = subprocess.run(words, cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_load_and_speed_while_it_is_asked(stack: LocalStack, kubectl: Kubectl, note: Note, tmp_path: Path) -> None:
    stack.wait_until_ready()
    table, lines = tmp_path / "table", tmp_path / "lines"
    with (
        stack.load(CLIENTS) as answers,
        table.open("wb") as screen,
        lines.open("wb") as looks,
        subprocess.Popen(command(kubectl, "--watch"), cwd=ROOT, stdout=screen) as watching,
        subprocess.Popen(command(kubectl, "--watch", "--json"), cwd=ROOT, stdout=looks) as telling,
    ):
        try:
            eventually("it has looked for a while", lambda: (_window_s(lines) or 0) > LOOKS_S, 4 * LOOKS_S)
            ended = time.time()
            telling.kill()
            watching.send_signal(signal.SIGINT)
            assert watching.wait(30) == 0
        finally:
            telling.kill()
            watching.kill()
    found = [json.loads(line) for line in lines.read_text().splitlines()[:-1]]
    (last,) = found[-1]
    # Of the pods that answer, the head's proxy is one, which has no replica.
    assert (last["namespace"], last["name"], last["state"], last["endpoints"]) == (NAMESPACE, "llm", "ready", 2)
    metrics = last["metrics"]
    assert metrics["replicas"] == 1
    assert max(one["metrics"]["requests_running"] for (one,) in found) > 1
    assert max(one["metrics"]["requests_waiting"] for (one,) in found) > 0
    for latency in ("time_to_first_token_s", "inter_token_latency_s"):
        assert 0 < metrics[latency]["p50"] <= metrics[latency]["p95"] <= metrics[latency]["p99"] < 120
    wanted = tokens_per_s(answers, ended - metrics["over_s"], ended)
    note("status --watch", f"{metrics['generation_tokens_per_s']:.1f} tokens a second, clients got {wanted:.1f}")
    assert 0.6 < metrics["generation_tokens_per_s"] / wanted < 1.6
    assert metrics["requests_per_s"] > 0
    assert metrics["errors_per_s"] == 0
    shown = table.read_text()
    for line in (
        "llm in namespace vllm: ready, 2 pods answer",
        r"healthy replicas +1",
        r"requests +\d+ running, \d+ waiting in the engines",
        r"time to first token +p50 [\d.]+ m?s, p95 [\d.]+ m?s, p99 [\d.]+ m?s, of the last \d+ s",
        r"time between tokens +p50 [\d.]+ m?s, p95 [\d.]+ m?s, p99 [\d.]+ m?s, of the last \d+ s",
        r"tokens written +\d+\.\d a second",
    ):
        assert re.search(line, shown), shown


def _window_s(lines: Path) -> float | None:
    """Return over how long the last whole line has its rates."""
    whole = [line for line in lines.read_text().splitlines(keepends=True) if line.endswith("\n")]
    metrics = json.loads(whole[-1])[0]["metrics"] if whole else None
    assert metrics or len(whole) < 3, f"the pods say nothing: {whole[-1]}"
    window: float | None = metrics and metrics["over_s"]
    return window


def tokens_per_s(answers: Answers, since: float, until: float) -> float:
    """Return how many tokens a second clients got in whole answers."""
    whole = [row for row in answers.rows if row["said"] == "200" and since < row["ended"] <= until]
    return len(whole) * load.BODY["max_tokens"] / (until - since)


def test_one_look_has_what_was_since_the_start(stack: LocalStack, kubectl: Kubectl) -> None:
    stack.wait_until_ready()

    def idle() -> dict[str, Any] | None:
        (one,) = json.loads(said(kubectl, "--json"))
        metrics: dict[str, Any] = one["metrics"]
        return metrics if metrics["requests_running"] == 0 else None

    metrics = eventually("the pods have reported that nobody asks", idle, 60)
    assert metrics["replicas"] == 1
    assert metrics["requests_waiting"] == 0
    assert metrics["over_s"] is metrics["generation_tokens_per_s"] is None
    assert 0 < metrics["time_to_first_token_s"]["p50"] <= metrics["time_to_first_token_s"]["p99"]
    shown = said(kubectl)
    assert re.search(r"requests +0 running, 0 waiting in the engines", shown), shown
    assert "since the start" in shown
    assert "a second" not in shown
