"""The arguments of the components in ``components/llm_service``.

Generated from the settings classes by `make generate`: a change belongs there.
"""

from typing import Any, Literal, NotRequired, TypedDict

import pulumi

from neuronserve.components.llm_service.settings import HeadStorageKind, LoadBalancerScheme, UpgradeStrategy
from neuronserve.facts.pod_security import PodSecurity
from neuronserve.serving.settings import Accelerator

_Accelerator = Accelerator | Literal["neuron", "cpu"]
_HeadStorageKind = HeadStorageKind | Literal["ElastiCache", "Redis", "Embedded", "None"]
_LoadBalancerScheme = LoadBalancerScheme | Literal["internal", "internet-facing"]
_PodSecurity = PodSecurity | Literal["restricted", "baseline", "privileged"]
_UpgradeStrategy = UpgradeStrategy | Literal["NewCluster", "None"]


class ServingNamespaceArgs(TypedDict):
    """The arguments of ServingNamespace."""

    namespace_name: NotRequired[pulumi.Input[str] | None]
    """Name of the namespace in the cluster. Default: the component's name."""
    labels: NotRequired[dict[str, pulumi.Input[str]] | None]
    """Further labels."""
    pod_security: NotRequired[_PodSecurity | None]
    """The Pod Security Standard that pods have to meet: the loosest that a service in it needs, as pod_security of
    LlmService says. Default: restricted."""


class AccessLogBucketArgs(TypedDict):
    """The arguments of AccessLogBucket."""

    retention_in_days: NotRequired[pulumi.Input[int] | None]
    """Days for which it keeps each log. Default: 90."""


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
    priority_class_name: NotRequired[pulumi.Input[str] | None]
    """The PriorityClass of the pods. Default in a stack: for a head that of its namespace, <namespace>-ray-head, which
    is placed before workers; otherwise none."""
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
    priority_class_name: NotRequired[pulumi.Input[str] | None]
    """The PriorityClass of the pods. Default in a stack: for a head that of its namespace, <namespace>-ray-head, which
    is placed before workers; otherwise none."""
    cpu: NotRequired[float | None]
    """CPU cores of the Ray container. Default: 2 with accelerator neuron, 1 with cpu."""
    memory_gib: NotRequired[float | None]
    """Its memory in GiB. Default: 8 with accelerator neuron, 3 with cpu."""


class HeadFaultToleranceArgs(TypedDict):
    """What becomes of a service whose Ray head goes."""

    storage: NotRequired[_HeadStorageKind | None]
    """Where the head keeps what the next one goes on from, so that replicas go on: ElastiCache (in a stack), Redis,
    Embedded or None. Default: None; ElastiCache for accelerator neuron in a stack that makes its cluster."""
    redis_address: NotRequired[pulumi.Input[str] | None]
    """Address of a Redis or Valkey with storage Redis: redis://<host>:<port>, or with TLS rediss://<host>:<port>."""
    redis_username: NotRequired[pulumi.Input[str] | None]
    """Its user. Default: that of the password alone."""
    redis_password: NotRequired[pulumi.Input[str] | None]
    """Its password, without spaces, which is kept in a Secret. Default: none."""


class NetworkPolicyArgs(TypedDict):
    """Who reaches the pods besides each other and Kubernetes, and whom they reach; for clusters that enforce it."""

    enabled: NotRequired[bool | None]
    """Whether there are NetworkPolicies. Without them every pod of the cluster reaches every port. Default: true."""
    client_namespaces: NotRequired[list[pulumi.Input[str]] | None]
    """Namespaces whose pods may send requests, to port 8000, besides those of the service's own."""
    client_cidrs: NotRequired[list[pulumi.Input[str]] | None]
    """Networks from which requests may come, such as the subnets of a load balancer: [10.1.0.0/20]."""
    monitoring_namespaces: NotRequired[list[pulumi.Input[str]] | None]
    """Namespaces whose pods may scrape metrics, from port 8080."""
    operator_namespace: NotRequired[pulumi.Input[str] | None]
    """Namespace of the KubeRay operator, which configures Serve by port 8265 of the head. Default: kuberay-operator."""
    egress: NotRequired[list[Any] | None]
    """Further rules of whom the pods may connect to, as Kubernetes writes them, such as a Redis, or a proxy on another
    port than 443: {to: [{ipBlock: {cidr: 10.1.2.3/32}}], ports: [{port: 6379}]}."""


