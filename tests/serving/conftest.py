"""A real server for all tests that only ask it things: Ray Serve and vLLM on the CPU, with a key and a small queue."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from neuronserve.cli.local_server import local_server
from neuronserve.plan.plan import Plan
from neuronserve.review.services import serve_config

API_KEY = "a-key-that-no-log-may-show"
PORT = 8017
PAGE = "https://page.example"
"""Whose browsers may ask."""


@dataclass(frozen=True)
class Server:
    """The running server; ``limit`` requests at once are the most it takes, ``running`` of them in the engine."""

    base_url: str
    running: int
    limit: int
    logs: Path
    config: dict[str, Any]
    """Its Serve configuration."""

    @property
    def origin(self) -> str:
        return self.base_url.removesuffix("/v1")


@pytest.fixture(scope="session")
def local_serve_config(plan_of: Callable[[str], Plan]) -> str:
    """The Serve configuration of stack local, as synthesised."""
    return serve_config(plan_of("local"))


@pytest.fixture(scope="session")
def server(local_serve_config: str) -> Iterator[Server]:
    import ray  # here, as in all tests: those without a server need not wait for it

    config = yaml.safe_load(local_serve_config)
    application = config["applications"][0]
    application["deployments"][0]["user_config"]["max_queued_requests"] = 4
    settings = application["args"]
    settings |= {"max_num_seqs": 2}
    settings["engine_arguments"] = settings.get("engine_arguments", {}) | {"allowed_origins": [PAGE]}
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("VLLM_API_KEY", API_KEY)
        with local_server(yaml.safe_dump(config), host="127.0.0.1", port=PORT) as base_url:
            session = Path("/tmp/ray", ray.get_runtime_context().get_session_name())
            yield Server(base_url, running=2, limit=6, logs=session / "logs", config=config)


@pytest.fixture
def doomed_server(server: Server) -> Server:
    """The server for a test that ends it: such a test comes after all others."""
    return server
