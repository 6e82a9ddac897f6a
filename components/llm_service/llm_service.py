"""The component that puts one LLM behind an OpenAI-compatible API, on a Kubernetes cluster with KubeRay."""

import base64
import json
import secrets
from collections.abc import Callable, Mapping
from typing import Any, TypeVar

import pulumi
import pulumi_kubernetes as kubernetes

from neuronserve.components.component import Component, waiting_for
from neuronserve.components.generated_secret import generated_secret
from neuronserve.components.llm_service.args import LlmServiceArgs
from neuronserve.components.llm_service.autoscaler import has_autoscaler
from neuronserve.components.llm_service.checks import RULES
from neuronserve.components.llm_service.fit_checks import padding
from neuronserve.components.llm_service.head_storage import PASSWORD_ENTRY, head_storage, head_storage_port
from neuronserve.components.llm_service.head_storage_checks import storage_of_a_stack
from neuronserve.components.llm_service.ingress import LONGEST_DEREGISTRATION_S, ingress_annotations, ingress_spec
from neuronserve.components.llm_service.network_policies import head_storage_policy_spec, network_policy_spec
from neuronserve.components.llm_service.ray_service_spec import (
    HEAD_PORTS,
    HUGGING_FACE_TOKEN_FILE,
    MACHINES_READY_TIMEOUT_S,
    METRICS_PORT,
    RAY_TOKEN_ENTRY,
    fewest_workers,
    pod_labels,
    ray_service_spec,
    service_labels,
    worker_grace_s,
)
from neuronserve.components.llm_service.settings import ExposeSettings, LlmServiceSettings
from neuronserve.components.llm_service.sizes import (
    engine_start_timeout_s,
    ray_service,
    replicas,
    serving_settings,
    workers,
)
from neuronserve.serving.api_keys import ONLY_KEY
from neuronserve.settings import InvalidSettingsError, MapKey, Path, read_arguments, when_known

T = TypeVar("T")

PULUMI_ANNOTATIONS = {
    # `pulumi up` returns when the model answers, or fails. Ready alone would not do: a RayService is ready as long as
    # its old Ray cluster answers, even if the new one never does.
    "pulumi.com/waitFor": json.dumps(["condition=Ready", "condition=UpgradeInProgress=False"]),
    # An `up` that was killed while it waited left the RayService there, and the next one takes it over: in the worker
    # groups there are defaults by then, which the API server takes for somebody else's values.
    "pulumi.com/patchForce": "true",
}
"""How Pulumi treats a RayService."""

KEY_BYTES = 32
"""Random bytes in what is generated, an API key or Ray's token: 256 bits."""

HUGGING_FACE_TOKEN_ENTRY = HUGGING_FACE_TOKEN_FILE.rpartition("/")[2]


