"""The services of a stack, with what it makes for several of them."""

from neuronserve.components.llm_service.settings import LlmServiceSettings
from neuronserve.stack.base import Base
from neuronserve.stack.exposure import with_access_logs
from neuronserve.stack.head_storage import with_head_storage
from neuronserve.stack.settings import StackSettings


def services_of(stack: StackSettings, base: Base) -> dict[str, LlmServiceSettings]:
    """Return the services by name, with the storage of their heads, and a bucket for access logs."""
    return with_access_logs(with_head_storage(stack.services, base.head_storage), base.options)
