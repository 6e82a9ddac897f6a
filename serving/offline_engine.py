"""The engine of a replica, for a batch: with the same arguments, and no server around it."""

import os
from typing import TYPE_CHECKING

from neuronserve.serving import vllm_adapter
from neuronserve.serving.engine_arguments import engine_arguments, engine_environment
from neuronserve.serving.models import resolve_model
from neuronserve.serving.settings import EngineSettings

if TYPE_CHECKING:
    from vllm import LLM


def offline_engine(settings: EngineSettings) -> "LLM":
    """Start an engine in this process, and return it; blocks until it is ready.

    Raises:
        ModelNotFoundError: there is no such model.
        EngineArgumentsError: vLLM does not accept its arguments.
    """
    for name, value in engine_environment(settings).items():
        os.environ.setdefault(name, value)
    return vllm_adapter.create_offline_engine(
        vllm_adapter.parse_arguments(engine_arguments(settings, resolve_model(settings.model)))
    )