class LlmService(Component[LlmServiceSettings]):
    """One LLM behind an OpenAI-compatible API: a RayService with all that it needs in its namespace.

    The cluster has to have the namespace, the KubeRay operator and, for accelerator ``neuron``, the Neuron device
    plugin.

    If `pulumi up` of a program of your own ends with "timed out waiting for the condition", ``kubectl -n <namespace>
    describe pods -l app.kubernetes.io/instance=<name>`` says which pod does not get ready, and why.

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
    """The base URL for OpenAI clients: in the cluster, or with ``expose`` by the load balancer's hostname."""
    load_balancer: pulumi.Output[str] | None
    """The load balancer's own name in DNS, to which a record of the hostname has to lead; None where there is none."""
    model_name: pulumi.Output[str]
    """The name of the model in requests, the first if it has several."""
    image: pulumi.Output[str]
    """The container image of head and workers."""
    api_key: pulumi.Output[str] | None
    """The key that requests have to bring, a secret; None when they need none."""
    pod_security: pulumi.Output[str]
    """The strictest Pod Security Standard of a namespace that admits its pods."""

    def __init__(self, name: str, args: LlmServiceArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        settings = read_arguments(
            LlmServiceSettings,
            args,
            *RULES,
            storage_of_a_stack,
            of=f"LlmService {name}",
            defaults={"service_name": name},
        )
        super().__init__("neuronserve:index:LlmService", name, {}, opts)

        def of_model(make: Callable[[LlmServiceSettings], T]) -> pulumi.Input[T]:
            """Return what is made of the settings once all of the model is known."""
            return when_known(lambda model: make(settings.changed(model=model)), settings.model)

        of_model(lambda settings: _say_what_padding_costs(name, settings))
        child = pulumi.ResourceOptions(parent=self)
        service_name = settings.name

        before_pods: list[pulumi.Resource] = [
            kubernetes.core.v1.ServiceAccount(
                f"{name}-service-account",
                metadata=_metadata(service_name, settings),
                automount_service_account_token=False,
                opts=child,
            )
        ]
        ray_token = _generated(name, "ray-token", child).apply(_in_base64)
        before_pods.append(_make_secret(name, "ray-token", {RAY_TOKEN_ENTRY: ray_token}, settings, child))
        api_key_secret = None
        if settings.require_api_key:
            api_key_secret = _make_api_key_secret(name, settings, child)
            before_pods.append(api_key_secret)
        if settings.hugging_face_token is not None:
            token = _encoded(name, settings, ("hugging_face_token",), settings.hugging_face_token)
            entries = {HUGGING_FACE_TOKEN_ENTRY: token}
            before_pods.append(_make_secret(name, "hugging-face-token", entries, settings, child))
        if (password := settings.head_fault_tolerance.redis_password) is not None:
            path = ("head_fault_tolerance", "redis_password")
            entries = {PASSWORD_ENTRY: _encoded(name, settings, path, password)}
            before_pods.append(_make_secret(name, "redis", entries, settings, child))
        if settings.network_policy.enabled:
            before_pods += _make_network_policies(name, settings, child)
        head_service = when_known(lambda own: own or service_name, settings.head_service_name)
        kubernetes.core.v1.Service(
            _head_service_key(name, settings.namespace, head_service),
            metadata=_metadata(head_service, settings),
            spec={
                # KubeRay's own head Service has another name after each upgrade; this one stays.
                "selector": pod_labels(service_name, "head"),
                "ports": [
                    {"name": port_name, "port": port, "target_port": port}
                    for port_name, port in {"metrics": METRICS_PORT, **HEAD_PORTS}.items()
                ],
            },
            opts=child,
        )
        _make_worker_budget(name, settings, child)
        _make_head_budget(name, settings, child)
        timeout = f"{round(MACHINES_READY_TIMEOUT_S + engine_start_timeout_s(settings))}s"
        made = kubernetes.apiextensions.CustomResource(
            f"{name}-ray-service",
            api_version="ray.io/v1",
            kind="RayService",
            metadata=_metadata(service_name, settings, PULUMI_ANNOTATIONS),
            spec=of_model(lambda settings: ray_service_spec(ray_service(settings))),
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[*before_pods],
                custom_timeouts=pulumi.CustomTimeouts(create=timeout, update=timeout),
            ),
        )

        self.namespace = pulumi.Output.from_input(settings.namespace)
        # Who asks the service has to wait until it answers.
        self.name = waiting_for(service_name, made)
        self.head_service = pulumi.Output.from_input(head_service)
        self.serve_service = waiting_for(f"{service_name}-serve-svc", made)
        self.endpoint = pulumi.Output.format(
            "http://{}.{}.svc.cluster.local:{}/v1", self.serve_service, self.namespace, HEAD_PORTS["serve"]
        )
        self.load_balancer = None
        if settings.expose is not None:
            deregistration_s = of_model(
                lambda settings: min(worker_grace_s(ray_service(settings)), LONGEST_DEREGISTRATION_S)
            )
            ingress = self._make_ingress(name, settings, settings.expose, deregistration_s)
            self.load_balancer = ingress.status.load_balancer.ingress[0].hostname
            self.endpoint = pulumi.Output.format("https://{}/v1", waiting_for(settings.expose.hostname, ingress))
        self.model_name = pulumi.Output.from_input(
            of_model(lambda settings: serving_settings(settings).served_model_name[0])
        )
        self.image = pulumi.Output.from_input(settings.image)
        self.api_key = _entry(api_key_secret, ONLY_KEY) if api_key_secret else None
        self.pod_security = pulumi.Output.from_input(settings.pod_security.value)
        self.register_outputs(
            {
                "namespace": self.namespace,
                "name": self.name,
                "headService": self.head_service,
                "serveService": self.serve_service,
                "endpoint": self.endpoint,
                "loadBalancer": self.load_balancer,
                "modelName": self.model_name,
                "image": self.image,
                "apiKey": self.api_key,
                "podSecurity": self.pod_security,
            }
        )

    def _make_ingress(
        self, name: str, settings: LlmServiceSettings, expose: ExposeSettings, deregistration_s: pulumi.Input[int]
    ) -> kubernetes.networking.v1.Ingress:
        return kubernetes.networking.v1.Ingress(
            f"{name}-ingress",
            metadata=_metadata(settings.name, settings, ingress_annotations(expose, deregistration_s)),
            # Of a Service that is there only when the model answers.
            spec=ingress_spec(expose, self.serve_service),
            opts=pulumi.ResourceOptions(parent=self),
        )

    @staticmethod
    def exports(services: Mapping[str, "LlmService"]) -> dict[str, Any]:
        """Return what a stack exports of its services: maps by the services' names, by the names of the exports."""
        return {
            "services": {
                name: {
                    "namespace": service.namespace,
                    "headService": service.head_service,
                    "serveService": service.serve_service,
                    "endpoint": service.endpoint,
                    **({} if service.load_balancer is None else {"loadBalancer": service.load_balancer}),
                    "modelName": service.model_name,
                    "image": service.image,
                }
                for name, service in services.items()
            },
            "apiKeys": {name: service.api_key for name, service in services.items() if service.api_key is not None},
        }


