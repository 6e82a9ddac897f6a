"""Puts the LLM that the stack's configuration describes behind an OpenAI-compatible API."""

import pulumi
import pulumi_kubernetes as kubernetes

from neuronserve.components.llm_service import LlmService
from neuronserve.configuration import load

configuration = load()

cluster = kubernetes.Provider(
    "cluster",
    kubeconfig=configuration.kubeconfig,
    context=configuration.kube_context,
    enable_server_side_apply=True,
    # A Secret with a new key is changed in place instead of being deleted and made again.
    enable_secret_mutable=True,
)
service = LlmService(configuration.name, configuration.llm_service_args(), pulumi.ResourceOptions(provider=cluster))

pulumi.export("namespace", service.namespace)
pulumi.export("headService", service.head_service)
pulumi.export("serveService", service.serve_service)
pulumi.export("endpoint", service.endpoint)
pulumi.export("modelName", service.model_name)
pulumi.export("apiKey", service.api_key)
