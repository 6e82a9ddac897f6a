"""Builds what the stack's file describes: a base, the platform on it, and its LLM services."""

import pulumi

from neuronserve.components import LlmService, NeuronPlatform, ServingNamespace
from neuronserve.stack import load, make_base, make_open_web_ui, observe, services_of

stack = load()
base = make_base(stack)
platform = NeuronPlatform.from_settings("platform", base.platform_settings(stack), base.options)
in_cluster = pulumi.ResourceOptions.merge(base.options, pulumi.ResourceOptions(depends_on=[platform]))
namespaces = {
    name: ServingNamespace(name, {"pod_security": needed}, in_cluster) for name, needed in stack.namespaces.items()
}
services = {
    name: LlmService.from_settings(
        name,
        settings,
        pulumi.ResourceOptions.merge(
            in_cluster, pulumi.ResourceOptions(depends_on=[namespaces[str(settings.namespace)]])
        ),
    )
    for name, settings in services_of(stack, base).items()
}

exports = base.outputs | platform.exports | LlmService.exports(services)
exports |= make_open_web_ui(stack, services, in_cluster) | observe(stack, base, in_cluster, services)
for key, value in exports.items():
    pulumi.export(key, value)