def _say_what_padding_costs(name: str, settings: LlmServiceSettings) -> None:
    if cost := padding(settings):
        pulumi.log.info(f"LlmService {name}: {cost}")


def _head_service_key(name: str, namespace: pulumi.Input[str], head_service: pulumi.Input[str]) -> str:
    """Return the name of the head Service's resource: what it is, so that it outlives the LLM service."""
    if isinstance(namespace, str) and isinstance(head_service, str):
        return f"{namespace}/{head_service}"
    return f"{name}-head-service"


def _metadata(
    object_name: pulumi.Input[str],
    settings: LlmServiceSettings,
    annotations: Mapping[str, pulumi.Input[str]] | None = None,
) -> kubernetes.meta.v1.ObjectMetaArgs:
    return kubernetes.meta.v1.ObjectMetaArgs(
        name=object_name,
        namespace=settings.namespace,
        labels=service_labels(settings.name),
        annotations=annotations,
    )


def _make_api_key_secret(
    name: str, settings: LlmServiceSettings, opts: pulumi.ResourceOptions
) -> kubernetes.core.v1.Secret:
    key = _generated(name, "api-key", opts) if settings.api_key is None else settings.api_key
    entries = {ONLY_KEY: _encoded(name, settings, ("api_key",), key)}
    for holder, further in settings.api_keys.items():
        entries[holder] = _encoded(name, settings, ("api_keys", MapKey(holder)), further)
    return _make_secret(name, "api-key", entries, settings, opts)


def _generated(name: str, what: str, opts: pulumi.ResourceOptions) -> pulumi.Output[str]:
    return generated_secret(f"{name}-generated-{what}", secrets.token_urlsafe(KEY_BYTES), opts)


