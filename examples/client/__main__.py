"""An application of another team: it finds the model, and its key, by the outputs of the stack that serves it.

That stack lets its namespace in: ``networkPolicy: {clientNamespaces: [chat]}`` of the service.
"""

import pulumi
import pulumi_kubernetes as kubernetes

from neuronserve.components.cluster.provider import kubernetes_provider

config = pulumi.Config()
platform = pulumi.StackReference(config.require("platformStack"))
service = config.require("service")
endpoint = platform.require_output("services")[service]["endpoint"]
key = platform.require_output("apiKeys")[service]

provider = kubernetes_provider("cluster", platform.require_output("kubeconfig"))
in_cluster = pulumi.ResourceOptions(provider=provider)
namespace = kubernetes.core.v1.Namespace("chat", metadata={"name": "chat"}, opts=in_cluster)
secret = kubernetes.core.v1.Secret(
    "openai",
    metadata={"namespace": namespace.metadata.name},
    string_data={"OPENAI_BASE_URL": endpoint, "OPENAI_API_KEY": key},
    opts=in_cluster,
)
labels = {"app": "chat"}
kubernetes.apps.v1.Deployment(
    "chat",
    metadata={"namespace": namespace.metadata.name},
    spec={
        "selector": {"match_labels": labels},
        "template": {
            "metadata": {"labels": labels},
            "spec": {
                "containers": [
                    {
                        "name": "chat",
                        "image": config.require("image"),
                        "env_from": [{"secret_ref": {"name": secret.metadata.name}}],
                    }
                ]
            },
        },
    },
    opts=in_cluster,
)
