"""The ``spec`` of a RayService (``ray.io/v1``, KubeRay 1.7): from plain values to a dictionary."""

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pulumi
import yaml

from neuronserve.components.llm_service.autoscaler import (
    add_token_of_autoscaler,
    autoscaler_options,
    has_autoscaler,
    has_room,
)
from neuronserve.components.llm_service.container_resources import ContainerResources
from neuronserve.components.llm_service.further_fields import add_further_fields
from neuronserve.components.llm_service.head_storage import HeadStorageAddress, add_head_storage
from neuronserve.components.llm_service.settings import USER_ID, PodSettings, UpgradeStrategy
from neuronserve.components.llm_service.spread import spread
from neuronserve.components.overlay import overlaid
from neuronserve.facts import node_labels, pod_security
from neuronserve.facts.neuron import NEURON_CORES, NEURON_TOLERATION
from neuronserve.serving import leaving, visible_cores
from neuronserve.serving.api_keys import DIRECTORY_VARIABLE
from neuronserve.serving.serve_config import RAY_ENVIRONMENT, Replicas, engine_part, serve_config
from neuronserve.serving.settings import ServingSettings

RAY_VERSION = "2.60.0"
"""The Ray version in the image: KubeRay chooses start commands and probes by it."""

METRICS_PORT = 8080
HEAD_PORTS = {"gcs": 6379, "dashboard": 8265, "client": 10001, "serve": 8000}
"""What a Ray head listens on. KubeRay adds the metrics port to every Ray container by itself."""

READINESS_PROBE = {
    "httpGet": {"path": "/-/healthz", "port": HEAD_PORTS["serve"]},
    "periodSeconds": 5,
    "timeoutSeconds": 5,
    "failureThreshold": 3,
}
"""Whether Serve's proxy in a worker takes requests. KubeRay's own probe takes one away that once needs over 2 s."""

LEAVING = {
    # By the time that `ray start` is told to end, the pod has been drained; of a head there is nothing to drain.
    "RAY_GRACEFUL_SHUTDOWN_DRAIN_TIMEOUT_S": "0",
    "RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH": f"{leaving.__name__}:{leaving.proxy_middlewares.__name__}",
}
"""How Ray in a pod goes along with what the pod does before it ends."""

HOME = "/home/ray"
"""The user's home, a volume: like /tmp a place to write to, as the image is read-only."""

NEURON_COMPILE_CACHE = "/var/tmp"  # noqa: S108 (the compiler's own place)

API_KEYS_DIRECTORY = "/var/run/secrets/neuronserve/api-key"
HUGGING_FACE_TOKEN_FILE = "/var/run/secrets/neuronserve/hugging-face-token/token"  # noqa: S105 (a path)
RAY_TOKEN_ENTRY = "auth_token"  # noqa: S105 (where KubeRay looks for one)
HUGGING_FACE_DIRECTORY = "/var/cache/huggingface"
"""Where downloaded weights are kept for the life of a pod."""

WRITABLE_DIRECTORIES = (NEURON_COMPILE_CACHE, "/tmp", HOME, HUGGING_FACE_DIRECTORY)  # noqa: S108
"""What a worker can write to; its root filesystem is read-only."""

SHUTDOWN_MARGIN_S = 30
"""What a pod gets to end its Ray processes once the last request is answered."""

MACHINES_READY_TIMEOUT_S = 900
"""What a node may take to start, and an image of tens of gigabytes to arrive, before an engine can start."""

ENGINE_ANNOTATION = "neuronserve/engine"
"""On workers: a digest of what their engines are started with."""


@dataclass(frozen=True)
class NeuronNode:
    """The kind of node that a worker runs on, and the chips and cores that it takes there."""

    instance_type: str
    chips: int
    cores: int
    shared: bool = False
    """Whether others have the rest of its chips."""

    @property
    def family(self) -> str:
        """The instance family, ``inf2`` of ``inf2.8xlarge``."""
        return self.instance_type.partition(".")[0]


@dataclass(frozen=True)
class Workers:
    """The worker group: resources and replicas of one worker, and its node if that is a Neuron node."""

    resources: ContainerResources
    replicas_per_worker: int = 1
    node: NeuronNode | None = None
    user: int = USER_ID
    capabilities: tuple[str, ...] = ()
    """What the user, root, may do beyond other users."""
    scheduler_name: str | None = None
    """The scheduler that places them; None for the cluster's own."""
    pod: PodSettings = field(default_factory=PodSettings)


