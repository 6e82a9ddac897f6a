"""The one settings model of the serving application: written into ``serveConfigV2``, read back in the pod.

Light on purpose: the Pulumi components import it, so neither Ray nor vLLM may be imported here.
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, JsonValue, field_validator, model_validator

MAX_QUEUED_REQUESTS = 64
"""Requests that may wait in a replica where nobody says how many: with some ten running, a minute's worth."""

GRACEFUL_SHUTDOWN_TIMEOUT_S = 300
"""Seconds that running requests get to finish where nobody says how many: a long answer takes some minutes."""

ENGINE_START_TIMEOUT_S = 2700
"""Seconds until an engine that has not started counts as failed: a first compilation takes 15 to 30 min."""

RESERVED_ENGINE_ARGUMENTS = {
    **dict.fromkeys(
        (
            "api_server_count",
            "disable_access_log_for_endpoints",
            "disable_frontend_multiprocessing",
            "disable_uvicorn_access_log",
            "enable_ssl_refresh",
            "grpc_port",
            "h11_max_header_count",
            "h11_max_incomplete_event_size",
            "headless",
            "host",
            "log_config_file",
            "port",
            "shutdown_timeout",
            "ssl_ca_certs",
            "ssl_cert_reqs",
            "ssl_certfile",
            "ssl_ciphers",
            "ssl_keyfile",
            "uds",
            "uvicorn_log_level",
        ),
        "Ray Serve owns the HTTP server",
    ),
    **dict.fromkeys(
        (
            "data_parallel_supervisor_port",
            "dp_supervisor_probe_failure_threshold",
            "dp_supervisor_probe_interval_s",
            "dp_supervisor_probe_timeout_s",
        ),
        "Ray Serve looks after replicas",
    ),
    "api_key": "the API key comes from the environment or a file, never from the settings",
    "config": "write its arguments here",
    "enable_log_outputs": "answers are never logged",
    "enable_log_requests": "prompts are never logged",
    "hf_token": "the token comes from a file, never from the settings",
    "max_model_len": "set max_model_len",
    "max_num_seqs": "set max_num_seqs",
    "model": "set model",
    "revision": "set revision",
    "served_model_name": "set served_model_name",
    "tensor_parallel_size": "set tensor_parallel_size",
}


ENGINE_ARGUMENT = re.compile(r"[a-z][a-z0-9_]*")


def refused_engine_arguments(arguments: Iterable[str]) -> list[str]:
    """Return which engine arguments may not be set, and why: one message for each."""
    return [
        f"{name} may not be set here: {RESERVED_ENGINE_ARGUMENTS[name]}"
        if name in RESERVED_ENGINE_ARGUMENTS
        else f"{name!r} is not written in lower case with underscores, as in max_model_len"
        for name in arguments
        if name in RESERVED_ENGINE_ARGUMENTS or not ENGINE_ARGUMENT.fullmatch(name)
    ]


class Accelerator(StrEnum):
    """What the model runs on: NeuronCores (the product) or the CPU (small models, no cloud)."""

    NEURON = "neuron"
    """NeuronCores of Inferentia2 or Trainium."""
    CPU = "cpu"
    """Processors of any kind."""


class EngineSettings(BaseModel):
    """What an engine is started with, the ``args`` of the Serve application: a change of it takes another engine.

    Raises:
        pydantic.ValidationError: a field is unknown, missing or out of range.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    accelerator: Accelerator
    model: Annotated[str, Field(min_length=1)]
    """A Hugging Face id, a local path, or the name of the embedded model."""
    revision: str | None = None
    """Commit, tag or branch of a Hugging Face model; the default branch when unset."""
    tensor_parallel_size: Annotated[int, Field(ge=1)] = 1
    """Cores that one replica spreads the model over."""
    max_model_len: Annotated[int, Field(ge=1)]
    """Longest prompt plus answer, in tokens."""
    max_num_seqs: Annotated[int, Field(ge=1)]
    """Requests that the engine works on at once."""
    engine_start_timeout_s: Annotated[float, Field(gt=0)] = ENGINE_START_TIMEOUT_S
    """Seconds until an engine that has not started counts as failed."""
    engine_arguments: dict[str, JsonValue] = Field(default_factory=dict)
    """Further arguments of vLLM's server by name (``enable_auto_tool_choice``, ``tool_call_parser``, …)."""

    @field_validator("engine_arguments")
    @classmethod
    def _admitted(cls, arguments: dict[str, Any]) -> dict[str, Any]:
        if problems := refused_engine_arguments(arguments):
            raise ValueError("; ".join(problems))
        return arguments


class LiveSettings(BaseModel):
    """What a running replica takes over at once, the ``user_config`` of its deployment.

    Raises:
        pydantic.ValidationError: a field is unknown, missing or out of range.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    served_model_name: Annotated[list[Annotated[str, Field(min_length=1)]], Field(min_length=1)]
    """The names that clients may use; the first is the one that answers carry."""
    max_queued_requests: Annotated[int, Field(ge=0)] = MAX_QUEUED_REQUESTS
    """Requests that may wait in a replica beyond ``max_num_seqs``; one more is refused with a 503."""


class ServingSettings(EngineSettings, LiveSettings):
    """How one replica serves one model; without ``served_model_name`` under the name that ``model`` is.

    Raises:
        pydantic.ValidationError: a field is unknown, missing or out of range.
    """

    graceful_shutdown_timeout_s: Annotated[float, Field(gt=0)] = GRACEFUL_SHUTDOWN_TIMEOUT_S
    """Seconds that running requests get to finish when a replica is stopped: an option of its deployment."""

    @model_validator(mode="before")
    @classmethod
    def _named(cls, values: dict[str, Any]) -> dict[str, Any]:
        return values if values.get("served_model_name") else {**values, "served_model_name": [values.get("model")]}

    @property
    def max_requests_in_replica(self) -> int:
        """Requests that a replica holds, running and waiting, before it refuses more."""
        return self.max_num_seqs + self.max_queued_requests
