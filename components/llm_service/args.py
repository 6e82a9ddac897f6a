"""The arguments of the components in ``components/llm_service``.

Generated from the settings classes by `make generate`: a change belongs there.
"""

from typing import TYPE_CHECKING, Any, Literal, NotRequired, TypedDict

import pulumi

from neuronserve.components.llm_service.settings import UpgradeStrategy
from neuronserve.facts.pod_security import PodSecurity
from neuronserve.serving.settings import Accelerator

if TYPE_CHECKING:
    _Accelerator = Accelerator | Literal["neuron", "cpu"]
    _PodSecurity = PodSecurity | Literal["restricted", "baseline", "privileged"]
    _UpgradeStrategy = UpgradeStrategy | Literal["NewCluster", "None"]
else:
    _Accelerator = Accelerator
    _PodSecurity = PodSecurity
    _UpgradeStrategy = UpgradeStrategy


class ServingNamespaceArgs(TypedDict):
    """The arguments of ServingNamespace."""

    namespace_name: NotRequired[pulumi.Input[str] | None]
    """Name of the namespace in the cluster. Default: the component's name."""
    labels: NotRequired[dict[str, pulumi.Input[str]] | None]
    """Further labels."""
    pod_security: NotRequired[_PodSecurity | None]
    """The Pod Security Standard that pods have to meet: the loosest that a service in it needs, as pod_security of
    LlmService says. Default: restricted."""


class ModelArgs(TypedDict):
    """The model, and how one replica serves it."""

    name: pulumi.Input[str]
    """A Hugging Face id, a directory in the image, or the name of the embedded model."""
    revision: NotRequired[pulumi.Input[str] | None]
    """Commit, tag or branch of a Hugging Face model. Default: its default branch."""
    served_model_name: NotRequired[list[pulumi.Input[str]] | None]
    """The name that clients use, or several; answers carry the first. Default: the model's own."""
    tensor_parallel_size: NotRequired[int | None]
    """NeuronCores that one replica spreads the model over. Default: 1."""
    max_model_len: pulumi.Input[int]
    """Longest prompt plus answer, in tokens."""
    max_num_seqs: pulumi.Input[int]
    """Requests that a replica works on at once."""
    max_queued_requests: NotRequired[pulumi.Input[int] | None]
    """Requests that may wait in a replica beyond these; one more is refused with a 503. Default: 64."""
    graceful_shutdown_timeout_s: NotRequired[pulumi.Input[float] | None]
    """Seconds that running requests get to finish when a replica is stopped. Default: 300."""
    engine_arguments: NotRequired[pulumi.Input[Any] | None]
    """Further arguments of vLLM's server by name, such as tool_call_parser."""
    architecture: NotRequired[pulumi.Input[Any] | None]
    """The model's config.json from Hugging Face; needed to check that a model fits that is not known here."""


class ReplicasArgs(TypedDict):
    """How many replicas; they are scaled by load where the two numbers differ."""

    min: NotRequired[int | None]
    """Fewest replicas, at least 1. Default: 1."""
    max: NotRequired[int | None]
    """Most replicas; a multiple of what one node holds. Default: min."""


class CapabilitiesArgs(TypedDict):
    """Linux capabilities of a container, which has none by itself."""

    add: NotRequired[list[str] | None]
    """Names such as IPC_LOCK. Only root has what is added: with run_as_user 0."""


class SecurityContextArgs(TypedDict):
    """How the Ray container of a worker runs; the namespace of a stack's services admits what this needs."""

    run_as_user: NotRequired[int | None]
    """ID of the user, whom the image should have; 0 is root. The group stays 1000. Default: 1000."""
    capabilities: NotRequired[CapabilitiesArgs | None]
    """Linux capabilities."""


class WorkerArgs(TypedDict):
    """The pod of a worker."""

    env: NotRequired[dict[str, str] | None]
    """Environment variables of the Ray container, by name, such as NEURON_CC_FLAGS. Not for secrets, which come by
    env_from."""
    env_from: NotRequired[list[Any] | None]
    """Secrets and ConfigMaps of the namespace whose entries are environment variables: {secretRef: {name: my-secret}},
    {configMapRef: {name: my-settings}}."""
    labels: NotRequired[dict[str, pulumi.Input[str]] | None]
    """Labels of the pods."""
    annotations: NotRequired[dict[str, pulumi.Input[str]] | None]
    """Annotations of the pods."""
    node_selector: NotRequired[dict[str, pulumi.Input[str]] | None]
    """Labels that a node has to have."""
    tolerations: NotRequired[list[Any] | None]
    """Taints of its nodes that it tolerates: {key, operator, value, effect}. Workers with Neuron chips tolerate
    aws.amazon.com/neuron by themselves."""
    cpu: NotRequired[float | None]
    """CPU cores of the Ray container. Default: with neuron what its chips' share of a node can give, with cpu 2."""
    memory_gib: NotRequired[float | None]
    """Its memory in GiB. Default: with neuron what its chips' share of a node can give, with cpu 6."""
    neuron_chips: NotRequired[int | None]
    """Chips of its node. Default: all, so that a worker has a node to itself."""
    scheduler_name: NotRequired[str | None]
    """The scheduler that places it, such as neuron-scheduler where the Neuron scheduler of the cluster is called so.
    Default: my-scheduler with fewer neuron_chips than its node has, otherwise that of Kubernetes."""
    security_context: NotRequired[SecurityContextArgs | None]
    """Its user and capabilities, should Neuron want others (docs/platform.md)."""


