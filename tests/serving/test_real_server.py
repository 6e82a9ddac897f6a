"""The application with the real vLLM, through real clients."""

import concurrent.futures
import contextlib
import json
import os
import threading
import time

import httpx
import openai
import psutil
import pytest

from neuronserve.cli.streaming import stream_answer
from tests.waiting import wait_until

from .conftest import API_KEY, PAGE, TEAM, TEAMS_KEY, Server

CANARY = "xylophone-marmalade-7261"
QUESTION = [{"role": "user", "content": "What is the capital of Japan?"}]
DEADLINE_S = 20
METRICS_S = 40
"""Ray's processes report theirs every ten seconds."""
PATIENCE_S = 8
HANG_UP_S = 5
"""From a hang-up to an engine that is idle: a step of it, and what Serve takes to notice."""
ENDLESS = {"max_tokens": 1900, "ignore_eos": True}


@pytest.fixture(scope="module")
def client(server: Server) -> openai.OpenAI:
    return openai.OpenAI(base_url=server.base_url, api_key=API_KEY, max_retries=0, timeout=120)


@pytest.fixture(scope="module")
def http(server: Server) -> httpx.Client:
    return httpx.Client(base_url=server.origin, headers={"Authorization": f"Bearer {API_KEY}"}, timeout=120)


@pytest.fixture(scope="module")
def model(client: openai.OpenAI) -> str:
    return client.models.list().data[0].id


def requests_running(http: httpx.Client) -> float:
    lines = http.get("/metrics").text.splitlines()
    return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.startswith("vllm:num_requests_running{"))


def test_chat_completion(client: openai.OpenAI, model: str) -> None:
    completion = client.chat.completions.create(model=model, messages=QUESTION, temperature=0, max_tokens=30)
    assert "Tokyo" in completion.choices[0].message.content
    assert completion.usage.completion_tokens > 0


def test_the_engine_has_its_cores_to_itself(client: openai.OpenAI, model: str) -> None:
    client.chat.completions.create(model=model, messages=QUESTION, max_tokens=1)
    ours = {process: set(process.cpu_affinity()) for process in psutil.Process().children(recursive=True)}
    named = {process.name().partition("_")[0]: process for process in ours}
    worker = named.get("VLLM::Worker") or named["VLLM::EngineCore"]  # vLLM 0.13 has no worker beside its EngineCore
    if ours[worker] == os.sched_getaffinity(0):
        pytest.skip("vLLM took every processor that there is")
    shared = [process for process, cores in ours.items() if process != worker and cores & ours[worker]]
    assert not [process.name() for process in shared if process.name().startswith(("VLLM::EngineCore", "ray::Serve"))]


def test_the_engine_leaves_its_processor_while_its_worker_works(client: openai.OpenAI, model: str) -> None:
    named = {process.name(): process for process in psutil.Process().children(recursive=True)}
    if "VLLM::Worker" not in named:
        pytest.skip("this version of vLLM has no worker beside its EngineCore")

    def seconds() -> tuple[float, float]:
        engine, worker = (named[f"VLLM::{name}"].cpu_times() for name in ("EngineCore", "Worker"))
        return engine.user + engine.system, worker.user + worker.system

    before = seconds()
    client.completions.create(model=model, prompt="Once upon a time", max_tokens=60, extra_body={"ignore_eos": True})
    engine, worker = (now - then for now, then in zip(seconds(), before, strict=True))
    assert engine < 0.4 * worker  # one that asks for the worker's message all the time takes as much as the worker


def test_streamed_chat_comes_in_pieces(client: openai.OpenAI, model: str) -> None:
    pieces: list[str] = []
    answer = stream_answer(client, model, QUESTION, pieces.append, max_tokens=30, temperature=0)
    assert "Tokyo" in answer.text
    assert len(pieces) > 3
    assert 0 < answer.time_to_first_token_s < answer.duration_s


def test_text_completion(client: openai.OpenAI, model: str) -> None:
    completion = client.completions.create(model=model, prompt="One, two, three,", temperature=0, max_tokens=5)
    assert "four" in completion.choices[0].text