def _make_secret(
    name: str,
    suffix: str,
    entries: Mapping[str, pulumi.Output[str]],
    settings: LlmServiceSettings,
    opts: pulumi.ResourceOptions,
) -> kubernetes.core.v1.Secret:
    return kubernetes.core.v1.Secret(
        f"{name}-{suffix}",
        metadata=_metadata(f"{settings.name}-{suffix}", settings),
        type="Opaque",
        data=entries,  # which the SDK registers as secret, in every Secret
        opts=opts,
    )


def _encoded(name: str, settings: LlmServiceSettings, path: Path, value: pulumi.Input[str]) -> pulumi.Output[str]:
    """Return what a Secret holds, in base64; the setting at a path ends the program if it came to None."""

    def encoded(text: str | None) -> str:
        if text is None:  # when the Secret was made for it already
            problem = (
                f"{settings.as_written(path)} is an Output, and came to None. Whether it is set has to be known when "
                "the program runs: leave it out, or look whether the stack that it comes from has it."
            )
            raise InvalidSettingsError(f"LlmService {name}", [problem]).raised_later(settings.as_written)
        return _in_base64(text)

    return pulumi.Output.from_input(value).apply(encoded)


def _in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def _make_network_policies(
    name: str, settings: LlmServiceSettings, opts: pulumi.ResourceOptions
) -> list[pulumi.Resource]:
    autoscaled = has_autoscaler(replicas(settings), settings.upgrade_strategy)
    specs = {
        component: network_policy_spec(
            settings.name,
            component,
            settings.network_policy,
            asks_api_server=component == "head" and autoscaled,
        )
        for component in ("head", "worker")
    }
    if (port := head_storage_port(head_storage(settings))) is not None:
        specs["head-storage"] = head_storage_policy_spec(settings.name, port)
    return [
        kubernetes.networking.v1.NetworkPolicy(
            f"{name}-{component}-network-policy",
            metadata=_metadata(f"{settings.name}-{component}", settings),
            spec=spec,
            opts=opts,
        )
        for component, spec in specs.items()
    ]


def _make_worker_budget(name: str, settings: LlmServiceSettings, opts: pulumi.ResourceOptions) -> None:
    """Let a drain take one worker at a time: the next when another is ready in its place, with an engine started.

    The number has to be of those that stay, as RayClusters cannot be asked how many there should be
    (https://kubernetes.io/docs/tasks/run-application/configure-pdb/#arbitrary-controllers-and-selectors).
    """
    fewest = fewest_workers(replicas(settings), workers(settings))
    if fewest < 2:
        return
    kubernetes.policy.v1.PodDisruptionBudget(
        f"{name}-worker-budget",
        metadata=_metadata(f"{settings.name}-worker", settings),
        spec={
            "min_available": fewest - 1,
            "selector": {"match_labels": pod_labels(settings.name, "worker")},
            # What has no replica is never ready, and keeps nobody.
            "unhealthy_pod_eviction_policy": "AlwaysAllow",
        },
        opts=opts,
    )


def _make_head_budget(name: str, settings: LlmServiceSettings, opts: pulumi.ResourceOptions) -> None:
    """Keep a drain from a head with which all replicas would go; one with a storage may go, as the next goes on."""
    if head_storage(settings) is not None:
        return
    kubernetes.policy.v1.PodDisruptionBudget(
        f"{name}-head-budget",
        metadata=_metadata(f"{settings.name}-head", settings),
        spec={
            "min_available": 1,
            "selector": {"match_labels": pod_labels(settings.name, "head")},
            "unhealthy_pod_eviction_policy": "AlwaysAllow",
        },
        opts=opts,
    )


def _entry(secret: kubernetes.core.v1.Secret, entry: str) -> pulumi.Output[str]:
    """Return, as a secret, what the Secret in the cluster holds: this run may have generated another."""
    value: pulumi.Output[str] = secret.data.apply(lambda data: base64.b64decode(data[entry]).decode())
    return pulumi.Output.secret(value)
