"""What a running server says of itself: every series that a dashboard, an alarm or an alert names, with data.

Prometheus is the real one where it is installed, on Debian by ``apt-get install prometheus``.
"""

import contextlib
import json
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from neuronserve.components.observability.panels import EXPERIENCE, RATE
from neuronserve.components.observability.rules import rule_groups
from neuronserve.facts.metrics import METRICS, Kind, Source
from neuronserve.status.local_metrics import local_metrics
from neuronserve.status.metrics import reading
from tests.components.observability.promtool import promtool, tool, written
from tests.project import ROOT
from tests.waiting import wait_until

from .conftest import API_KEY, Server

PORT = 8141
PATIENCE_S = 600
"""Of a user: the machine may be busy with other things."""
METRICS_S = 180
"""Until what has happened is said: Ray's processes report every ten seconds, and rates take two scrapes."""
SCRAPE_S, RATE_WINDOW = 1, "30s"
LONG = {"max_tokens": 150, "ignore_eos": True, "prompt": "On", "stream": False}


@contextlib.contextmanager
def crowd(server: Server, users: int) -> Iterator[None]:
    """Keep so many requests at the server, one after the other each; some of them are refused."""
    stop = threading.Event()
    (application,) = server.config["applications"]
    (model, *_) = application["deployments"][0]["user_config"]["served_model_name"]

    def user() -> None:
        with httpx.Client(headers={"Authorization": f"Bearer {API_KEY}"}, timeout=PATIENCE_S) as client:
            while not stop.is_set():
                client.post(f"{server.base_url}/completions", json={**LONG, "model": model})
                client.post(f"{server.base_url}/completions", json={"model": "no-such-model", "prompt": "On"})

    threads = [threading.Thread(target=user) for _ in range(users)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in threads:
            thread.join()


@pytest.fixture(scope="module")
def busy(server: Server) -> Iterator[Server]:
    """The server, with as many users as it takes: twice as many requests wait as the engine works on."""
    with crowd(server, server.limit):
        yield server


def series() -> set[str]:
    """Return the names of all series of the pod, as one scrape has them."""
    lines = [line for text in local_metrics() for line in text.splitlines() if line and not line.startswith("#")]
    return {line.partition("{")[0].partition(" ")[0] for line in lines}


def expected() -> set[str]:
    """Return the series of a service that the table has."""
    of_service = (Source.VLLM, Source.SERVE, Source.NEURONSERVE)
    return {
        f"{metric.name}_bucket" if metric.kind is Kind.HISTOGRAM else metric.name
        for metric in METRICS.values()
        if metric.source in of_service
    }


@contextlib.contextmanager
def prometheus(folder: Path, address: str) -> Iterator[httpx.Client]:
    """Run Prometheus with our rules, which scrapes a pod with the labels that a PodMonitor gives it."""
    groups = rule_groups(neuron=True, time_to_first_token_s=5, spend_usd_per_hour=None)
    for group in groups:
        group["interval"] = f"{SCRAPE_S}s"
        for rule in group["rules"]:
            rule["expr"] = rule["expr"].replace("[5m]", f"[{RATE_WINDOW}]")
            if "for" in rule:
                rule["for"] = f"{SCRAPE_S}s"
    rules = written(folder / "rules.yaml", {"groups": groups})
    labels = {"namespace": "vllm", "service": "llm", "component": "worker", "pod": "llm-1"}
    scrape = {"job_name": "ray", "static_configs": [{"targets": [address], "labels": labels}]}
    config = {
        "global": {"scrape_interval": f"{SCRAPE_S}s", "evaluation_interval": f"{SCRAPE_S}s"},
        "rule_files": [str(rules)],
        "scrape_configs": [scrape],
    }
    file = written(folder / "prometheus.yaml", config)
    promtool("check", "config", file)
    command = [tool("prometheus"), f"--config.file={file}", f"--storage.tsdb.path={folder / 'data'}"]
    command.append(f"--web.listen-address=127.0.0.1:{PORT}")
    with (folder / "log").open("w") as log, httpx.Client(base_url=f"http://127.0.0.1:{PORT}/api/v1") as client:
        process = subprocess.Popen(command, stdout=log, stderr=subprocess.STDOUT)
        try:
            wait_until("Prometheus is ready", lambda: is_ready(client), 20)
            yield client
        finally:
            process.terminate()
            process.wait(20)


def is_ready(client: httpx.Client) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return client.get("/status/buildinfo").status_code == 200
    return False


def result(client: httpx.Client, query: str) -> list[dict[str, Any]]:
    answer = client.get("/query", params={"query": query}).json()
    assert answer["status"] == "success", (query, answer)
    found: list[dict[str, Any]] = answer["data"]["result"]
    return [one for one in found if one["value"][1] != "NaN"]


def pod_address() -> str:
    import ray

    (node,) = ray.nodes()
    return f"{node['NodeManagerAddress']}:{node['MetricsExportPort']}"


def test_every_series_of_a_service_is_there(busy: Server) -> None:
    wait_until(f"all of {sorted(expected())}", lambda: expected() <= series(), METRICS_S)


def test_every_query_has_data_under_load_and_a_queue_that_grows_is_an_alert(busy: Server, tmp_path: Path) -> None:
    tool("prometheus")
    with prometheus(tmp_path, pod_address()) as client:
        queries = [
            query.replace(RATE, RATE_WINDOW).replace("$namespace", "vllm").replace("$service", ".*")
            for panel in EXPERIENCE.panels
            for query, _ in panel.queries
        ]
        queries += [
            rule["record"]
            for group in rule_groups(neuron=True, time_to_first_token_s=5, spend_usd_per_hour=None)
            for rule in group["rules"]
            if "record" in rule
        ]
        for query in queries:
            wait_until(f"data for {query}", lambda query=query: result(client, query), METRICS_S)  # type: ignore[misc]

        def firing() -> set[str]:
            alerts = client.get("/alerts").json()["data"]["alerts"]
            return {one["labels"]["alertname"] for one in alerts if one["state"] == "firing"}

        wait_until("the queue is an alert", lambda: "NeuronserveQueueGrowth" in firing(), METRICS_S)
        assert "NeuronserveNoReplicaReady" not in firing()
        assert "NeuronservePodSilent" not in firing()


def test_the_status_of_the_server_here(busy: Server) -> None:
    command = [sys.executable, "-m", "neuronserve.cli", "status"]
    wait_until(
        "requests wait", lambda: reading(local_metrics(), 0).values.get("ray_vllm_num_requests_waiting"), METRICS_S
    )
    told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=True).stdout
    assert "the server on this machine" in told
    assert "healthy replicas        1" in told
    assert "p50 " in told

    looks: list[dict[str, Any]] = []
    with subprocess.Popen([*command, "--watch", "--json"], cwd=ROOT, stdout=subprocess.PIPE, text=True) as watching:
        assert watching.stdout
        deadline = time.monotonic() + METRICS_S
        while not (looks and looks[-1]["generation_tokens_per_s"]) and time.monotonic() < deadline:
            (look,) = json.loads(watching.stdout.readline())
            looks.append(look["metrics"])
        watching.terminate()
    assert looks[0]["generation_tokens_per_s"] is None
    assert looks[-1]["generation_tokens_per_s"] > 0
    assert looks[-1]["over_s"] > 0
    assert looks[-1]["requests_running"] <= busy.running