def fewest_workers(replicas: Replicas, workers: Workers) -> int:
    """Return how many workers the fewest replicas take."""
    return math.ceil(replicas.minimum / workers.replicas_per_worker)


def ray_resources(resources: dict[str, int]) -> str:
    r"""Return custom resources as ``rayStartParams.resources`` must be written: ``"{\"neuron_cores\": 2}"``.

    The outer quotes are part of the value. Ray's autoscaler drops the first and the last character and every
    backslash before it reads JSON (``ray/autoscaler/_private/kuberay/autoscaling_config.py``), and KubeRay
    puts the value as it is into a shell command. In any other form the autoscaler sees no cores and adds no
    worker (https://github.com/ray-project/ray/issues/44361).
    """
    return json.dumps(json.dumps(resources))


@dataclass(frozen=True)
class RayService:
    """What a RayService is made from."""

    name: str
    image: pulumi.Input[str]
    """The image of head and workers, with Ray :data:`RAY_VERSION` and the user :data:`USER_ID`."""
    serving: ServingSettings
    replicas: Replicas
    head: ContainerResources
    workers: Workers
    service_account_name: str
    api_key_secret_name: str | None
    """The Secret with the entry ``api-key``; None to serve without one."""
    hugging_face_token_secret_name: str | None
    """The Secret with the entry ``token``; None for models that need none."""
    ray_token_secret_name: str
    """The Secret with the entry :data:`RAY_TOKEN_ENTRY`."""
    upgrade_strategy: UpgradeStrategy
    """What a change of pods or engines does."""
    head_pod: PodSettings = field(default_factory=PodSettings)
    head_storage: HeadStorageAddress | None = None
    image_pull_secrets: Sequence[pulumi.Input[str]] = ()
    do_not_disrupt: bool = True
    """Whether Karpenter leaves the pods where they are."""
    keep_alive_timeout_s: int | None = None
    """Seconds for which its proxies leave idle connections open; None for Serve's own."""
    further_spec: pulumi.Input[dict[str, Any]] = field(default_factory=dict)
    """Fields to lay over those that are made here."""

    @property
    def is_autoscaled(self) -> bool:
        """Whether Ray asks for workers itself."""
        return has_autoscaler(self.replicas, self.upgrade_strategy)


def ray_service_spec(service: RayService) -> Any:
    """Return the RayService's ``spec``."""
    cluster: dict[str, Any] = {
        "rayVersion": RAY_VERSION,
        # KubeRay would make a token for each Ray cluster, under another name after each upgrade; this one stays.
        "authOptions": {"mode": "token", "secretName": service.ray_token_secret_name},
        "headGroupSpec": {
            # No CPUs for Ray: replicas run on workers only.
            "rayStartParams": {"num-cpus": "0", "dashboard-host": "0.0.0.0"},  # noqa: S104 (inside the pod)
            "template": _head_template(service),
        },
        "workerGroupSpecs": [_worker_group(service)],
    }
    if service.is_autoscaled:
        cluster["enableInTreeAutoscaling"] = True
        cluster["autoscalerOptions"] = autoscaler_options(_container_security_context())
    add_head_storage(cluster, service.head_storage)
    serve = serve_config(service.serving, service.replicas, keep_alive_timeout_s=service.keep_alive_timeout_s)
    spec = {
        "serveConfigV2": yaml.safe_dump(serve, sort_keys=False),
        "upgradeStrategy": {"type": service.upgrade_strategy.value},
        # The head stays in the serve Service (`excludeHeadPodFromServeSvc`): it has no replica, but a proxy, where
        # requests wait for the next worker while there is none.
        # After an upgrade the old cluster stays until the requests that it still answers are done.
        "rayClusterDeletionDelaySeconds": math.ceil(service.serving.graceful_shutdown_timeout_s),
        "rayClusterConfig": cluster,
    }
    return overlaid(spec, service.further_spec)


def service_labels(name: str) -> dict[str, str]:
    """Return the labels of everything that belongs to one RayService."""
    return {"app.kubernetes.io/instance": name, "app.kubernetes.io/part-of": "neuronserve"}


def pod_labels(name: str, component: str) -> dict[str, str]:
    """Return the labels of the pods of one RayService; ``component`` is ``head`` or ``worker``.

    KubeRay's own labels name only the cluster, which is another one after each upgrade.
    """
    return {**service_labels(name), "app.kubernetes.io/component": component}


