"""The component that puts one LLM behind an OpenAI-compatible API, on a Kubernetes cluster with KubeRay."""

import base64
import secrets

import pulumi
import pulumi_kubernetes as kubernetes

from neuronserve.components.llm_service.args import LlmServiceArgs
from neuronserve.components.llm_service.checks import find_problems
from neuronserve.components.llm_service.ray_service_spec import (
    API_KEY_FILE,
    HEAD_PORTS,
    HUGGING_FACE_TOKEN_FILE,
    METRICS_PORT,
    RayService,
    pod_labels,
    ray_service_spec,
    service_labels,
)
from neuronserve.components.llm_service.settings import LlmServiceSettings
from neuronserve.components.llm_service.sizes import head_resources, replicas, serving_settings, workers
from neuronserve.settings.settings import PYTHON_NAMES, InvalidSettingsError, read

MACHINES_READY_TIMEOUT_S = 900
"""What a node may take to start, and an image of tens of gigabytes to arrive, before an engine can start."""

API_KEY_BYTES = 32
"""Random bytes in a generated API key: 256 bits."""

API_KEY_ENTRY = API_KEY_FILE.rpartition("/")[2]
HUGGING_FACE_TOKEN_ENTRY = HUGGING_FACE_TOKEN_FILE.rpartition("/")[2]


class LlmService(pulumi.ComponentResource):
    """One LLM behind an OpenAI-compatible API: a RayService with all that it needs in its namespace.

    The cluster has to have the KubeRay operator and, for accelerator ``neuron``, the Neuron device plugin.

    Raises:
        InvalidSettingsError: the arguments cannot be deployed; the message lists everything that is wrong.
    """

    namespace: pulumi.Output[str]
    """The Kubernetes namespace of everything here."""
    name: pulumi.Output[str]
    """The RayService's name."""
    head_service: pulumi.Output[str]
    """The Service of the Ray head: dashboard 8265, metrics 8080, client 10001, GCS 6379, Serve 8000."""
    serve_service: pulumi.Output[str]
    """The Service that requests go to, on port 8000. KubeRay makes it once the model answers."""
    endpoint: pulumi.Output[str]
    """The base URL for OpenAI clients in the cluster."""
    model_name: pulumi.Output[str]
    """The name of the model in requests."""
    api_key: pulumi.Output[str] | None
    """The key that requests have to bring, a secret; None when they need none."""

    def __init__(self, name: str, args: LlmServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        settings = _checked(name, args)
        super().__init__("neuronserve:index:LlmService", name, {}, opts)
        serving = serving_settings(settings)

        before_pods: list[pulumi.Resource] = []
        if settings.create_namespace:
            before_pods.append(_make_namespace(name, settings, pulumi.ResourceOptions(parent=self)))
        in_namespace = pulumi.ResourceOptions(parent=self, depends_on=[*before_pods])
        before_pods.append(
            kubernetes.core.v1.ServiceAccount(
                f"{name}-service-account",
                metadata=_metadata(name, name, settings),
                automount_service_account_token=False,
                opts=in_namespace,
            )
        )
        api_key_secret = token_secret = None
        if settings.require_api_key:
            api_key_secret = _make_api_key_secret(name, settings, in_namespace)
            before_pods.append(api_key_secret)
        if settings.hugging_face_token is not None:
            entries = {HUGGING_FACE_TOKEN_ENTRY: settings.hugging_face_token}
            token_secret = _make_secret(name, "hugging-face-token", entries, settings, in_namespace)
            before_pods.append(token_secret)
        kubernetes.core.v1.Service(
            f"{name}-head-service",
            metadata=_metadata(settings.head_service_name, name, settings),
            spec={
                # KubeRay's own head Service has another name after each upgrade; this one stays.
                "selector": pod_labels(name, "head"),
                "ports": [
                    {"name": port_name, "port": port, "target_port": port}
                    for port_name, port in {"metrics": METRICS_PORT, **HEAD_PORTS}.items()
                ],
            },
            opts=in_namespace,
        )
        timeout = f"{round(MACHINES_READY_TIMEOUT_S + serving.engine_start_timeout_s)}s"
        kubernetes.apiextensions.CustomResource(
            f"{name}-ray-service",
            api_version="ray.io/v1",
            kind="RayService",
            # `pulumi up` returns when the model answers, or fails.
            metadata=_metadata(name, name, settings, {"pulumi.com/waitFor": "condition=Ready"}),
            spec=ray_service_spec(
                RayService(
                    name=name,
                    image=settings.image,
                    serving=serving,
                    replicas=replicas(settings),
                    head=head_resources(settings),
                    workers=workers(settings),
                    service_account_name=name,
                    api_key_secret_name=f"{name}-api-key" if api_key_secret else None,
                    hugging_face_token_secret_name=f"{name}-hugging-face-token" if token_secret else None,
                    upgrade_strategy=settings.upgrade_strategy,
                )
            ),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[*before_pods],
                custom_timeouts=pulumi.CustomTimeouts(create=timeout, update=timeout),
            ),
        )

        self.namespace = pulumi.Output.from_input(settings.namespace)
        self.name = pulumi.Output.from_input(name)
        self.head_service = pulumi.Output.from_input(settings.head_service_name)
        self.serve_service = pulumi.Output.from_input(f"{name}-serve-svc")
        self.endpoint = pulumi.Output.format(
            "http://{}.{}.svc.cluster.local:{}/v1", self.serve_service, self.namespace, HEAD_PORTS["serve"]
        )
        self.model_name = pulumi.Output.from_input(serving.model_name)
        self.api_key = _entry(api_key_secret, API_KEY_ENTRY) if api_key_secret else None
        self.register_outputs(
            {
                "namespace": self.namespace,
                "name": self.name,
                "headService": self.head_service,
                "serveService": self.serve_service,
                "endpoint": self.endpoint,
                "modelName": self.model_name,
                "apiKey": self.api_key,
            }
        )


