"""What fits where: model shapes, and whether a model fits on an instance type.

Pure functions and frozen dataclasses. Nothing here knows of Pulumi, Ray or vLLM.
"""

from neuronserve.sizing.fit import check_fit
from neuronserve.sizing.memory import (
    MemoryPerCore,
    compile_memory_gib,
    memory_per_core,
    replicas_per_node,
)
from neuronserve.sizing.models import MODEL_SHAPES, InvalidModelConfigError, ModelShape, model_shape
from neuronserve.sizing.pod import WorkerResources, worker_resources

__all__ = [
    "MODEL_SHAPES",
    "InvalidModelConfigError",
    "MemoryPerCore",
    "ModelShape",
    "WorkerResources",
    "check_fit",
    "compile_memory_gib",
    "memory_per_core",
    "model_shape",
    "replicas_per_node",
    "worker_resources",
]
