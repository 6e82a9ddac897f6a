"""Builds what the stack's configuration describes: network, cluster, and an LLM behind an OpenAI-compatible API."""

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from neuronserve.components.add_ons import (
    EfaDevicePlugin,
    KubeRayOperator,
    LoadBalancerController,
    NeuronOperator,
)
from neuronserve.components.add_ons.cloud_watch import CloudWatchObservability
from neuronserve.components.cluster import Cluster, DefaultStorageClass
from neuronserve.components.karpenter import Karpenter, NodePool
from neuronserve.components.llm_service import LlmService
from neuronserve.components.network import Network
from neuronserve.stack import load

configuration = load()

aws_providers: list[pulumi.ProviderResource] = []
if configuration.is_on_aws:
    aws_providers.append(
        aws.Provider(
            "aws",
            region=configuration.region,
            profile=configuration.aws_profile,
            default_tags=aws.ProviderDefaultTagsArgs(tags=configuration.all_tags),
        )
    )
in_aws = pulumi.ResourceOptions(providers=aws_providers, protect=configuration.protect)
network = Network("network", configuration.network_args(), in_aws) if configuration.makes_cluster else None
cluster = Cluster(
    "cluster",
    configuration.cluster_args(network),
    # All of it: nodes need the way out as well as their subnets, from their first to their last minute.
    pulumi.ResourceOptions.merge(in_aws, pulumi.ResourceOptions(depends_on=[network] if network else [])),
)

kubernetes_provider = kubernetes.Provider(
    "cluster",
    kubeconfig=cluster.kubeconfig,
    context=cluster.context,
    enable_server_side_apply=True,
    # A Secret with a new key is changed in place instead of being deleted and made again.
    enable_secret_mutable=True,
    # In a cluster of its own the stack takes over what is there already, such as CRDs that an earlier stack left.
    upsert_existing_objects=configuration.makes_cluster,
    # Nodes and network go when nothing is in the cluster any more.
    opts=pulumi.ResourceOptions(depends_on=[cluster]),
)
in_cluster = pulumi.ResourceOptions(providers=[kubernetes_provider])
in_both = pulumi.ResourceOptions(providers=[*aws_providers, kubernetes_provider], depends_on=[cluster])
if configuration.makes_cluster:
    DefaultStorageClass("storage", in_cluster)

operators: list[pulumi.Resource] = []
mirror = configuration.mirror_args()
if configuration.has("neuron"):
    operators.append(
        NeuronOperator(
            "neuron",
            {
                "kubernetes_version": configuration.cluster.version,
                "on_system_nodes": configuration.makes_cluster,
                "mirror": mirror,
            },
            in_cluster,
        )
    )
if configuration.has("kube_ray"):
    operators.append(
        KubeRayOperator("kuberay", {"on_system_nodes": configuration.makes_cluster, "mirror": mirror}, in_cluster)
    )
if configuration.has("efa"):
    operators.append(EfaDevicePlugin("efa", {"mirror": mirror}, in_cluster))
if configuration.has("cloud_watch"):
    operators.append(
        CloudWatchObservability(
            "cloudwatch",
            {
                "cluster_name": configuration.cluster_name,
                "region": configuration.region,
                "on_system_nodes": configuration.makes_cluster,
            },
            in_both,
        )
    )
if configuration.has("load_balancer_controller") and network:
    operators.append(
        LoadBalancerController(
            "load-balancers",
            {
                "cluster_name": configuration.cluster_name,
                "region": configuration.region,
                "vpc_id": network.vpc_id,
                "mirror": mirror,
            },
            in_both,
        )
    )

pools: list[pulumi.Resource] = []
if configuration.has("karpenter") and cluster.arn and cluster.node_security_group_id:
    # Operators go after Karpenter, which goes after its nodes: what runs on a node needs them to the end.
    after_operators = pulumi.ResourceOptions.merge(in_both, pulumi.ResourceOptions(depends_on=operators))
    karpenter = Karpenter(
        "karpenter",
        {
            "cluster_name": configuration.cluster_name,
            "cluster_arn": cluster.arn,
            "region": configuration.region,
            "isolated_vpc": configuration.is_isolated,
            "on_system_nodes": configuration.makes_cluster,
            "mirror": mirror,
        },
        after_operators,
    )
    after_karpenter = pulumi.ResourceOptions.merge(in_both, pulumi.ResourceOptions(depends_on=[karpenter]))
    pools += [
        NodePool(args["pool_name"], args, after_karpenter)
        for args in configuration.node_pool_args(
            instance_profile_name=karpenter.instance_profile_name, security_group_id=cluster.node_security_group_id
        )
    ]

service = LlmService(
    configuration.name,
    configuration.llm_service_args(),
    pulumi.ResourceOptions.merge(in_cluster, pulumi.ResourceOptions(depends_on=[*operators, *pools])),
)

if network:
    pulumi.export("vpcId", network.vpc_id)
    pulumi.export("privateSubnetIds", network.private_subnet_ids)
    pulumi.export("publicSubnetIds", network.public_subnet_ids)
    pulumi.export("intraSubnetIds", network.intra_subnet_ids)
    pulumi.export("podSubnetIds", network.pod_subnet_ids)
if configuration.is_on_aws:
    pulumi.export("clusterName", cluster.name)
    pulumi.export("kubeconfig", cluster.kubeconfig)
    pulumi.export("nodeRoleArn", cluster.node_role_arn)
    pulumi.export("nodeSecurityGroupId", cluster.node_security_group_id)
pulumi.export("namespace", service.namespace)
pulumi.export("headService", service.head_service)
pulumi.export("serveService", service.serve_service)
pulumi.export("endpoint", service.endpoint)
pulumi.export("modelName", service.model_name)
pulumi.export("apiKey", service.api_key)
