"""Settings that a running replica takes over, in the real application."""

import copy
import os
from typing import Any

import httpx

from tests.waiting import wait_until

from .conftest import API_KEY, Server

DEADLINE_S = 30
NAMES = ["llama", "gpt-4o"]


def names(http: httpx.Client) -> list[str]:
    return [model["id"] for model in http.get("/v1/models").json()["data"]]


def deploy(server: Server, **user_config: Any) -> None:
    """Hand a changed configuration to Serve the way that KubeRay does."""
    from ray._private.worker import get_dashboard_url
    from ray.dashboard.modules.serve.sdk import ServeSubmissionClient

    config = copy.deepcopy(server.config)
    config["applications"][0]["deployments"][0]["user_config"] |= user_config
    ServeSubmissionClient(f"http://{get_dashboard_url()}").deploy_applications(config)


def replica() -> int:
    """Return the process id of the one replica."""
    import psutil

    (process,) = (
        one
        for one in psutil.Process(os.getpid()).children(recursive=True)
        if one.name().startswith("ray::ServeReplica")
    )
    return process.pid


def test_names_and_queue_change_under_a_stream_that_goes_on(server: Server) -> None:
    http = httpx.Client(base_url=server.origin, headers={"Authorization": f"Bearer {API_KEY}"}, timeout=60)
    (old,) = names(http)
    before = replica()
    body = {"model": old, "prompt": "On", "max_tokens": 400, "ignore_eos": True, "stream": True}
    try:
        with http.stream("POST", "/v1/completions", json=body) as stream:
            lines = stream.iter_lines()
            next(lines)
            deploy(server, served_model_name=NAMES, max_queued_requests=0)
            wait_until("the model has its new names", lambda: names(http) == NAMES, DEADLINE_S)
            assert [line for line in lines if line][-1] == "data: [DONE]"
        question = {"prompt": "Once", "max_tokens": 1}
        answers = [http.post("/v1/completions", json=question | {"model": name}) for name in (*NAMES, old)]
        assert [answer.status_code for answer in answers] == [200, 200, 404]
        assert http.get("/v1/models/gpt-4o").json()["id"] == "gpt-4o"
        assert replica() == before
    finally:
        deploy(server)
        wait_until("the model has its old name", lambda: names(http) == [old], DEADLINE_S)
