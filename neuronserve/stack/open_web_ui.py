"""Open WebUI in a stack: with the models of all its services, each of which lets it in."""

from collections.abc import Iterator, Mapping
from typing import Any

import pulumi

from neuronserve.components.add_ons.registry import ADD_ONS
from neuronserve.components.llm_service.llm_service import LlmService
from neuronserve.components.llm_service.settings import LlmServiceSettings
from neuronserve.components.open_web_ui.open_web_ui import OpenWebUi
from neuronserve.components.open_web_ui.settings import ChatServiceSettings, OpenWebUiSettings
from neuronserve.settings import MapKey, Rule, SettingNames
from neuronserve.stack.settings import StackSettings


def make_open_web_ui(
    stack: StackSettings, services: Mapping[str, LlmService], opts: pulumi.ResourceOptions
) -> dict[str, Any]:
    """Make Open WebUI if the stack asks for it, and return what the stack exports of it.

    Args:
        stack: settings with which nothing is wrong.
        services: those of the stack, by name.
        opts: with the provider for Kubernetes.
    """
    if not stack.open_web_ui.enabled:
        return {}
    settings = stack.open_web_ui.completed(
        OpenWebUiSettings,
        services={
            name: ChatServiceSettings(
                namespace=service.namespace, serve_service=service.serve_service, api_key=service.api_key
            )
            for name, service in services.items()
        },
        mirror=stack.mirror,
    )
    made = OpenWebUi.from_settings("open-web-ui", settings, opts)
    return {"openWebUi": {"namespace": made.namespace, "service": made.service, "image": made.image}}


def let_open_web_ui_in(stack: StackSettings, service: LlmServiceSettings) -> LlmServiceSettings:
    """Return a service whose NetworkPolicies let Open WebUI in where the stack has it."""
    web_ui, policy = stack.open_web_ui, service.network_policy
    if not web_ui.enabled or not policy.enabled or web_ui.namespace in policy.client_namespaces:
        return service
    namespaces = [*policy.client_namespaces, web_ui.namespace]
    return service.changed(network_policy=policy.changed(client_namespaces=namespaces))


def open_web_ui_rules() -> Iterator[Rule]:
    """Yield the rules for Open WebUI and the rest of the stack."""
    yield from (_switched_off, _nobody_to_chat_with, _namespace_apart)


def _switched_off(stack: StackSettings, names: SettingNames) -> list[str]:
    others = sorted(stack.open_web_ui.model_fields_set - {"enabled"})
    if stack.open_web_ui.enabled or not others:
        return []
    below = names.below("open_web_ui")
    listed = ", ".join(map(below, others))
    return [
        f"{below('enabled')} is not true, so there is no Open WebUI, and {listed} would do nothing. "
        f"Set {below('enabled')} to true, or remove {listed}."
    ]


def _nobody_to_chat_with(stack: StackSettings, names: SettingNames) -> list[str]:
    if not stack.open_web_ui.enabled or stack.services:
        return []
    return [
        f"{names('open_web_ui.enabled')} is true, and the stack has no service whose model could be chatted with. Add "
        f"one below {names('services')}, or remove {names('open_web_ui')}."
    ]


def _namespace_apart(stack: StackSettings, names: SettingNames) -> list[str]:
    if not stack.open_web_ui.enabled:
        return []
    namespace = str(stack.open_web_ui.namespace)
    taken = {add_on.namespace: names(("add_ons", add_on.name)) for add_on in ADD_ONS}
    taken |= {str(service.namespace): names(("services", MapKey(name))) for name, service in stack.services.items()}
    if namespace not in taken or namespace.startswith("kube-"):
        return []
    setting = names("open_web_ui.namespace")
    return [
        f"{setting} is {namespace!r}, which belongs to {taken[namespace]}; Open WebUI gets one of its own. Set it to "
        "another name, such as openai-webui."
    ]
