"""The settings of an LLM service and of its namespace."""

from enum import StrEnum
from typing import Annotated

import pulumi
from pydantic import Field

from neuronserve.facts import pod_security
from neuronserve.facts.kube_ray import OPERATOR_NAMESPACE
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
"""A day: longer than any node is waited for."""
LONGEST_IDLE_TIMEOUT_S = 4000
"""https://docs.aws.amazon.com/elasticloadbalancing/latest/application/edit-load-balancer-attributes.html"""
SSL_POLICY = "ELBSecurityPolicy-TLS13-1-2-Res-2021-06"
"""TLS 1.3, and 1.2 with forward secrecy and authenticated encryption alone
(https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html)."""


class UpgradeStrategy(StrEnum):
    """What KubeRay does when a change takes other pods, or another engine in them (docs/changes.md)."""

    NEW_CLUSTER = "NewCluster"
    """Starts a second set of pods, moves over when it is ready: no interruption, twice the nodes."""
    NONE = "None"
    """Keeps the pods, in which Ray Serve replaces engines one by one; other pods take the service made anew. For
    accelerators that cannot be had twice."""


class HeadStorageKind(StrEnum):
    """Where the Ray head keeps what the next one goes on from (docs/fault-tolerance.md)."""

    ELASTI_CACHE = "ElastiCache"
    """In a Valkey over two zones, which the stack makes for all of its services."""
    REDIS = "Redis"
    """In a Redis or Valkey that is there."""
    EMBEDDED = "Embedded"
    """On a volume in one zone: cheap, and an alpha feature of Ray and KubeRay."""
    NONE = "None"
    """Nowhere: with the head goes its Ray cluster, and all replicas start anew."""


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
    priority_class_name: Later[Text] | None = None
    """The PriorityClass of the pods. Default in a stack: for a head that of its namespace, <namespace>-ray-head, which
    is placed before workers; otherwise none."""


class HeadSettings(PodSettings):
    """The pod of the head."""

    cpu: Number | None = None
    """CPU cores of the Ray container. Default: 2 with accelerator neuron, 1 with cpu."""
    memory_gib: Number | None = None
    """Its memory in GiB. Default: 8 with accelerator neuron, 3 with cpu."""


class HeadFaultToleranceSettings(Settings):
    """What becomes of a service whose Ray head goes."""

    storage: HeadStorageKind | None = None
    """Where the head keeps what the next one goes on from, so that replicas go on: ElastiCache (in a stack), Redis,
    Embedded or None. Default: None; ElastiCache for accelerator neuron in a stack that makes its cluster."""
    redis_address: Later[Text] | None = None
    """Address of a Redis or Valkey with storage Redis: redis://<host>:<port>, or with TLS rediss://<host>:<port>."""
    redis_username: Later[Text] | None = None
    """Its user. Default: that of the password alone."""
    redis_password: Annotated[Later[Text] | None, Field(repr=False), Secret()] = None
    """Its password, without spaces, which is kept in a Secret. Default: none."""


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


class NetworkPolicySettings(Settings):
    """Who reaches the pods besides each other and Kubernetes, and whom they reach; for clusters that enforce it."""

    enabled: bool = True
    """Whether there are NetworkPolicies. Without them every pod of the cluster reaches every port."""
    client_namespaces: list[Later[Text]] = Field(default_factory=list)
    """Namespaces whose pods may send requests, to port 8000, besides those of the service's own."""
    client_cidrs: list[Later[Text]] = Field(default_factory=list)
    """Networks from which requests may come, such as the subnets of a load balancer: [10.1.0.0/20]."""
    monitoring_namespaces: list[Later[Text]] = Field(default_factory=list)
    """Namespaces whose pods may scrape metrics, from port 8080."""
    operator_namespace: Later[Text] = OPERATOR_NAMESPACE
    """Namespace of the KubeRay operator, which configures Serve by port 8265 of the head."""
    egress: list[Json] = Field(default_factory=list)
    """Further rules of whom the pods may connect to, as Kubernetes writes them, such as a Redis, or a proxy on another
    port than 443: {to: [{ipBlock: {cidr: 10.1.2.3/32}}], ports: [{port: 6379}]}."""


