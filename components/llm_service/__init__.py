"""The component that puts one LLM behind an OpenAI-compatible API."""

from neuronserve.components.llm_service.args import (
    LlmServiceArgs,
    LlmServiceModelArgs,
    LlmServiceReplicasArgs,
    LlmServiceResourcesArgs,
    LlmServiceWorkerArgs,
    UpgradeStrategy,
)
from neuronserve.components.llm_service.llm_service import LlmService

__all__ = [
    "LlmService",
    "LlmServiceArgs",
    "LlmServiceModelArgs",
    "LlmServiceReplicasArgs",
    "LlmServiceResourcesArgs",
    "LlmServiceWorkerArgs",
    "UpgradeStrategy",
]