class ExposeArgs(TypedDict):
    """The load balancer before a service: of AWS, for HTTPS alone (docs/exposure.md)."""

    scheme: _LoadBalancerScheme
    """Who can reach it: internal, the VPC and networks that are connected with it, or internet-facing."""
    hostname: pulumi.Input[str]
    """Name by which clients ask, of which you make a record in DNS that leads to the load balancer."""
    certificate_arn: pulumi.Input[str]
    """ARN of a certificate for that name, in AWS Certificate Manager of the cluster's region."""
    allowed_cidrs: NotRequired[pulumi.Input[list[pulumi.Input[str]]] | None]
    """Networks from which it takes requests, such as [203.0.113.0/24]; [0.0.0.0/0] opens it to the world. Default: for
    internal, in a stack that makes its VPC, the VPC; otherwise they have to be set."""
    paths: NotRequired[list[str] | None]
    """Paths that it passes on, with all that is below them; it answers 404 to others, such as /metrics, which asks for
    no key. Default: [/v1, /health, /tokenize, /detokenize]."""
    idle_timeout_s: NotRequired[int | None]
    """Seconds without a byte after which it ends a connection. An answer that does not stream sends none until it is
    complete. Default: 600."""
    ssl_policy: NotRequired[pulumi.Input[str] | None]
    """AWS's security policy of the listener, one with TLS 1.2 or 1.3 alone. Default: ELBSecurityPolicy-
    TLS13-1-2-Res-2021-06."""
    access_logs_bucket: NotRequired[pulumi.Input[str] | None]
    """Name of an S3 bucket in the cluster's region that takes its access logs. Default: in a stack one that it makes,
    otherwise there are none."""
    waf_acl_arn: NotRequired[pulumi.Input[str] | None]
    """ARN of a regional web ACL of AWS WAF, which judges requests first."""
    deletion_protection: NotRequired[pulumi.Input[bool] | None]
    """Whether AWS refuses to delete it, and `pulumi destroy` with it, until this is unset. Default: false."""
    group: NotRequired[str | None]
    """Name that services have in common which share one load balancer, each by its hostname. Default: it has its
    own."""
    ingress_class: NotRequired[pulumi.Input[str] | None]
    """Name of the AWS Load Balancer Controller's IngressClass. Default: alb."""
    tags: NotRequired[dict[str, pulumi.Input[str]] | None]
    """Tags of the load balancer; in a stack those of everything come to them."""


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
    head_fault_tolerance: NotRequired[HeadFaultToleranceArgs | None]
    """What becomes of the service when the head goes."""
    image_pull_secrets: NotRequired[list[pulumi.Input[str]] | None]
    """Names of Secrets of the namespace, of type kubernetes.io/dockerconfigjson, with which the image is pulled."""
    api_key: NotRequired[pulumi.Input[str] | None]
    """The key that every request has to bring. Default: one is generated, once. A new one counts after a minute and a
    half at most, without a restart."""
    api_keys: NotRequired[dict[str, pulumi.Input[str]] | None]
    """Further keys, by the names of those who get them, which the replica's log and its metrics have: a request may
    bring any. One that is added, changed or removed does so as api_key."""
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
    network_policy: NotRequired[NetworkPolicyArgs | None]
    """Who reaches the pods, and whom they reach."""
    expose: NotRequired[ExposeArgs | None]
    """A load balancer with TLS, for clients outside the cluster. Default: none."""
    ray_service_spec: NotRequired[pulumi.Input[Any] | None]
    """Further fields of the RayService's spec, laid over those of the component: mappings by key, lists of named
    things, such as containers and workerGroupSpecs, by their name."""