class LoadBalancerScheme(StrEnum):
    """From where a load balancer can be reached."""

    INTERNAL = "internal"
    """From its VPC, and from networks that are connected with it."""
    INTERNET_FACING = "internet-facing"
    """From the internet."""


class ExposeSettings(Settings):
    """The load balancer before a service: of AWS, for HTTPS alone (docs/exposure.md)."""

    scheme: Annotated[
        LoadBalancerScheme,
        Required("internal or internet-facing", stand_in=LoadBalancerScheme.INTERNAL),
    ]
    """Who can reach it: internal, the VPC and networks that are connected with it, or internet-facing."""
    hostname: Annotated[
        Later[Text], Required("the name by which clients ask, such as llm.example.com", stand_in="llm.example.com")
    ]
    """Name by which clients ask, of which you make a record in DNS that leads to the load balancer."""
    certificate_arn: Annotated[
        Later[Text],
        Required(
            "the ARN of a certificate for the hostname, in AWS Certificate Manager",
            stand_in="arn:aws:acm:us-west-2:000000000000:certificate/stand-in",
        ),
    ]
    """ARN of a certificate for that name, in AWS Certificate Manager of the cluster's region."""
    allowed_cidrs: Later[list[Later[Text]]] = Field(default_factory=list)
    """Networks from which it takes requests, such as [203.0.113.0/24]; [0.0.0.0/0] opens it to the world. Default:
    for internal, in a stack that makes its VPC, the VPC; otherwise they have to be set."""
    paths: Annotated[list[Text], Field(min_length=1)] = Field(
        default_factory=lambda: ["/v1", "/health", "/tokenize", "/detokenize"]
    )
    """Paths that it passes on, with all that is below them; it answers 404 to others, such as /metrics, which asks for
    no key."""
    idle_timeout_s: Annotated[WholeNumber, Field(ge=1, le=LONGEST_IDLE_TIMEOUT_S)] = 600
    """Seconds without a byte after which it ends a connection. An answer that does not stream sends none until it is
    complete."""
    ssl_policy: Later[Text] = SSL_POLICY
    """AWS's security policy of the listener, one with TLS 1.2 or 1.3 alone."""
    access_logs_bucket: Later[Text] | None = None
    """Name of an S3 bucket in the cluster's region that takes its access logs. Default: in a stack one that it makes,
    otherwise there are none."""
    waf_acl_arn: Later[Text] | None = None
    """ARN of a regional web ACL of AWS WAF, which judges requests first."""
    deletion_protection: Later[bool] = False
    """Whether AWS refuses to delete it, and `pulumi destroy` with it, until this is unset."""
    group: Text | None = None
    """Name that services have in common which share one load balancer, each by its hostname. Default: it has its
    own."""
    ingress_class: Later[Text] = "alb"
    """Name of the AWS Load Balancer Controller's IngressClass."""
    tags: dict[str, Later[Text]] = Field(default_factory=dict)
    """Tags of the load balancer; in a stack those of everything come to them."""


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
    head_fault_tolerance: HeadFaultToleranceSettings = HeadFaultToleranceSettings()
    """What becomes of the service when the head goes."""
    image_pull_secrets: list[Later[Text]] = Field(default_factory=list)
    """Names of Secrets of the namespace, of type kubernetes.io/dockerconfigjson, with which the image is pulled."""
    api_key: Annotated[Later[Text] | None, Field(repr=False), Secret()] = None
    """The key that every request has to bring. Default: one is generated, once. A new one counts after a minute and a
    half at most, without a restart."""
    api_keys: Annotated[dict[str, Later[Text]], Secret()] = Field(default_factory=dict, repr=False)
    """Further keys, by the names of those who get them, which the replica's log and its metrics have: a request may
    bring any. One that is added, changed or removed does so as api_key."""
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
    network_policy: NetworkPolicySettings = NetworkPolicySettings()
    """Who reaches the pods, and whom they reach."""
    expose: ExposeSettings | None = None
    """A load balancer with TLS, for clients outside the cluster. Default: none."""
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


class AccessLogBucketSettings(Settings):
    """The arguments of AccessLogBucket."""

    retention_in_days: Later[Annotated[WholeNumber, Field(ge=1)]] = 90
    """Days for which it keeps each log."""


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
