"""A cluster in a VPC of one's own, with Karpenter and a pool; its private subnets need no tag of ours."""

import pulumi

from neuronserve.components import Cluster, Karpenter, NeuronOperator, NodePool

vpc = pulumi.Config().require_object("vpc")
cluster = Cluster(
    "eks",
    {
        "vpc_id": vpc["id"],
        "subnet_ids": vpc["privateSubnetIds"],
        "node_subnet_ids": vpc["privateSubnetIds"],
    },
)
in_cluster = pulumi.ResourceOptions(providers=[cluster.kubernetes_provider("in-cluster")])
NeuronOperator("neuron", {"kubernetes_version": cluster.version}, in_cluster)
karpenter = Karpenter(
    "karpenter", {"cluster_name": cluster.name, "cluster_arn": cluster.arn, "region": cluster.region}, in_cluster
)
pool = NodePool(
    "inf2",
    {
        "instance_types": ["inf2.8xlarge"],
        "max_nodes": 2,
        "instance_profile_name": karpenter.instance_profile_name,
        "security_group_ids": [cluster.node_security_group_id],
        "subnet_ids": vpc["privateSubnetIds"],
    },
    in_cluster,
)
pulumi.export("kubeconfig", cluster.kubeconfig)
pulumi.export("poolName", pool.pool_name)
