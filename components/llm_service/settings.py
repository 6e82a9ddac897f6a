"""The settings of an LLM service as plain, typed values, with every default."""

from typing import Annotated

from pydantic import Field

from neuronserve.components.llm_service.args import UpgradeStrategy
from neuronserve.serving.settings import Accelerator
from neuronserve.settings.settings import Json, Number, Required, Secret, Settings, Text, TextOrOutput, WholeNumber


class ModelSettings(Settings):
    """The model, and how one replica serves it."""

    name: Annotated[
        Text,
        Required(
            "a Hugging Face id (owner/model), a directory in the image, or the embedded model's name",
            stand_in="stand-in/stand-in",
        ),
    ]
    revision: Text | None = None
    served_model_name: Text | None = None
    tensor_parallel_size: Annotated[WholeNumber, Field(ge=1)] = 1
    max_model_len: Annotated[
        WholeNumber, Field(ge=1), Required("the longest prompt plus answer, in tokens", stand_in=1)
    ]
    max_num_seqs: Annotated[
        WholeNumber, Field(ge=1), Required("the number of requests that a replica works on at once", stand_in=1)
    ]
    max_queued_requests: Annotated[WholeNumber, Field(ge=0)] = 64
    engine_arguments: Json = Field(default_factory=dict)
    architecture: Json | None = None


class ReplicasSettings(Settings):
    """How many replicas: ``max`` is ``min`` when unset."""

    min: Annotated[WholeNumber, Field(ge=1)] = 1
    max: Annotated[WholeNumber, Field(ge=1)] | None = None

    @property
    def maximum(self) -> int:
        """Most replicas."""
        return self.min if self.max is None else self.max


class ResourcesSettings(Settings):
    """What a container may use; what is unset depends on the accelerator."""

    cpu: Number | None = None
    memory_gib: Number | None = None


class WorkerSettings(ResourcesSettings):
    """What a worker may use; all chips of its node when unset."""

    neuron_chips: Annotated[WholeNumber, Field(ge=1)] | None = None


class ServiceSettings(Settings):
    """What every way in can set."""

    name: Annotated[Text, Required("the name of the service", stand_in="stand-in")]
    accelerator: Accelerator = Accelerator.NEURON
    instance_type: Text | None = None
    image: Annotated[TextOrOutput, Required("the container image of head and workers", stand_in="stand-in")]
    namespace: TextOrOutput = "vllm"
    model: Annotated[
        ModelSettings,
        Required("an object with the model's name, its longest sequence and how many it serves at once", stand_in={}),
    ]
    replicas: ReplicasSettings = ReplicasSettings()
    worker: WorkerSettings = WorkerSettings()
    head: ResourcesSettings = ResourcesSettings()
    api_key: Annotated[TextOrOutput | None, Field(repr=False), Secret()] = None
    require_api_key: bool = True
    hugging_face_token: Annotated[TextOrOutput | None, Field(repr=False), Secret()] = None
    upgrade_strategy: UpgradeStrategy = UpgradeStrategy.NEW_CLUSTER


class LlmServiceSettings(ServiceSettings):
    """The component's arguments: :mod:`~neuronserve.components.llm_service.args` describes each."""

    create_namespace: bool = True
    head_service_name: TextOrOutput = "vllm"
