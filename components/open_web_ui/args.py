"""The arguments of the components in ``components/open_web_ui``.

Generated from the settings classes by `make generate`: a change belongs there.
"""

from typing import Any, NotRequired, TypedDict

import pulumi

from neuronserve.components.helm.args import MirrorArgs


class OpenWebUiNetworkPolicyArgs(TypedDict):
    """Who reaches Open WebUI besides `kubectl port-forward`, and whom it reaches besides the services."""

    client_namespaces: NotRequired[list[pulumi.Input[str]] | None]
    """Namespaces whose pods may open it, such as that of an ingress controller."""
    client_cidrs: NotRequired[list[pulumi.Input[str]] | None]
    """Networks from which it may be opened, such as the subnets of a load balancer: [10.1.0.0/20]."""
    egress: NotRequired[list[Any] | None]
    """Further rules of whom it may connect to, as Kubernetes writes them, such as a provider of single sign-on: {to:
    [{ipBlock: {cidr: 203.0.113.7/32}}], ports: [{port: 443}]}."""


class ChatServiceArgs(TypedDict):
    """An LLM service whose models Open WebUI lists."""

    namespace: pulumi.Input[str]
    """Its namespace: the output of that name of an LlmService. The service has to let Open WebUI's namespace in, by
    network_policy.client_namespaces."""
    serve_service: pulumi.Input[str]
    """The Service that requests go to, on port 8000: the output of that name."""
    api_key: NotRequired[pulumi.Input[str] | None]
    """The key that requests have to bring: the output of that name. Default: none is asked for."""


class OpenWebUiArgs(TypedDict):
    """The arguments of OpenWebUi."""

    namespace: NotRequired[pulumi.Input[str] | None]
    """The Kubernetes namespace, which is made with it, and goes with it. Default: openai-webui."""
    image: NotRequired[pulumi.Input[str] | None]
    """The container image. Default: the version that was tested, ghcr.io/open-webui/open-webui, by way of the
    mirror."""
    storage_gib: NotRequired[pulumi.Input[int] | None]
    """GiB of the volume that holds users, chats and files. More can be set later, less cannot. Default: 10."""
    storage_class: NotRequired[pulumi.Input[str] | None]
    """StorageClass of the volume. Default: that of the cluster, gp3 where a stack makes it."""
    cpu: NotRequired[float | None]
    """CPU cores that it may use; it asks for a quarter of one. Default: 1."""
    memory_gib: NotRequired[float | None]
    """Its memory in GiB. Default: 2."""
    env: NotRequired[dict[str, str] | None]
    """Further environment variables, which are its settings, such as WEBUI_URL, or other values of those that are set
    here and no matter of safety, such as ENABLE_TAGS_GENERATION. Not for secrets, which come by env_from."""
    env_from: NotRequired[list[Any] | None]
    """Secrets and ConfigMaps of the namespace whose entries are environment variables, such as OAUTH_CLIENT_SECRET:
    {secretRef: {name: my-secret}}."""
    network_policy: NotRequired[OpenWebUiNetworkPolicyArgs | None]
    """Who reaches it, and whom it reaches."""
    services: dict[str, ChatServiceArgs]
    """The LLM services whose models it lists, by a name of your choice."""
    mirror: NotRequired[MirrorArgs | None]
    """Where the image is taken from. Default: its public registry."""
