"""The arguments of :class:`~neuronserve.components.llm_service.LlmService`.

TypedDicts without string annotations and literals: Pulumi reads them to offer the component in its other
languages (https://www.pulumi.com/docs/iac/guides/building-extending/components/). The defaults are in
:mod:`~neuronserve.components.llm_service.settings`.
"""

from enum import StrEnum
from typing import Any, NotRequired, TypedDict

import pulumi

from neuronserve.serving.settings import Accelerator


class UpgradeStrategy(StrEnum):
    """What KubeRay does when the pods' definition changes; other settings of the model need no new pods."""

    NEW_CLUSTER = "NewCluster"
    """Starts a second set of pods, moves over when it is ready: no interruption, twice the nodes."""
    NONE = "None"
    """Keeps the old pods until the service is made anew: for accelerators that cannot be had twice."""


class LlmServiceModelArgs(TypedDict):
    """The model, and how one replica serves it."""

    name: str
    """A Hugging Face id, a directory in the image, or the name of the embedded model."""
    revision: NotRequired[str]
    """Commit, tag or branch of a Hugging Face model; its default branch when unset."""
    served_model_name: NotRequired[str]
    """The name that clients use; the model's own when unset."""
    tensor_parallel_size: NotRequired[int]
    """NeuronCores that one replica spreads the model over. Default 1."""
    max_model_len: int
    """Longest prompt plus answer, in tokens."""
    max_num_seqs: int
    """Requests that a replica works on at once."""
    max_queued_requests: NotRequired[int]
    """Requests that may wait in a replica beyond these; one more is refused with a 503. Default 64."""
    engine_arguments: NotRequired[dict[str, Any]]
    """Further arguments of vLLM's server by name, such as tool_call_parser."""
    architecture: NotRequired[dict[str, Any]]
    """The model's config.json from Hugging Face; needed to check that a model fits that is not known here."""


class LlmServiceReplicasArgs(TypedDict):
    """How many replicas; they are scaled by load where the two numbers differ."""

    min: NotRequired[int]
    """Fewest replicas, at least 1. Default 1."""
    max: NotRequired[int]
    """Most replicas; a multiple of what one node holds. Default: min."""


class LlmServiceResourcesArgs(TypedDict):
    """What the Ray container of one pod may use."""

    cpu: NotRequired[float]
    """CPU cores."""
    memory_gib: NotRequired[float]
    """Memory in GiB."""


class LlmServiceWorkerArgs(LlmServiceResourcesArgs):
    """What the Ray container of a worker may use."""

    neuron_chips: NotRequired[int]
    """Chips of its node. Default: all, so that a worker has a node to itself."""


class LlmServiceArgs(TypedDict):
    """The arguments of LlmService."""

    accelerator: NotRequired[Accelerator]
    """What the model runs on: neuron or cpu. Default neuron."""
    instance_type: NotRequired[str]
    """The EC2 instance type of the workers, such as inf2.8xlarge: required with neuron, refused with cpu."""
    image: pulumi.Input[str]
    """The container image of head and workers."""
    namespace: NotRequired[pulumi.Input[str]]
    """The Kubernetes namespace. Default vllm."""
    create_namespace: NotRequired[bool]
    """Whether the component makes the namespace, with the restricted Pod Security Standard. Default true."""
    head_service_name: NotRequired[pulumi.Input[str]]
    """The name of the Service with the ports of the Ray head: dashboard, metrics and so on. Default vllm."""
    model: LlmServiceModelArgs
    """The model, and how one replica serves it."""
    replicas: NotRequired[LlmServiceReplicasArgs]
    """How many replicas. Default 1."""
    worker: NotRequired[LlmServiceWorkerArgs]
    """Resources of a worker. Default with neuron: what its chips' share of a node can give; with cpu: 2 CPUs, 6 GiB."""
    head: NotRequired[LlmServiceResourcesArgs]
    """Resources of the head. Default with neuron: 2 CPUs, 8 GiB; with cpu: 1 CPU, 3 GiB."""
    api_key: NotRequired[pulumi.Input[str]]
    """The key that every request has to bring; generated once when unset. Replicas read it at their start."""
    require_api_key: NotRequired[bool]
    """Whether requests need a key at all. Default true."""
    hugging_face_token: NotRequired[pulumi.Input[str]]
    """A token for models that Hugging Face hands out only to those who accepted a licence."""
    upgrade_strategy: NotRequired[UpgradeStrategy]
    """What happens to running pods when their definition changes. Default NewCluster."""
