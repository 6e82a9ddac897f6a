"""A service in the namespace that another stack has made; each team has a stack of this program."""

import pulumi

from neuronserve.components import LlmService
from neuronserve.components.cluster.provider import kubernetes_provider

config = pulumi.Config()
shared = pulumi.StackReference(config.require("namespaceStack"))
provider = kubernetes_provider("cluster")
service = LlmService(
    config.require("name"),
    {
        "namespace": shared.require_output("namespace"),
        "instance_type": "inf2.8xlarge",
        "image": config.require("image"),
        "model": {
            "name": "NousResearch/Meta-Llama-3-8B-Instruct",
            "tensor_parallel_size": 2,
            "max_model_len": 4096,
            "max_num_seqs": 8,
        },
    },
    pulumi.ResourceOptions(providers=[provider]),
)
pulumi.export("endpoint", service.endpoint)
