"""The component that makes a page in the browser to chat with the models of LLM services: Open WebUI."""

import base64
import secrets
from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from neuronserve.components.component import Component
from neuronserve.components.generated_secret import generated_secret
from neuronserve.components.llm_service.ray_service_spec import HEAD_PORTS
from neuronserve.components.open_web_ui.args import OpenWebUiArgs
from neuronserve.components.open_web_ui.checks import RULES
from neuronserve.components.open_web_ui.environment import KEYS_VARIABLE, SECRET_KEY_VARIABLE, SEPARATOR
from neuronserve.components.open_web_ui.network_policy import network_policy_spec
from neuronserve.components.open_web_ui.pod import LABELS, NAME, PORT, START_TIMEOUT_S, pod_template
from neuronserve.components.open_web_ui.settings import ChatServiceSettings, OpenWebUiSettings
from neuronserve.facts import pod_security
from neuronserve.facts.pod_security import PodSecurity
from neuronserve.settings import InvalidSettingsError, read_arguments

SERVICE_PORT = 80
SECRET_KEY_BYTES = 32
"""Random bytes in the key with which it signs sessions: 256 bits."""

NODE_AND_VOLUME_TIMEOUT_S = 600
"""What a node and a volume may take, and the image to arrive, before it can start."""


class OpenWebUi(Component[OpenWebUiSettings]):
    """A page in the browser to chat with the models of LLM services: Open WebUI, in a namespace of its own.

    Whoever signs up first is its administrator, who adds all others: sign-up is closed from then on. By itself it is
    reached by ``kubectl --namespace openai-webui port-forward service/open-webui 8081:80`` alone. Users, chats and
    files are on a volume, which goes with the component.

    It goes before the services. These have to let its namespace in.

    Raises:
        InvalidSettingsError: the arguments cannot be deployed; the message lists everything that is wrong.
    """

    namespace: pulumi.Output[str]
    """Its namespace."""
    service: pulumi.Output[str]
    """The Service by which it is opened, on port 80."""
    image: pulumi.Output[str]
    """Its container image."""

    def __init__(self, name: str, args: OpenWebUiArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        settings = read_arguments(OpenWebUiSettings, args, *RULES, of=f"OpenWebUi {name}")
        super().__init__("neuronserve:index:OpenWebUi", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        namespace = kubernetes.core.v1.Namespace(
            f"{name}-namespace",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(
                name=settings.namespace,
                labels={**LABELS, **dict.fromkeys(pod_security.LABELS, PodSecurity.RESTRICTED.value)},
            ),
            opts=child,
        ).metadata.name

        def metadata(**annotations: str) -> kubernetes.meta.v1.ObjectMetaArgs:
            return kubernetes.meta.v1.ObjectMetaArgs(
                name=NAME, namespace=namespace, labels=LABELS, annotations=annotations or None
            )

        account = kubernetes.core.v1.ServiceAccount(
            f"{name}-service-account", metadata=metadata(), automount_service_account_token=False, opts=child
        )
        keys = _keys(name, settings)
        secret_key = generated_secret(f"{name}-generated-secret-key", secrets.token_urlsafe(SECRET_KEY_BYTES), child)
        secret = kubernetes.core.v1.Secret(
            f"{name}-secrets",
            metadata=metadata(),
            type="Opaque",
            data={KEYS_VARIABLE: keys.apply(_in_base64), SECRET_KEY_VARIABLE: secret_key.apply(_in_base64)},
            opts=child,
        )
        volume = kubernetes.core.v1.PersistentVolumeClaim(
            f"{name}-data",
            # It is bound when there is a pod that wants it, which Pulumi makes afterwards.
            metadata=metadata(**{"pulumi.com/skipAwait": "true"}),
            spec={
                "access_modes": ["ReadWriteOnce"],
                "storage_class_name": settings.storage_class,
                "resources": {"requests": {"storage": pulumi.Output.format("{}Gi", settings.storage_gib)}},
            },
            opts=child,
        )
        policy = kubernetes.networking.v1.NetworkPolicy(
            f"{name}-network-policy", metadata=metadata(), spec=network_policy_spec(settings), opts=child
        )
        kubernetes.core.v1.Service(
            f"{name}-service",
            metadata=metadata(),
            spec={"selector": LABELS, "ports": [{"name": "http", "port": SERVICE_PORT, "target_port": PORT}]},
            opts=child,
        )
        template = pod_template(
            settings,
            pulumi.Output.all(*map(_url, settings.services.values())).apply(SEPARATOR.join),
            secret.metadata.name,
            secret.metadata.resource_version,
        )
        spec: Any = {
            # Its database is one file on a volume that one node has at a time.
            "replicas": 1,
            "strategy": {"type": "Recreate"},
            "selector": {"matchLabels": LABELS},
            "template": template,
        }
        timeout = f"{NODE_AND_VOLUME_TIMEOUT_S + START_TIMEOUT_S}s"
        made = kubernetes.apps.v1.Deployment(
            f"{name}-deployment",
            metadata=metadata(),
            spec=spec,
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[account, volume, policy],
                custom_timeouts=pulumi.CustomTimeouts(create=timeout, update=timeout),
            ),
        )
        self.namespace = namespace
        self.service = made.metadata.name
        self.image = pulumi.Output.from_input(template["spec"]["containers"][0]["image"])
        self.register_outputs({"namespace": self.namespace, "service": self.service, "image": self.image})


def _url(service: ChatServiceSettings) -> pulumi.Output[str]:
    return pulumi.Output.format(
        "http://{}.{}.svc.cluster.local:{}/v1", service.serve_service, service.namespace, HEAD_PORTS["serve"]
    )


def _keys(name: str, settings: OpenWebUiSettings) -> pulumi.Output[str]:
    """Return the keys of all services, in their order; that of a service which asks for none is empty."""

    def joined(given: dict[str, str | None]) -> str:
        keys = {service: key or "" for service, key in given.items()}
        problems = [
            f"The API key of service {service} holds {SEPARATOR!r}, by which Open WebUI tells keys apart. Choose one "
            "without it."
            for service, key in keys.items()
            if SEPARATOR in key
        ]
        if problems:
            raise InvalidSettingsError(f"OpenWebUi {name}", problems).raised_later(settings.as_written)
        return SEPARATOR.join(keys.values())

    keys = {service: given.api_key for service, given in settings.services.items()}
    return pulumi.Output.secret(pulumi.Output.all(**keys).apply(joined))


def _in_base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
