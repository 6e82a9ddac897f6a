"""The whole platform in one program: network, cluster, operators, node pools, and a model on Inferentia2."""

import pulumi

from neuronserve.components import Cluster, LlmService, Network, NeuronPlatform, ServingNamespace

network = Network("net", {"region": "us-west-2"})
cluster = Cluster(
    "eks",
    {
        "vpc_id": network.vpc_id,
        "subnet_ids": network.intra_subnet_ids,
        "node_subnet_ids": network.private_subnet_ids,
    },
)
in_cluster = pulumi.ResourceOptions(providers=[cluster.kubernetes_provider("in-cluster")])
platform = NeuronPlatform(
    "platform",
    {
        "eks": {
            "name": cluster.name,
            "arn": cluster.arn,
            "region": cluster.region,
            "vpc_id": cluster.vpc_id,
            "security_group_ids": [cluster.node_security_group_id],
            "discovery_tag": network.discovery_tag,
            "system_nodes": True,
        },
        "kubernetes_version": cluster.version,
        "node_pools": {
            "heads": {"instance_types": ["m7i.xlarge"], "max_nodes": 2},
            "inf2": {"instance_types": ["inf2.8xlarge"], "max_nodes": 2},
        },
    },
    in_cluster,
)
namespace = ServingNamespace("llms", opts=in_cluster)
service = LlmService(
    "llama",
    {
        "namespace": namespace.name,
        "instance_type": "inf2.8xlarge",
        "image": pulumi.Config().require("image"),
        "model": {
            "name": "NousResearch/Meta-Llama-3-8B-Instruct",
            "tensor_parallel_size": 2,
            "max_model_len": 4096,
            "max_num_seqs": 8,
        },
    },
    pulumi.ResourceOptions.merge(in_cluster, pulumi.ResourceOptions(depends_on=[platform])),
)
pulumi.export("kubeconfig", cluster.kubeconfig)
pulumi.export("endpoint", service.endpoint)
