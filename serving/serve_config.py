"""The Ray Serve configuration of the application: what ``serve run`` and a RayService's ``serveConfigV2`` take."""

from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from neuronserve.serving.settings import Accelerator, EngineSettings, LiveSettings, ServingSettings

APPLICATION_NAME = "llm"
DEPLOYMENT_NAME = "LlmServer"
IMPORT_PATH = "neuronserve.serving.application:build"

REFUSAL_HEADROOM = 1000
"""Requests that Serve hands to a full replica so that the replica itself refuses them, with an OpenAI-shaped body.

Serve's own refusal, beyond this, is a plain-text 503.
"""

RAY_ENVIRONMENT = {
    "RAY_USAGE_STATS_ENABLED": "0",
    # Ray starts its workers at niceness 15. The engine is one of them, and the work that the machine is there for.
    "RAY_worker_niceness": "0",
    # Every token of a stream passes through Serve. These spare it a change of thread and Ray's object store on the way;
    # requests still go through Serve's proxies, where KubeRay's probes look for them, and are logged at once.
    "RAY_SERVE_THROUGHPUT_OPTIMIZED": "1",
    # That implies this, but Ray 2.60 asks for it before it has been implied.
    "RAY_SERVE_PROXY_USE_GRPC": "1",
    # Serve's gRPC would go through a proxy that the environment names for downloads; the rest of Ray's does not.
    "no_grpc_proxy": "0.0.0.0/0,::/0",
    "RAY_SERVE_ENABLE_DIRECT_INGRESS": "0",
    "RAY_SERVE_REQUEST_PATH_LOG_BUFFER_SIZE": "1",
    # Seconds between two looks of Serve's controller at its replicas; the default of 0.1 costs a share of a core.
    "RAY_SERVE_CONTROL_LOOP_INTERVAL_S": "0.5",
}
"""Environment variables of the processes that start Ray: of its pods, and of a local server."""

HEALTH_CHECK = {"health_check_period_s": 2, "health_check_timeout_s": 10}
"""Seconds between two questions to a replica, and for its answer: Serve replaces one that has ended at the next."""

TARGET_LOAD = 0.7
"""Share of ``max_num_seqs`` at which the autoscaler wants a replica to run: busy, with room for a burst."""

RETRY_AFTER_S = 2
"""What a refused client is told to wait: with some ten sequences of some 15 s each, a place is free by then."""


@dataclass(frozen=True)
class Replicas:
    """How many replicas of the deployment to run: between ``minimum`` and ``maximum``."""

    minimum: int
    maximum: int


def serve_config(
    settings: ServingSettings, replicas: Replicas, *, keep_alive_timeout_s: int | None = None
) -> dict[str, Any]:
    """Return the Serve configuration, a mapping in the schema of ``ServeDeploySchema``.

    Secrets have no place in it: the API key and hub token reach the replica by file or environment.

    Args:
        settings: of the application.
        replicas: how many.
        keep_alive_timeout_s: seconds for which Serve's proxies leave idle connections open; None for Serve's own 90.
            Proxies that run keep theirs.
    """
    deployment: dict[str, Any] = {
        "name": DEPLOYMENT_NAME,
        "max_ongoing_requests": settings.max_requests_in_replica + REFUSAL_HEADROOM,
        "max_queued_requests": REFUSAL_HEADROOM,
        "backpressure_config": {"status_code": 503, "retry_after_s": RETRY_AFTER_S},
        "graceful_shutdown_timeout_s": settings.graceful_shutdown_timeout_s,
        **HEALTH_CHECK,
        # Serve hands a change of these to the replicas that run, and replaces them where the application's args change.
        "user_config": _part(settings, LiveSettings),
        "ray_actor_options": actor_options(settings),
    }
    if replicas.minimum == replicas.maximum:
        deployment["num_replicas"] = replicas.minimum
    else:
        deployment["autoscaling_config"] = {
            "min_replicas": replicas.minimum,
            "max_replicas": replicas.maximum,
            "target_ongoing_requests": max(1.0, round(TARGET_LOAD * settings.max_num_seqs, 1)),
        }
    return {
        **({} if keep_alive_timeout_s is None else {"http_options": {"keep_alive_timeout_s": keep_alive_timeout_s}}),
        "applications": [
            {
                "name": APPLICATION_NAME,
                "route_prefix": "/",
                "import_path": IMPORT_PATH,
                "args": engine_part(settings),
                "deployments": [deployment],
            }
        ],
    }


def engine_part(settings: ServingSettings) -> dict[str, Any]:
    """Return the settings of which a change takes another engine, as JSON."""
    return _part(settings, EngineSettings)


def _part(settings: ServingSettings, part: type[BaseModel]) -> dict[str, Any]:
    return settings.model_dump(mode="json", include=set(part.model_fields), exclude_none=True)


def actor_options(settings: ServingSettings) -> dict[str, Any]:
    """Return what Ray has to give an actor that has an engine."""
    options: dict[str, Any] = {"num_cpus": 1}
    if settings.accelerator is Accelerator.NEURON:
        # The replica drives all its cores from one process, so the actor itself asks for them: an actor
        # without neuron_cores is started by Ray with NEURON_RT_VISIBLE_CORES="".
        options["resources"] = {"neuron_cores": settings.tensor_parallel_size}
    return options