class HeadArgs(TypedDict):
    """The pod of the head."""

    env: NotRequired[dict[str, str] | None]
    """Environment variables of the Ray container, by name, such as NEURON_CC_FLAGS. Not for secrets, which come by
    env_from."""
    env_from: NotRequired[list[Any] | None]
    """Secrets and ConfigMaps of the namespace whose entries are environment variables: {secretRef: {name: my-secret}},
    {configMapRef: {name: my-settings}}."""
    labels: NotRequired[dict[str, pulumi.Input[str]] | None]
    """Labels of the pods."""
    annotations: NotRequired[dict[str, pulumi.Input[str]] | None]
    """Annotations of the pods."""
    node_selector: NotRequired[dict[str, pulumi.Input[str]] | None]
    """Labels that a node has to have."""
    tolerations: NotRequired[list[Any] | None]
    """Taints of its nodes that it tolerates: {key, operator, value, effect}. Workers with Neuron chips tolerate
    aws.amazon.com/neuron by themselves."""
    cpu: NotRequired[float | None]
    """CPU cores of the Ray container. Default: 2 with accelerator neuron, 1 with cpu."""
    memory_gib: NotRequired[float | None]
    """Its memory in GiB. Default: 8 with accelerator neuron, 3 with cpu."""


class LlmServiceArgs(TypedDict):
    """The arguments of LlmService."""

    service_name: NotRequired[str | None]
    """Name of the RayService, and start of the names of what belongs to it. Default: the component's name."""
    accelerator: NotRequired[_Accelerator | None]
    """What the model runs on: neuron (Inferentia2, Trainium) or cpu (small models, any Kubernetes). Default: neuron."""
    instance_type: NotRequired[str | None]
    """The EC2 instance type of the workers, such as inf2.8xlarge: required with neuron, refused with cpu."""
    image: pulumi.Input[str]
    """The container image of head and workers."""
    namespace: NotRequired[pulumi.Input[str] | None]
    """The Kubernetes namespace. In a program it has to be there; a stack makes the namespaces of its services. Default:
    vllm."""
    head_service_name: NotRequired[pulumi.Input[str] | None]
    """The name of the Service with the ports of the Ray head: dashboard, metrics and so on. Default: service_name."""
    model: ModelArgs
    """The model, and how one replica serves it."""
    replicas: NotRequired[ReplicasArgs | None]
    """How many replicas."""
    worker: NotRequired[WorkerArgs | None]
    """The pod of a worker."""
    head: NotRequired[HeadArgs | None]
    """The pod of the head."""
    image_pull_secrets: NotRequired[list[pulumi.Input[str]] | None]
    """Names of Secrets of the namespace, of type kubernetes.io/dockerconfigjson, with which the image is pulled."""
    api_key: NotRequired[pulumi.Input[str] | None]
    """The key that every request has to bring. Default: one is generated, once. Replicas read it at their start."""
    require_api_key: NotRequired[bool | None]
    """Whether requests need a key at all. Default: true."""
    hugging_face_token: NotRequired[pulumi.Input[str] | None]
    """A token for models that Hugging Face hands out only to those who accepted a licence."""
    upgrade_strategy: NotRequired[_UpgradeStrategy | None]
    """What happens to running pods when their definition changes: NewCluster or None. Default: NewCluster."""
    do_not_disrupt: NotRequired[bool | None]
    """Whether pods are annotated karpenter.sh/do-not-disrupt, which keeps Karpenter from replacing nodes under them and
    from draining spot and reserved ones before they are cut off. Default: true; in a stack that makes Karpenter false,
    as its pools say by disruption_reasons what may go."""
    ray_service_spec: NotRequired[pulumi.Input[Any] | None]
    """Further fields of the RayService's spec, laid over those of the component: mappings by key, lists of named
    things, such as containers and workerGroupSpecs, by their name."""
