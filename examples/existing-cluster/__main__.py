"""Only a service: the EKS cluster is there, with KubeRay, the Neuron device plugin, and nodes of inf2.8xlarge."""

import pulumi

from neuronserve.components import ExistingCluster, LlmService, ServingNamespace

config = pulumi.Config()
cluster = ExistingCluster("shared", {"name": config.require("clusterName")})
in_cluster = pulumi.ResourceOptions(providers=[cluster.kubernetes_provider("in-cluster")])
namespace = ServingNamespace("llms", opts=in_cluster)
service = LlmService(
    "llama",
    {
        "namespace": namespace.name,
        "instance_type": "inf2.8xlarge",
        "image": config.require("image"),
        "model": {
            "name": "NousResearch/Meta-Llama-3-8B-Instruct",
            "tensor_parallel_size": 2,
            "max_model_len": 4096,
            "max_num_seqs": 8,
        },
    },
    in_cluster,
)
pulumi.export("endpoint", service.endpoint)
