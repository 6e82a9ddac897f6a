"""The namespace alone: no service that goes takes another with it."""

import pulumi

from neuronserve.components import ServingNamespace
from neuronserve.components.cluster.provider import kubernetes_provider

provider = kubernetes_provider("cluster")
namespace = ServingNamespace("llms", opts=pulumi.ResourceOptions(providers=[provider]))
pulumi.export("namespace", namespace.name)
