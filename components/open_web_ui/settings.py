"""The settings of Open WebUI."""

from typing import Annotated

from pydantic import Field

from neuronserve.components.helm.settings import MirrorSettings
from neuronserve.facts.aws import LARGEST_GP3_GIB
from neuronserve.settings import Json, Later, MaybeEmpty, Number, Required, Secret, Settings, Text, WholeNumber

NAMESPACE = "openai-webui"


class OpenWebUiNetworkPolicySettings(Settings):
    """Who reaches Open WebUI besides `kubectl port-forward`, and whom it reaches besides the services."""

    client_namespaces: list[Later[Text]] = Field(default_factory=list)
    """Namespaces whose pods may open it, such as that of an ingress controller."""
    client_cidrs: list[Later[Text]] = Field(default_factory=list)
    """Networks from which it may be opened, such as the subnets of a load balancer: [10.1.0.0/20]."""
    egress: list[Json] = Field(default_factory=list)
    """Further rules of whom it may connect to, as Kubernetes writes them, such as a provider of single sign-on:
    {to: [{ipBlock: {cidr: 203.0.113.7/32}}], ports: [{port: 443}]}."""


class OpenWebUiOptions(Settings):
    """Open WebUI, a page in the browser to chat with the services' models, with users of its own."""

    namespace: Later[Text] = NAMESPACE
    """The Kubernetes namespace, which is made with it, and goes with it."""
    image: Later[Text] | None = None
    """The container image. Default: the version that was tested, ghcr.io/open-webui/open-webui, by way of the
    mirror."""
    storage_gib: Later[Annotated[WholeNumber, Field(ge=1, le=LARGEST_GP3_GIB)]] = 10
    """GiB of the volume that holds users, chats and files. More can be set later, less cannot."""
    storage_class: Later[Text] | None = None
    """StorageClass of the volume. Default: that of the cluster, gp3 where a stack makes it."""
    cpu: Number = 1
    """CPU cores that it may use; it asks for a quarter of one."""
    memory_gib: Number = 2
    """Its memory in GiB."""
    env: dict[str, MaybeEmpty] = Field(default_factory=dict)
    """Further environment variables, which are its settings, such as WEBUI_URL, or other values of those that are set
    here and no matter of safety, such as ENABLE_TAGS_GENERATION. Not for secrets, which come by env_from."""
    env_from: list[Json] = Field(default_factory=list)
    """Secrets and ConfigMaps of the namespace whose entries are environment variables, such as OAUTH_CLIENT_SECRET:
    {secretRef: {name: my-secret}}."""
    network_policy: OpenWebUiNetworkPolicySettings = OpenWebUiNetworkPolicySettings()
    """Who reaches it, and whom it reaches."""


class ChatServiceSettings(Settings):
    """An LLM service whose models Open WebUI lists."""

    namespace: Annotated[Later[Text], Required("the namespace of the service", stand_in="stand-in")]
    """Its namespace: the output of that name of an LlmService. The service has to let Open WebUI's namespace in, by
    network_policy.client_namespaces."""
    serve_service: Annotated[Later[Text], Required("the Service that requests go to", stand_in="stand-in")]
    """The Service that requests go to, on port 8000: the output of that name."""
    api_key: Annotated[Later[Text] | None, Field(repr=False), Secret()] = None
    """The key that requests have to bring: the output of that name. Default: none is asked for."""


class OpenWebUiSettings(OpenWebUiOptions):
    """The arguments of OpenWebUi."""

    services: Annotated[
        dict[str, ChatServiceSettings],
        Required("the LLM services by a name of your choice, each with namespace and serve_service", stand_in={}),
    ]
    """The LLM services whose models it lists, by a name of your choice."""
    mirror: MirrorSettings = MirrorSettings()
    """Where the image is taken from. Default: its public registry."""
