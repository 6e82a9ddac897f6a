"""A small model on the CPU, in any Kubernetes: that of the current context, such as kind's."""

import pulumi

from neuronserve.components import KubeRayOperator, LlmService, ServingNamespace
from neuronserve.components.cluster.provider import kubernetes_provider

provider = kubernetes_provider("cluster")
in_cluster = pulumi.ResourceOptions(providers=[provider])
operator = KubeRayOperator("kuberay", {"on_system_nodes": False, "replicas": 1}, in_cluster)
namespace = ServingNamespace("llms", opts=in_cluster)
service = LlmService(
    "smollm2",
    {
        "namespace": namespace.name,
        "accelerator": "cpu",
        "image": "localhost/neuronserve:cpu",
        "model": {"name": "smollm2-135m-instruct", "max_model_len": 2048, "max_num_seqs": 16},
    },
    pulumi.ResourceOptions.merge(in_cluster, pulumi.ResourceOptions(depends_on=[operator])),
)
pulumi.export("endpoint", service.endpoint)
