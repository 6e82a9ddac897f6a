"""The settings of an LLM service and of its namespace."""

from enum import StrEnum
from typing import Annotated

import pulumi
from pydantic import Field

from neuronserve.facts import pod_security
from neuronserve.facts.kubernetes_versions import MOST_NODES
from neuronserve.facts.pod_security import PodSecurity
from neuronserve.serving.settings import GRACEFUL_SHUTDOWN_TIMEOUT_S, MAX_QUEUED_REQUESTS, Accelerator
from neuronserve.settings import (
    Json,
    Later,
    MaybeEmpty,
    Number,
    OneOrMore,
    Required,
    Secret,
    Settings,
    Text,
    WholeNumber,
)
from neuronserve.settings.pod_fields import Toleration

MOST_TOKENS = 100_000_000
"""In a sequence: ten times what the models that remember most were trained for."""
MOST_REQUESTS = 100_000
"""In a replica, running or waiting: each is a connection, and its head has no more ports."""
MOST_REPLICAS = MOST_NODES
USER_ID = 1000
"""User and group of every process in the pods; the image has to have this user."""
LONGEST_SHUTDOWN_S = 86_400
"""After a day Karpenter ends a node, whatever runs on it."""


class UpgradeStrategy(StrEnum):
    """What KubeRay does when a change takes other pods, or another engine in them (docs/changes.md)."""

    NEW_CLUSTER = "NewCluster"
    """Starts a second set of pods, moves over when it is ready: no interruption, twice the nodes."""
    NONE = "None"
    """Keeps the pods, in which Ray Serve replaces engines one by one; other pods take the service made anew. For
    accelerators that cannot be had twice."""


class ModelSettings(Settings):
    """The model, and how one replica serves it."""

    name: Annotated[
        Later[Text],
        Required(
            "a Hugging Face id (owner/model), a directory in the image, or the embedded model's name",
            stand_in="stand-in/stand-in",
        ),
    ]
    """A Hugging Face id, a directory in the image, or the name of the embedded model."""
    revision: Later[Text] | None = None
    """Commit, tag or branch of a Hugging Face model. Default: its default branch."""
    served_model_name: OneOrMore[Later[Text]] = Field(default_factory=list)
    """The name that clients use, or several; answers carry the first. Default: the model's own."""
    tensor_parallel_size: Annotated[WholeNumber, Field(ge=1)] = 1
    """NeuronCores that one replica spreads the model over."""
    max_model_len: Annotated[
        Later[Annotated[WholeNumber, Field(ge=1, le=MOST_TOKENS)]],
        Required("the longest prompt plus answer, in tokens", stand_in=1),
    ]
    """Longest prompt plus answer, in tokens."""
    max_num_seqs: Annotated[
        Later[Annotated[WholeNumber, Field(ge=1, le=MOST_REQUESTS)]],
        Required("the number of requests that a replica works on at once", stand_in=1),
    ]
    """Requests that a replica works on at once."""
    max_queued_requests: Later[Annotated[WholeNumber, Field(le=MOST_REQUESTS)]] = MAX_QUEUED_REQUESTS
    """Requests that may wait in a replica beyond these; one more is refused with a 503."""
    graceful_shutdown_timeout_s: Later[Annotated[Number, Field(le=LONGEST_SHUTDOWN_S)]] = GRACEFUL_SHUTDOWN_TIMEOUT_S
    """Seconds that running requests get to finish when a replica is stopped."""
    engine_arguments: Later[Json] = Field(default_factory=dict)
    """Further arguments of vLLM's server by name, such as tool_call_parser."""
    architecture: Later[Json] | None = None
    """The model's config.json from Hugging Face; needed to check that a model fits that is not known here."""


class ReplicasSettings(Settings):
    """How many replicas; they are scaled by load where the two numbers differ."""

    min: Annotated[WholeNumber, Field(ge=1, le=MOST_REPLICAS)] = 1
    """Fewest replicas, at least 1."""
    max: Annotated[WholeNumber, Field(ge=1, le=MOST_REPLICAS)] | None = None
    """Most replicas; a multiple of what one node holds. Default: min."""

    @property
    def maximum(self) -> int:
        """Most replicas."""
        return self.min if self.max is None else self.max


class PodSettings(Settings):
    """What pods have besides what the service gives them, under Kubernetes' own names."""

    env: dict[str, MaybeEmpty] = Field(default_factory=dict)
    """Environment variables of the Ray container, by name, such as NEURON_CC_FLAGS. Not for secrets, which come by
    env_from."""
    env_from: list[Json] = Field(default_factory=list)
    """Secrets and ConfigMaps of the namespace whose entries are environment variables: {secretRef: {name: my-secret}},
    {configMapRef: {name: my-settings}}."""
    labels: dict[str, Later[MaybeEmpty]] = Field(default_factory=dict)
    """Labels of the pods."""
    annotations: dict[str, Later[MaybeEmpty]] = Field(default_factory=dict)
    """Annotations of the pods."""
    node_selector: dict[str, Later[MaybeEmpty]] = Field(default_factory=dict)
    """Labels that a node has to have."""
    tolerations: list[Toleration] = Field(default_factory=list)
    """Taints of its nodes that it tolerates: {key, operator, value, effect}. Workers with Neuron chips tolerate
    aws.amazon.com/neuron by themselves."""


