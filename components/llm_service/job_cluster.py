"""The Ray cluster of a batch job: the engines of an LLM service, with no API before them."""

import json
from typing import Any

import pulumi

from neuronserve.components.llm_service.args import LlmServiceArgs
from neuronserve.components.llm_service.checks import RULES
from neuronserve.components.llm_service.ray_service_spec import ray_service_spec
from neuronserve.components.llm_service.settings import (
    HeadFaultToleranceSettings,
    LlmServiceSettings,
    ReplicasSettings,
    UpgradeStrategy,
)
from neuronserve.components.llm_service.sizes import ray_service, serving_settings
from neuronserve.components.overlay import overlaid
from neuronserve.serving.serve_config import actor_options, engine_part
from neuronserve.settings import read_arguments, when_known

OF_SERVE = ("readinessProbe", "lifecycle")
"""What a Ray container has for the sake of Serve's proxies, which no job starts: KubeRay waits for ready pods first."""

ENGINES_VARIABLE = "NEURONSERVE_ENGINES"


def job_cluster_spec(name: str, args: LlmServiceArgs) -> pulumi.Input[dict[str, Any]]:
    """Return the ``rayClusterSpec`` of a RayJob: on the nodes, and as locked down, as the pods of an LLM service.

    The job's program, which KubeRay starts in the head, finds in the environment variable ``NEURONSERVE_ENGINES``, as
    JSON: ``settings``, the fields of :class:`~neuronserve.serving.settings.EngineSettings`; ``actorOptions``, what Ray
    has to give an actor with an engine; and ``number``, how many of these the workers have room for.

    Args:
        name: of the ServiceAccount of the pods, which has to be there, and in their labels.
        args: those of :class:`~neuronserve.components.LlmService`, checked by the same rules. There are workers for
            ``replicas.max`` engines, or ``min`` without it. Of ``ray_service_spec`` counts what is below
            ``rayClusterConfig``, and what is about requests, such as ``head_service_name``, has no effect, nor has
            ``head_fault_tolerance``: a job whose head goes starts anew.

    Raises:
        InvalidSettingsError: the arguments cannot be deployed; the message lists everything that is wrong.
    """
    settings = read_arguments(
        LlmServiceSettings,
        {**args, "require_api_key": False},
        *RULES,
        of=f"job_cluster_spec {name}",
        defaults={"service_name": name},
    )
    job = settings.changed(
        replicas=ReplicasSettings(min=settings.replicas.maximum),
        upgrade_strategy=UpgradeStrategy.NONE,
        head_fault_tolerance=HeadFaultToleranceSettings(),
    )
    return when_known(lambda model: _cluster_spec(job.changed(model=model)), job.model)


def _cluster_spec(settings: LlmServiceSettings) -> Any:
    spec = ray_service_spec(ray_service(settings.changed(ray_service_spec={})))
    cluster = spec["rayClusterConfig"]
    del cluster["authOptions"]["secretName"]  # KubeRay makes a token for the one cluster of a job
    head = cluster["headGroupSpec"]
    for group in (head, *cluster["workerGroupSpecs"]):
        pod = group["template"]["spec"]
        for field in OF_SERVE:
            pod["containers"][0].pop(field, None)
        del pod["terminationGracePeriodSeconds"]  # as long as requests take
    head["template"]["spec"]["containers"][0]["env"].append({"name": ENGINES_VARIABLE, "value": _engines(settings)})
    return overlaid({"rayClusterConfig": cluster}, settings.ray_service_spec)["rayClusterConfig"]


def _engines(settings: LlmServiceSettings) -> str:
    serving = serving_settings(settings)
    engines = {
        "settings": engine_part(serving),
        "actorOptions": actor_options(serving),
        "number": settings.replicas.maximum,
    }
    return json.dumps(engines)
