"""What speaks against the model on the cores, the cores on the instance, and the workers on their nodes."""

from functools import partial, reduce

from neuronserve.components.llm_service.settings import LlmServiceSettings
from neuronserve.facts.instance_types import INSTANCE_TYPES, InstanceType
from neuronserve.serving.settings import Accelerator
from neuronserve.settings import Rule, SettingNames, known
from neuronserve.settings.base import unrecorded_reads
from neuronserve.sizing import (
    InvalidModelConfigError,
    ModelShape,
    Placement,
    Problem,
    check_fit,
    model_shape,
    padding_cost,
)

NODE = ("accelerator", "instance_type", "worker.neuron_chips")
"""Settings that say which cores a worker has."""
MODEL = ("model.name", "model.architecture")
"""Settings that say what shape the model has."""

SETTINGS_OF: dict[str, tuple[str, ...]] = {
    "chips": NODE,
    "length": (*NODE, *MODEL, "model.max_model_len"),
    "fit": (*NODE, *MODEL, "model.tensor_parallel_size", "model.max_model_len", "model.max_num_seqs"),
    "replica_order": ("replicas.min", "replicas.max"),
    "idle_cores": (*NODE, "model.tensor_parallel_size", "replicas.min", "replicas.max"),
    "worker_cpu": (*NODE, "worker.cpu"),
    "worker_memory_gib": (*NODE, "worker.memory_gib"),
    "cpu_for_replicas": (*NODE, "model.tensor_parallel_size", "worker.cpu"),
    "memory_to_compile": (*NODE, *MODEL, "model.tensor_parallel_size", "worker.memory_gib"),
}
"""What each kind of problem is about, in their order. What else is read says how it is mended."""


def node_of(settings: LlmServiceSettings) -> InstanceType | None:
    """Return the workers' instance type, None where there is none or it is not known."""
    if settings.accelerator is Accelerator.CPU or settings.instance_type is None:
        return None
    return INSTANCE_TYPES.get(settings.instance_type)


def shape_of(settings: LlmServiceSettings) -> ModelShape | None:
    """Return the model's shape, None where it is not known.

    Raises:
        InvalidModelConfigError: the architecture that is set is not right.
    """
    model = settings.model
    return ModelShape.from_config(known(model.architecture)) if model.architecture else model_shape(known(model.name))


def fit_problems(settings: LlmServiceSettings, names: SettingNames) -> list[Problem]:
    """Return what keeps a service with Neuron cores from running, with remedies; nothing for any other."""
    node = node_of(settings)
    if node is None:
        return []
    try:
        shape = shape_of(settings)
    except InvalidModelConfigError:  # another rule says so
        shape = None
    model, replicas, worker = settings.model, settings.replicas, settings.worker
    placement = Placement(
        shape,
        node,
        model.tensor_parallel_size,
        known(model.max_model_len),
        known(model.max_num_seqs),
        min_replicas=replicas.min,
        max_replicas=replicas.max,
        chips=worker.neuron_chips,
        worker_cpu=worker.cpu,
        worker_memory_gib=worker.memory_gib,
    )
    return check_fit(placement, names)


def _of_kind(kind: str, settings: LlmServiceSettings, names: SettingNames) -> list[str]:
    for path in SETTINGS_OF[kind]:
        reduce(getattr, path.split("."), settings)
    with unrecorded_reads():
        return [problem.message for problem in fit_problems(settings, names) if problem.kind == kind]


FIT_RULES: tuple[Rule, ...] = tuple(partial(_of_kind, kind) for kind in SETTINGS_OF)


def padding(settings: LlmServiceSettings) -> str | None:
    """Return in one sentence what padded heads cost a service with which nothing is wrong; None without any."""
    shape = shape_of(settings) if node_of(settings) else None
    cost = padding_cost(shape, settings.model.tensor_parallel_size) if shape else None
    if cost is None:
        return None
    return f"On {settings.model.tensor_parallel_size} cores {settings.model.name} has {cost}."
