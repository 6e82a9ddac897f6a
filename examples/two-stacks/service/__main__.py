"""A service in the namespace that another stack has made; each team has a stack of this program."""

import pulumi
import pulumi_kubernetes as kubernetes

from neuronserve.components import LlmService

config = pulumi.Config()
shared = pulumi.StackReference(config.require("namespaceStack"))
provider = kubernetes.Provider("cluster", enable_server_side_apply=True, enable_secret_mutable=True)
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
