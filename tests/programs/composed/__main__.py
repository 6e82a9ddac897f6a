"""A program of somebody else's: what one component gives goes straight into the next, and nothing is said twice.

No component is told which other it has to wait for, but for the service, which no output leads to the operators.
"""

import pulumi
import pulumi_kubernetes as kubernetes

from neuronserve.components import (
    Cluster,
    Karpenter,
    KubeRayOperator,
    LlmService,
    Network,
    NeuronOperator,
    NodePool,
    ServingNamespace,
)

config = pulumi.Config()
mirror = {"chart_directory": config.get("charts")}
given = pulumi.Stash(
    "given",
    input={
        "region": "us-west-2",
        "cidrBlock": "10.20.0.0/16",
        "version": "1.36",
        "image": "registry.example.com/neuronserve:neuron",
        "model": {"name": "NousResearch/Meta-Llama-3-8B-Instruct", "length": 4096, "requests": 8},
    },
).output

network = Network("net", {"region": given["region"], "cidr_block": given["cidrBlock"]})
cluster = Cluster(
    "eks",
    {
        "version": given["version"],
        "vpc_id": network.vpc_id,
        "subnet_ids": network.intra_subnet_ids,
        "node_subnet_ids": network.private_subnet_ids,
    },
)
in_cluster = pulumi.ResourceOptions(providers=[cluster.kubernetes_provider("in-cluster")])
operators = [
    KubeRayOperator("kuberay", {"mirror": mirror}, in_cluster),
    NeuronOperator("neuron", {"kubernetes_version": cluster.version, "mirror": mirror}, in_cluster),
]
karpenter = Karpenter(
    "karpenter",
    {
        "cluster_name": cluster.name,
        "cluster_arn": cluster.arn,
        "region": cluster.region,
        "values": {"settings": {"clusterEndpoint": cluster.endpoint}},
        "mirror": mirror,
    },
    in_cluster,
)
pools = [
    NodePool(
        name,
        {
            "instance_types": [instance_type],
            "max_nodes": 2,
            "instance_profile_name": karpenter.instance_profile_name,
            "security_group_ids": [cluster.node_security_group_id],
            "discovery_tag": network.discovery_tag,
            "tags": {"cluster": cluster.name},
        },
        in_cluster,
    )
    for name, instance_type in (("heads", "m7i.xlarge"), ("chips", "inf2.8xlarge"))
]
namespace = ServingNamespace("llms", opts=in_cluster)
service = LlmService(
    "llama",
    {
        "namespace": namespace.name,
        "instance_type": "inf2.8xlarge",
        "image": given["image"],
        "model": {
            "name": given["model"]["name"],
            "tensor_parallel_size": 2,
            "max_model_len": given["model"]["length"],
            "max_num_seqs": given["model"]["requests"],
        },
    },
    pulumi.ResourceOptions.merge(in_cluster, pulumi.ResourceOptions(depends_on=[*operators, *pools])),
)
kubernetes.core.v1.ConfigMap(
    "of-a-client",
    metadata={"namespace": namespace.name, "name": "of-a-client"},
    data={"OPENAI_BASE_URL": service.endpoint},
    opts=in_cluster,
)
pulumi.export("endpoint", service.endpoint)
pulumi.export("clusterName", cluster.name)
pulumi.export("region", cluster.region)
pulumi.export("certificateAuthority", cluster.certificate_authority)