class HeadSettings(PodSettings):
    """The pod of the head."""

    cpu: Number | None = None
    """CPU cores of the Ray container. Default: 2 with accelerator neuron, 1 with cpu."""
    memory_gib: Number | None = None
    """Its memory in GiB. Default: 8 with accelerator neuron, 3 with cpu."""


class CapabilitiesSettings(Settings):
    """Linux capabilities of a container, which has none by itself."""

    add: list[Text] = Field(default_factory=list)
    """Names such as IPC_LOCK. Only root has what is added: with run_as_user 0."""


class SecurityContextSettings(Settings):
    """How the Ray container of a worker runs; the namespace of a stack's services admits what this needs."""

    run_as_user: WholeNumber = USER_ID
    """ID of the user, whom the image should have; 0 is root. The group stays 1000."""
    capabilities: CapabilitiesSettings = CapabilitiesSettings()
    """Linux capabilities."""


class WorkerSettings(PodSettings):
    """The pod of a worker."""

    cpu: Number | None = None
    """CPU cores of the Ray container. Default: with neuron what its chips' share of a node can give, with cpu 2."""
    memory_gib: Number | None = None
    """Its memory in GiB. Default: with neuron what its chips' share of a node can give, with cpu 6."""
    neuron_chips: Annotated[WholeNumber, Field(ge=1)] | None = None
    """Chips of its node. Default: all, so that a worker has a node to itself."""
    scheduler_name: Text | None = None
    """The scheduler that places it, such as neuron-scheduler where the Neuron scheduler of the cluster is called so.
    Default: my-scheduler with fewer neuron_chips than its node has, otherwise that of Kubernetes."""
    security_context: SecurityContextSettings = SecurityContextSettings()
    """Its user and capabilities, should Neuron want others (docs/platform.md)."""


class LlmServiceSettings(Settings):
    """The arguments of LlmService."""

    service_name: Text | None = None
    """Name of the RayService, and start of the names of what belongs to it. Default: the component's name."""
    accelerator: Accelerator = Accelerator.NEURON
    """What the model runs on: neuron (Inferentia2, Trainium) or cpu (small models, any Kubernetes)."""
    instance_type: Text | None = None
    """The EC2 instance type of the workers, such as inf2.8xlarge: required with neuron, refused with cpu."""
    image: Annotated[Later[Text], Required("the container image of head and workers", stand_in="stand-in")]
    """The container image of head and workers."""
    namespace: Later[Text] = "vllm"
    """The Kubernetes namespace. In a program it has to be there; a stack makes the namespaces of its services."""
    head_service_name: Later[Text] | None = None
    """The name of the Service with the ports of the Ray head: dashboard, metrics and so on. Default: service_name."""
    model: Annotated[
        ModelSettings,
        Required("an object with the model's name, its longest sequence and how many it serves at once", stand_in={}),
    ]
    """The model, and how one replica serves it."""
    replicas: ReplicasSettings = ReplicasSettings()
    """How many replicas."""
    worker: WorkerSettings = WorkerSettings()
    """The pod of a worker."""
    head: HeadSettings = HeadSettings()
    """The pod of the head."""
    image_pull_secrets: list[Later[Text]] = Field(default_factory=list)
    """Names of Secrets of the namespace, of type kubernetes.io/dockerconfigjson, with which the image is pulled."""
    api_key: Annotated[Later[Text] | None, Field(repr=False), Secret()] = None
    """The key that every request has to bring. Default: one is generated, once. Replicas read it at their start."""
    require_api_key: bool = True
    """Whether requests need a key at all."""
    hugging_face_token: Annotated[Later[Text] | None, Field(repr=False), Secret()] = None
    """A token for models that Hugging Face hands out only to those who accepted a licence."""
    upgrade_strategy: UpgradeStrategy = UpgradeStrategy.NEW_CLUSTER
    """What happens to running pods when their definition changes: NewCluster or None."""
    do_not_disrupt: bool | None = None
    """Whether pods are annotated karpenter.sh/do-not-disrupt, which keeps Karpenter from replacing nodes under them and
    from draining spot and reserved ones before they are cut off. Default: true; in a stack that makes Karpenter false,
    as its pools say by disruption_reasons what may go."""
    ray_service_spec: Later[Json] = Field(default_factory=dict)
    """Further fields of the RayService's spec, laid over those of the component: mappings by key, lists of named
    things, such as containers and workerGroupSpecs, by their name."""

    @property
    def name(self) -> str:
        """Name of the RayService; the component has filled it in."""
        return self.service_name or ""

    @property
    def pod_security(self) -> PodSecurity:
        """The strictest Pod Security Standard that admits its pods, short of what ray_service_spec makes of them."""
        context = self.worker.security_context
        return pod_security.needed(context.run_as_user, context.capabilities.add)


class ServingNamespaceSettings(Settings):
    """The arguments of ServingNamespace."""

    namespace_name: Later[Text] | None = None
    """Name of the namespace in the cluster. Default: the component's name."""
    labels: dict[str, Later[Text]] = Field(default_factory=dict)
    """Further labels."""
    pod_security: PodSecurity = PodSecurity.RESTRICTED
    """The Pod Security Standard that pods have to meet: the loosest that a service in it needs, as pod_security of
    LlmService says."""

    @property
    def name(self) -> str | pulumi.Output[str]:
        """Name of the namespace; the component has filled it in."""
        return self.namespace_name or ""