def test_wrong_model_is_an_error_object(client: openai.OpenAI) -> None:
    with pytest.raises(openai.NotFoundError) as refused:
        client.chat.completions.create(model="no-such-model", messages=QUESTION)
    assert "no-such-model" in refused.value.body["message"]


def test_models_are_retrieved_one_by_one(client: openai.OpenAI, model: str) -> None:
    assert client.models.retrieve(model).id == model
    with pytest.raises(openai.NotFoundError) as refused:
        client.models.retrieve("no/such-model")
    assert "no/such-model" in refused.value.body["message"]


def test_a_browser_reads_our_own_short_answers(server: Server) -> None:
    origin = {"Origin": PAGE}
    url = f"{server.base_url}/chat/completions"
    refused = httpx.post(url, json={}, headers=origin, timeout=30)
    assert refused.status_code == 401
    assert refused.headers.get_list("access-control-allow-origin") == [PAGE]
    asked = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "authorization"}
    preflight = httpx.options(url, headers=origin | asked, timeout=30)
    assert preflight.status_code == 200
    assert preflight.headers["access-control-allow-origin"] == PAGE
    listed = httpx.get(f"{server.base_url}/models", headers=origin | {"Authorization": f"Bearer {API_KEY}"}, timeout=30)
    assert listed.headers.get_list("access-control-allow-origin") == [PAGE]
    assert listed.headers["access-control-expose-headers"] == "Retry-After"


def test_tokenize(http: httpx.Client, model: str) -> None:
    answer = http.post("/tokenize", json={"model": model, "prompt": "Hello there"}).json()
    assert answer["count"] == len(answer["tokens"]) > 0


def test_metrics_are_vllms(http: httpx.Client) -> None:
    assert "vllm:generation_tokens_total" in http.get("/metrics").text


def series(name: str) -> list[str]:
    """Return the lines of a metric in the one scrape that a pod has."""
    import ray

    (node,) = ray.nodes()
    url = f"http://{node['NodeManagerAddress']}:{node['MetricsExportPort']}/metrics"
    return [line for line in httpx.get(url, timeout=10).text.splitlines() if line.startswith(name)]


def test_one_scrape_has_the_metrics_of_serve_and_of_each_replica(http: httpx.Client, model: str) -> None:
    http.post("/v1/completions", json={"model": model, "prompt": "On", "max_tokens": 2})
    wait_until("vLLM's metrics are there", lambda: series("ray_vllm_generation_tokens"), METRICS_S)
    wait_until("Serve's metrics are there", lambda: series("ray_serve_num_http_requests"), METRICS_S)
    assert all(
        'ReplicaId="' in line and f'model_name="{model}"' in line for line in series("ray_vllm_generation_tokens")
    )


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/v1/models"),
        ("POST", "/v1/chat/completions"),
        ("POST", "/v1/completions"),
        ("POST", "/invocations"),
        ("POST", "/tokenize"),
        ("GET", "/openapi.json"),
    ],
)
@pytest.mark.parametrize("authorization", [None, "Bearer wrong", f"Basic {API_KEY}", "Bearer"])
def test_without_the_key_nothing_answers(server: Server, method: str, path: str, authorization: str | None) -> None:
    headers = {"Authorization": authorization} if authorization else {}
    answer = httpx.request(method, server.origin + path, headers=headers, json={})
    assert answer.status_code == 401
    assert answer.json()["error"]["type"] == "authentication_error"


def test_official_client_reports_the_missing_key(server: Server) -> None:
    with pytest.raises(openai.AuthenticationError):
        openai.OpenAI(base_url=server.base_url, api_key="wrong", max_retries=0).models.list()


