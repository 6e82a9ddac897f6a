"""What fits where: instance types, model shapes, and whether a model fits on an instance.

Pure functions and frozen dataclasses. Nothing here knows of Pulumi, Ray or vLLM.
"""

from neuronserve.sizing.fit import check_fit
from neuronserve.sizing.instance_types import (
    INSTANCE_TYPES,
    PRICE_DATE,
    PRICE_REGION,
    Allocatable,
    InstanceType,
    UnknownInstanceTypeError,
    instance_type,
)
from neuronserve.sizing.memory import (
    MemoryPerCore,
    compile_memory_gib,
    memory_per_core,
    replicas_per_node,
)
from neuronserve.sizing.models import MODEL_SHAPES, InvalidModelConfigError, ModelShape, model_shape
from neuronserve.sizing.pod import WorkerResources, worker_resources

__all__ = [
    "INSTANCE_TYPES",
    "MODEL_SHAPES",
    "PRICE_DATE",
    "PRICE_REGION",
    "Allocatable",
    "InstanceType",
    "InvalidModelConfigError",
    "MemoryPerCore",
    "ModelShape",
    "UnknownInstanceTypeError",
    "WorkerResources",
    "check_fit",
    "compile_memory_gib",
    "instance_type",
    "memory_per_core",
    "model_shape",
    "replicas_per_node",
    "worker_resources",
]