def _checked(name: str, args: LlmServiceArgs) -> LlmServiceSettings:
    reading = read(LlmServiceSettings, {**args, "name": name}, PYTHON_NAMES)
    problems = [*reading.problems, *find_problems(reading.settings, PYTHON_NAMES, reading.unusable)]
    if problems:
        raise InvalidSettingsError(f"LlmService {name}", problems)
    return reading.settings


def _metadata(
    object_name: pulumi.Input[str],
    name: str,
    settings: LlmServiceSettings,
    annotations: dict[str, str] | None = None,
) -> kubernetes.meta.v1.ObjectMetaArgs:
    return kubernetes.meta.v1.ObjectMetaArgs(
        name=object_name,
        namespace=settings.namespace,
        labels=service_labels(name),
        annotations=annotations,
    )


def _make_namespace(
    name: str, settings: LlmServiceSettings, opts: pulumi.ResourceOptions
) -> kubernetes.core.v1.Namespace:
    return kubernetes.core.v1.Namespace(
        f"{name}-namespace",
        metadata=kubernetes.meta.v1.ObjectMetaArgs(
            name=settings.namespace,
            labels={
                **service_labels(name),
                "pod-security.kubernetes.io/enforce": "restricted",
                "pod-security.kubernetes.io/warn": "restricted",
            },
        ),
        opts=opts,
    )


def _make_api_key_secret(
    name: str, settings: LlmServiceSettings, opts: pulumi.ResourceOptions
) -> kubernetes.core.v1.Secret:
    key = settings.api_key
    if key is None:
        # Made anew by every run of the program, and ignored by every one but the first. The random provider
        # would keep one as well, and be one more plugin to install.
        key = secrets.token_urlsafe(API_KEY_BYTES)
        opts = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(ignore_changes=["data"]))
    return _make_secret(name, "api-key", {API_KEY_ENTRY: key}, settings, opts)


def _make_secret(
    name: str,
    suffix: str,
    entries: dict[str, pulumi.Input[str]],
    settings: LlmServiceSettings,
    opts: pulumi.ResourceOptions,
) -> kubernetes.core.v1.Secret:
    return kubernetes.core.v1.Secret(
        f"{name}-{suffix}",
        metadata=_metadata(f"{name}-{suffix}", name, settings),
        type="Opaque",
        # The SDK registers the data of every Secret as secret.
        data={
            entry: pulumi.Output.from_input(value).apply(lambda text: base64.b64encode(text.encode()).decode())
            for entry, value in entries.items()
        },
        opts=opts,
    )


def _entry(secret: kubernetes.core.v1.Secret, entry: str) -> pulumi.Output[str]:
    """Return, as a secret, what the Secret in the cluster holds: this run may have generated another."""
    value: pulumi.Output[str] = secret.data.apply(lambda data: base64.b64decode(data[entry]).decode())
    return pulumi.Output.secret(value)