def _head_template(service: RayService) -> dict[str, Any]:
    template = _pod_template(
        service,
        "head",
        {
            "name": "ray-head",
            "ports": [{"name": name, "containerPort": port} for name, port in HEAD_PORTS.items()],
            "resources": service.head.to_kubernetes(),
            "lifecycle": _pre_stop(),
        },
        leaving.TIMEOUT_S + SHUTDOWN_MARGIN_S,
    )
    if service.is_autoscaled:
        add_token_of_autoscaler(template["spec"])
    add_further_fields(template, service.head_pod, service.image_pull_secrets)
    return template


def _drain_timeout_s(service: RayService) -> int:
    """Return what Ray gets to drain a worker's node when its pod is to end.

    Serve starts a replica elsewhere first, and stops this one when the other answers (Ray 2.60,
    ``migrate_replicas_on_draining_nodes``), or when no more is left than a graceful shutdown may take for the requests
    that run by then. Only a service with an autoscaler has a place for the other.
    """
    start = MACHINES_READY_TIMEOUT_S + service.serving.engine_start_timeout_s if service.is_autoscaled else 0
    return math.ceil(service.serving.graceful_shutdown_timeout_s + start)


def worker_grace_s(service: RayService) -> int:
    """Return the seconds from a worker's pod being told to end to its being cut off."""
    return leaving.TIMEOUT_S + _drain_timeout_s(service) + SHUTDOWN_MARGIN_S


def _worker_group(service: RayService) -> dict[str, Any]:
    node, per_worker = service.workers.node, service.workers.replicas_per_worker
    minimum = fewest_workers(service.replicas, service.workers)
    return {
        "groupName": node.family if node else "cpu",
        "replicas": minimum,
        "minReplicas": minimum,
        # The one more is for replicas that have to move: Serve asks for no more than there may be of them.
        "maxReplicas": math.ceil(service.replicas.maximum / per_worker) + has_room(service.upgrade_strategy),
        "rayStartParams": (
            {"resources": ray_resources({NEURON_CORES: node.cores})}
            if node
            # Where nothing else limits them: a replica takes one, whatever the processors of its pod.
            else {"num-cpus": str(per_worker)}
        ),
        # KubeRay writes this into the object by itself. Were it not ours as well, applying once more would take it
        # out again.
        "scaleStrategy": {},
        "template": _worker_template(service),
    }


def _worker_template(service: RayService) -> dict[str, Any]:
    node = service.workers.node
    template = _pod_template(
        service,
        "worker",
        {
            "name": "ray-worker",
            "resources": service.workers.resources.to_kubernetes(neuron_chips=node.chips if node else 0),
            "readinessProbe": READINESS_PROBE,
            "lifecycle": _pre_stop(str(_drain_timeout_s(service))),
        },
        worker_grace_s(service),
    )
    template["spec"]["topologySpreadConstraints"] = spread(
        pod_labels(service.name, "worker"),
        over_nodes=node is None,
    )
    if service.upgrade_strategy is UpgradeStrategy.NEW_CLUSTER:
        # Serve would stop a replica to start another in its place. As another pod it is KubeRay's to replace, which
        # has the new one answer first.
        digest = hashlib.sha256(json.dumps(engine_part(service.serving), sort_keys=True).encode()).hexdigest()
        template["metadata"].setdefault("annotations", {})[ENGINE_ANNOTATION] = digest[:16]
    if service.workers.scheduler_name:
        template["spec"]["schedulerName"] = service.workers.scheduler_name
    if node:
        template["spec"]["nodeSelector"] = {node_labels.INSTANCE_TYPE: node.instance_type}
        template["spec"]["tolerations"] = [dict(NEURON_TOLERATION)]
    # Replicas, which alone need the model and the secrets, run on workers.
    _add_volume(template, "hugging-face", HUGGING_FACE_DIRECTORY, {"emptyDir": {}})
    environment = {"HF_HOME": HUGGING_FACE_DIRECTORY}
    (container,) = template["spec"]["containers"]
    container["securityContext"] |= _user_and_capabilities(service.workers)
    if node is None:
        # By itself vLLM binds its threads to the first processors of the node, as many as that has: two pods to the
        # same ones, and more threads than a pod's limit lets run. One processor is left to everything else.
        threads = max(1, math.floor(service.workers.resources.cpu_limit) - 1)
        environment |= {"VLLM_CPU_OMP_THREADS_BIND": "nobind", "OMP_NUM_THREADS": str(threads)}
    if node:
        _add_volume(template, "compile-cache", NEURON_COMPILE_CACHE, {"emptyDir": {}})
        if node.shared:
            container["args"] = [visible_cores.COMMAND]
        else:
            environment[visible_cores.VARIABLE] = ",".join(map(str, range(node.cores)))
    for secret_name, directory, variable, path in (
        (service.api_key_secret_name, API_KEYS_DIRECTORY, DIRECTORY_VARIABLE, API_KEYS_DIRECTORY),
        (
            service.hugging_face_token_secret_name,
            HUGGING_FACE_TOKEN_FILE.rpartition("/")[0],
            "HF_TOKEN_PATH",
            HUGGING_FACE_TOKEN_FILE,
        ),
    ):
        if secret_name is not None:
            environment[variable] = path
            # Readable by the pod's group, to which fsGroup gives the files, and by nobody else.
            source = {"secret": {"secretName": secret_name, "defaultMode": 0o440}}
            _add_volume(template, directory.rpartition("/")[2], directory, source, read_only=True)
    container["env"] += [{"name": name, "value": value} for name, value in environment.items()]
    add_further_fields(template, service.workers.pod, service.image_pull_secrets)
    return template


