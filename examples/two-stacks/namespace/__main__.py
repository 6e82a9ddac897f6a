"""The namespace alone: no service that goes takes another with it."""

import pulumi
import pulumi_kubernetes as kubernetes

from neuronserve.components import ServingNamespace

provider = kubernetes.Provider("cluster", enable_server_side_apply=True)
namespace = ServingNamespace("llms", opts=pulumi.ResourceOptions(providers=[provider]))
pulumi.export("namespace", namespace.name)
