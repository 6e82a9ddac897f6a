"""What a stack can set of what runs between a healthy cluster and the LLM service: add-ons and node pools."""

from typing import Annotated

from pydantic import Field

from neuronserve.components.karpenter import DEFAULT_POOL_INSTANCE_TYPES
from neuronserve.components.karpenter.node_pool_settings import ChosenPoolSettings
from neuronserve.settings.settings import Settings, Text, WholeNumber


class AddOnsSettings(Settings):
    """Which add-ons the program makes; unset is yes for a cluster that it makes, and no for one that was there.

    The last two are made only when they are asked for.
    """

    karpenter: bool | None = None
    """Karpenter, and with it the node pools."""
    neuron: bool | None = None
    """Device plugin and scheduler for Neuron chips; where nothing uses any, no is the default."""
    kube_ray: bool | None = None
    cloud_watch: bool | None = None
    load_balancer_controller: bool = False
    efa: bool = False


class DefaultPoolSettings(ChosenPoolSettings):
    """The pool of the Ray head, and of whatever else has no place."""

    instance_types: Annotated[list[Text], Field(min_length=1)] = Field(
        default_factory=lambda: list(DEFAULT_POOL_INSTANCE_TYPES)
    )
    max_nodes: Annotated[WholeNumber, Field(ge=1)] = 4


class AcceleratedPoolSettings(ChosenPoolSettings):
    """The pool of the workers: of the service's instance type."""

    max_nodes: Annotated[WholeNumber, Field(ge=1)] | None = None
    """As many as the replicas need when unset, twice over where an upgrade starts a second set."""


class NodePoolsSettings(Settings):
    """The node pools."""

    default: DefaultPoolSettings = DefaultPoolSettings()
    accelerated: AcceleratedPoolSettings = AcceleratedPoolSettings()