def _pre_stop(*words: str) -> dict[str, Any]:
    return {"preStop": {"exec": {"command": ["python3", "-m", leaving.__name__, *words]}}}


def _pod_template(service: RayService, component: str, container: dict[str, Any], grace_s: int) -> dict[str, Any]:
    """Return what head and workers have in common, around the Ray container, which KubeRay wants first."""
    environment = {**RAY_ENVIRONMENT, **LEAVING, "HOME": HOME}
    template: dict[str, Any] = {
        "metadata": {
            "labels": pod_labels(service.name, component),
            **({"annotations": {"karpenter.sh/do-not-disrupt": "true"}} if service.do_not_disrupt else {}),
        },
        "spec": {
            "serviceAccountName": service.service_account_name,
            "automountServiceAccountToken": False,
            # A Service named vllm would put VLLM_PORT=tcp://... into every pod of its namespace, which vLLM
            # takes for its own setting (https://docs.vllm.ai/en/stable/configuration/env_vars/).
            "enableServiceLinks": False,
            # Processes that have lost their parent get one that waits for them: `ray start` does not.
            "shareProcessNamespace": True,
            "terminationGracePeriodSeconds": grace_s,
            "securityContext": {
                "runAsNonRoot": True,
                "runAsUser": USER_ID,
                "runAsGroup": USER_ID,
                "fsGroup": USER_ID,
                "seccompProfile": {"type": "RuntimeDefault"},
            },
            "containers": [
                {
                    **container,
                    "image": service.image,
                    "imagePullPolicy": "IfNotPresent",
                    "env": [{"name": name, "value": value} for name, value in environment.items()],
                    "securityContext": _container_security_context(),
                    "volumeMounts": [],
                }
            ],
            "volumes": [],
        },
    }
    if service.is_autoscaled:
        # Autoscaler v2 counts pods; KubeRay refuses pods whose containers could restart in place.
        template["spec"]["restartPolicy"] = "Never"
    _add_volume(template, "home", HOME, {"emptyDir": {}})
    _add_volume(template, "tmp", "/tmp", {"emptyDir": {}})  # noqa: S108
    # The autoscaler's container, which KubeRay adds, mounts the volume of this very name.
    _add_volume(template, "ray-logs", "/tmp/ray", {"emptyDir": {}})  # noqa: S108 (Ray's own directory)
    return template


def _add_volume(
    template: dict[str, Any], name: str, path: str, source: dict[str, Any], *, read_only: bool = False
) -> None:
    (container,) = template["spec"]["containers"]
    template["spec"]["volumes"].append({"name": name, **source})
    container["volumeMounts"].append({"name": name, "mountPath": path, **({"readOnly": True} if read_only else {})})


def _container_security_context() -> dict[str, Any]:
    return {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}, "readOnlyRootFilesystem": True}


def _user_and_capabilities(workers: Workers) -> dict[str, Any]:
    """Return what a worker's Ray container has otherwise than every other one."""
    context: dict[str, Any] = {}
    if workers.user != USER_ID:
        context = {"runAsUser": workers.user, "runAsNonRoot": workers.user != pod_security.ROOT}
    if workers.capabilities:
        context["capabilities"] = {"drop": ["ALL"], "add": [*workers.capabilities]}
    return context