def test_log_and_metrics_say_whose_key_it_was(server: Server, http: httpx.Client) -> None:
    asked = httpx.get(server.origin + "/v1/models", headers={"x-api-key": TEAMS_KEY})
    assert asked.status_code == 200
    (log,) = (server.logs / "serve").glob("replica_*.log")

    def lines() -> list[str]:
        return [line for line in log.read_text().splitlines() if asked.headers["x-request-id"] in line]

    wait_until("the log has the request", lambda: len(lines()) >= 2, METRICS_S)
    assert any(f"API key {TEAM}: 200" in line for line in lines())
    assert any("GET / 200" in line for line in lines())  # Serve's own, by the same id
    wait_until(
        "the metric is there",
        lambda: any(f'api_key="{TEAM}"' in line for line in series("ray_neuronserve_requests_total")),
        METRICS_S,
    )


def test_keys_come_and_go_while_a_stream_goes_on(server: Server, model: str) -> None:
    def status_with(key: str) -> int:
        return httpx.get(server.origin + "/v1/models", headers={"x-api-key": key}).status_code

    team = httpx.Client(base_url=server.origin, headers={"x-api-key": "a-new-key"}, timeout=60)
    assert status_with("a-new-key") == 401
    (server.keys / "team-b").write_text("a-new-key\n")
    wait_until("the new key opens the server", lambda: status_with("a-new-key") == 200, METRICS_S)
    body = {"model": model, "prompt": "On", "max_tokens": 400, "ignore_eos": True, "stream": True}
    with team.stream("POST", "/v1/completions", json=body) as stream:
        lines = stream.iter_lines()
        next(lines)
        (server.keys / "team-b").unlink()
        wait_until("the key opens nothing more", lambda: status_with("a-new-key") == 401, METRICS_S)
        assert [line for line in lines if line][-1] == "data: [DONE]"
    assert (status_with(API_KEY), status_with(TEAMS_KEY)) == (200, 200)


def test_health_is_open(server: Server) -> None:
    assert httpx.get(server.origin + "/health").status_code == 200


def test_serve_s_log_goes_on_when_vllm_has_set_up_its_own(server: Server) -> None:
    (log,) = (server.logs / "serve").glob("replica_*.log")
    assert "Finished initializing replica" in log.read_text()


def test_a_full_queue_refuses_and_loses_nothing(server: Server, http: httpx.Client, model: str) -> None:
    body = {"model": model, "messages": QUESTION, "max_tokens": 40, "ignore_eos": True}
    start = threading.Barrier(64)

    def ask(_: int) -> tuple[httpx.Response, float]:
        start.wait()
        began = time.monotonic()
        with httpx.Client(headers=http.headers, timeout=120) as alone:
            answer = alone.post(server.base_url + "/chat/completions", json=body)
        return answer, time.monotonic() - began

    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        answers = list(pool.map(ask, range(64)))

    served = [answer for answer, _ in answers if answer.status_code == 200]
    refused = [(answer, seconds) for answer, seconds in answers if answer.status_code == 503]
    assert len(served) + len(refused) == 64
    assert len(served) >= server.limit
    assert all(answer.json()["usage"]["completion_tokens"] == 40 for answer in served)
    assert refused
    for answer, _ in refused:
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.json()["error"] == {
            "message": "The server is full: 6 requests are running or waiting. Try again in 2 s.",
            "type": "server_overloaded",
            "param": None,
            "code": 503,
        }
    assert http.post("/v1/chat/completions", json=body).status_code == 200


