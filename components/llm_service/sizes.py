"""What an LLM service becomes: its RayService, the sizes of head and workers, and how many there are."""

from neuronserve.components.llm_service.container_resources import ContainerResources
from neuronserve.components.llm_service.head_storage import head_storage
from neuronserve.components.llm_service.ray_service_spec import (
    NeuronNode,
    RayService,
    Workers,
)
from neuronserve.components.llm_service.settings import LlmServiceSettings
from neuronserve.facts.instance_types import instance_type
from neuronserve.facts.neuron import NEURON_SCHEDULER
from neuronserve.serving.serve_config import Replicas
from neuronserve.serving.settings import ENGINE_START_TIMEOUT_S, Accelerator, ServingSettings
from neuronserve.sizing import replicas_per_node, worker_resources

CPU_ENGINE_START_TIMEOUT_S = 600
"""Seconds that an engine on a CPU gets to start: it compiles nothing."""

DEFAULT_HEAD = {Accelerator.NEURON: (2.0, 8.0), Accelerator.CPU: (1.0, 3.0)}
"""CPU cores and GiB of memory of the head."""

DEFAULT_CPU_WORKER = (2.0, 6.0)
"""CPU cores and GiB of memory of a worker without an accelerator."""

KEEP_ALIVE_MARGIN_S = 60
"""By how much connections outlast a load balancer's patience with idle ones: were they closed on it, a request that is
on its way by then would end in a 502."""


def serving_settings(settings: LlmServiceSettings) -> ServingSettings:
    """Return what the serving application gets, of a model of which all is known.

    Raises:
        pydantic.ValidationError: the serving application would refuse it.
    """
    model = settings.model
    values = model.model_dump(exclude={"name", "architecture"}) | {
        "accelerator": settings.accelerator,
        "model": model.name,
        "engine_start_timeout_s": engine_start_timeout_s(settings),
    }
    return ServingSettings.model_validate(values)


def engine_start_timeout_s(settings: LlmServiceSettings) -> float:
    """Return the seconds that an engine gets to start."""
    return CPU_ENGINE_START_TIMEOUT_S if settings.accelerator is Accelerator.CPU else ENGINE_START_TIMEOUT_S


def ray_service(settings: LlmServiceSettings) -> RayService:
    """Return what the RayService is made from."""
    return RayService(
        name=settings.name,
        image=settings.image,
        serving=serving_settings(settings),
        replicas=replicas(settings),
        head=head_resources(settings),
        head_pod=settings.head,
        head_storage=head_storage(settings),
        workers=workers(settings),
        image_pull_secrets=tuple(settings.image_pull_secrets),
        service_account_name=settings.name,
        api_key_secret_name=f"{settings.name}-api-key" if settings.require_api_key else None,
        hugging_face_token_secret_name=(
            None if settings.hugging_face_token is None else f"{settings.name}-hugging-face-token"
        ),
        ray_token_secret_name=f"{settings.name}-ray-token",
        upgrade_strategy=settings.upgrade_strategy,
        do_not_disrupt=settings.do_not_disrupt is not False,
        keep_alive_timeout_s=(
            None if settings.expose is None else settings.expose.idle_timeout_s + KEEP_ALIVE_MARGIN_S
        ),
        further_spec=settings.ray_service_spec,
    )


def replicas(settings: LlmServiceSettings) -> Replicas:
    """Return how many replicas there are."""
    return Replicas(settings.replicas.min, settings.replicas.maximum)


def head_resources(settings: LlmServiceSettings) -> ContainerResources:
    """Return the resources of the head."""
    cpu, memory_gib = DEFAULT_HEAD[settings.accelerator]
    return _resources(settings.accelerator, settings.head.cpu or cpu, settings.head.memory_gib or memory_gib)


def workers(settings: LlmServiceSettings) -> Workers:
    """Return the worker group: with neuron, one worker holds as many replicas as fit on its chips."""
    user = settings.worker.security_context.run_as_user
    capabilities = tuple(settings.worker.security_context.capabilities.add)
    scheduler_name = settings.worker.scheduler_name
    if settings.accelerator is Accelerator.CPU:
        cpu, memory_gib = DEFAULT_CPU_WORKER
        return Workers(
            _resources(settings.accelerator, settings.worker.cpu or cpu, settings.worker.memory_gib or memory_gib),
            user=user,
            capabilities=capabilities,
            scheduler_name=scheduler_name,
            pod=settings.worker,
        )
    assert settings.instance_type is not None  # noqa: S101 (checked before)
    node = instance_type(settings.instance_type)
    share = node.part(settings.worker.neuron_chips or node.chips)
    shared = share.chips < node.chips
    most = worker_resources(share)
    return Workers(
        _resources(
            settings.accelerator,
            settings.worker.cpu or most.cpu,
            settings.worker.memory_gib or most.memory_gib,
        ),
        replicas_per_worker=replicas_per_node(share, settings.model.tensor_parallel_size),
        node=NeuronNode(
            node.name,
            chips=share.chips,
            cores=share.cores,
            shared=shared,
        ),
        user=user,
        capabilities=capabilities,
        scheduler_name=scheduler_name or (NEURON_SCHEDULER if shared else None),
        pod=settings.worker,
    )


def _resources(accelerator: Accelerator, cpu: float, memory_gib: float) -> ContainerResources:
    """Return resources up to these: reserved in full with neuron, in part where other pods share the node."""
    if accelerator is Accelerator.NEURON:
        return ContainerResources(cpu, cpu, memory_gib, memory_gib)
    return ContainerResources(cpu / 4, cpu, memory_gib / 2, memory_gib)
