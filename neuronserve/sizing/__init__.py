"""What fits where: model shapes, and whether a model fits on an instance type.

Pure functions and frozen dataclasses. Nothing here knows of Pulumi, Ray or vLLM.
"""

from neuronserve.sizing.check import check_fit
from neuronserve.sizing.memory import (
    MemoryPerCore,
    compile_memory_gib,
    memory_per_core,
    replicas_per_node,
)
from neuronserve.sizing.models import MODEL_SHAPES, InvalidModelConfigError, ModelShape, model_shape
from neuronserve.sizing.placement import Placement, padding_cost
from neuronserve.sizing.pod import WorkerResources, worker_resources
from neuronserve.sizing.remedies import SETTINGS, Problem, Remedy

__all__ = [
    "MODEL_SHAPES",
    "SETTINGS",
    "InvalidModelConfigError",
    "MemoryPerCore",
    "ModelShape",
    "Placement",
    "Problem",
    "Remedy",
    "WorkerResources",
    "check_fit",
    "compile_memory_gib",
    "memory_per_core",
    "model_shape",
    "padding_cost",
    "replicas_per_node",
    "worker_resources",
]