def test_a_client_that_hangs_up_frees_its_slot(server: Server, http: httpx.Client, model: str) -> None:
    body = {"model": model, "messages": QUESTION, "stream": True, **ENDLESS}
    probe = {"model": model, "messages": QUESTION, "max_tokens": 1}
    waiting = [httpx.Client(headers=http.headers, timeout=120) for _ in range(server.limit)]
    admitted, streaming = threading.Semaphore(0), threading.Event()

    def occupy(alone: httpx.Client) -> None:
        # Its connection is closed under it: that is the hanging up.
        with (
            contextlib.suppress(httpx.TransportError),
            alone.stream("POST", server.base_url + "/chat/completions", json=body) as answer,
        ):
            assert answer.status_code == 200
            admitted.release()
            for _ in answer.iter_lines():
                streaming.set()
                if leave.is_set():
                    return

    leave = threading.Event()
    with concurrent.futures.ThreadPoolExecutor(server.limit) as pool:
        streams = [pool.submit(occupy, alone) for alone in waiting]
        try:
            # A probe before all are in would take a place itself, and wait behind streams that do not end.
            assert all(admitted.acquire(timeout=60) for _ in waiting)
            assert streaming.wait(60)
            assert http.post("/v1/chat/completions", json=probe).status_code == 503
        finally:
            leave.set()
            for alone in waiting:
                alone.close()
        for stream in streams:
            stream.result(60)
    wait_until("the engine works on nothing", lambda: requests_running(http) == 0, DEADLINE_S)
    assert http.post("/v1/chat/completions", json=probe).status_code == 200


def test_a_client_that_hangs_up_before_a_whole_answer_stops_the_engine(http: httpx.Client, model: str) -> None:
    """Of what is not streamed, Serve cancels the request alone."""
    body = {"model": model, "messages": QUESTION, **ENDLESS}
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        asked = [
            pool.submit(http.post, "/v1/chat/completions", json=body, timeout=httpx.Timeout(PATIENCE_S))
            for _ in range(2)
        ]
        wait_until("the engine works on both", lambda: requests_running(http) == 2, PATIENCE_S)
        for request in asked:
            assert isinstance(request.exception(60), httpx.ReadTimeout)  # which closes the connection
        wait_until("the engine works on nothing", lambda: requests_running(http) == 0, HANG_UP_S)


def test_more_answers_than_places_are_refused(http: httpx.Client, model: str, server: Server) -> None:
    answer = http.post("/v1/completions", json={"model": model, "prompt": "On", "n": 200})
    assert answer.status_code == 400
    assert f"this server takes {server.limit}" in answer.json()["error"]["message"]


def test_a_huge_body_is_refused(http: httpx.Client, model: str) -> None:
    answer = http.post("/tokenize", json={"model": model, "prompt": "a" * (33 * 2**20)})
    assert (answer.status_code, answer.json()["error"]["type"]) == (413, "invalid_request_error")


@pytest.mark.parametrize(
    "body",
    [
        {"messages": [{"role": "user", "content": CANARY}], "max_tokens": 3},
        {"messages": [{"role": "user", "content": CANARY}], "max_tokens": 3, "stream": True},
        {"messages": [{"role": "user", "content": CANARY}], "max_tokens": "many"},
        {"messages": [{"role": CANARY, "content": CANARY}], "max_tokens": 3},
        {"messages": [{"role": "user", "content": CANARY * 3000}], "max_tokens": 3},
    ],
)
def test_prompts_are_never_logged(server: Server, http: httpx.Client, model: str, body: dict[str, object]) -> None:
    answer = http.post("/v1/chat/completions", json={"model": model, **body})
    assert answer.status_code in (200, 400)
    logs = [file.read_text(errors="replace") for file in server.logs.rglob("*") if file.is_file()]
    assert any("POST / 200" in log for log in logs)  # these are the logs of the server
    assert not any(CANARY in log for log in logs)
    assert not any(API_KEY in log for log in logs)


def test_shutdown_lets_a_stream_finish(doomed_server: Server, http: httpx.Client, model: str) -> None:
    from ray import serve

    body = {"model": model, "messages": QUESTION, "stream": True, "max_tokens": 100, "ignore_eos": True}
    with http.stream("POST", "/v1/chat/completions", json=body) as answer:
        lines = answer.iter_lines()
        first = next(line for line in lines if line.startswith("data: "))
        deletion = threading.Thread(target=serve.delete, args=("llm",))
        deletion.start()
        rest = [line for line in lines if line.startswith("data: ")]
    deletion.join(60)
    assert first
    assert rest[-1] == "data: [DONE]"
    assert json.loads(rest[-2].removeprefix("data: "))["choices"][0]["finish_reason"] == "length"
