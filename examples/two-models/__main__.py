"""Two models in one namespace: one on Neuron cores, one on the CPU."""

import pulumi

from neuronserve.components import LlmService, ServingNamespace
from neuronserve.components.cluster.provider import kubernetes_provider

image = pulumi.Config().require_object("images")
provider = kubernetes_provider("cluster")
in_cluster = pulumi.ResourceOptions(providers=[provider])
namespace = ServingNamespace("llms", opts=in_cluster)
large = LlmService(
    "llama",
    {
        "namespace": namespace.name,
        "instance_type": "inf2.8xlarge",
        "image": image["neuron"],
        "model": {
            "name": "NousResearch/Meta-Llama-3-8B-Instruct",
            "tensor_parallel_size": 2,
            "max_model_len": 4096,
            "max_num_seqs": 8,
        },
    },
    in_cluster,
)
small = LlmService(
    "smollm2",
    {
        "namespace": namespace.name,
        "accelerator": "cpu",
        "image": image["cpu"],
        "model": {"name": "smollm2-135m-instruct", "max_model_len": 2048, "max_num_seqs": 16},
    },
    in_cluster,
)
pulumi.export("endpoints", {"llama": large.endpoint, "smollm2": small.endpoint})
