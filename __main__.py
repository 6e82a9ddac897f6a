"""Builds what the stack's configuration describes: network, cluster, and an LLM behind an OpenAI-compatible API."""

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from neuronserve.components.cluster import Cluster, DefaultStorageClass
from neuronserve.components.llm_service import LlmService
from neuronserve.components.network import Network
from neuronserve.configuration import load

configuration = load()

in_aws = pulumi.ResourceOptions(protect=configuration.protect)
if configuration.is_on_aws:
    in_aws.providers = [
        aws.Provider(
            "aws",
            region=configuration.region,
            profile=configuration.aws_profile,
            default_tags=aws.ProviderDefaultTagsArgs(tags=configuration.all_tags),
        )
    ]
network = Network("network", configuration.network_args(), in_aws) if configuration.makes_cluster else None
cluster = Cluster(
    "cluster",
    configuration.cluster_args(network),
    # All of it: nodes need the way out as well as their subnets, from their first to their last minute.
    pulumi.ResourceOptions.merge(in_aws, pulumi.ResourceOptions(depends_on=[network] if network else [])),
)

in_cluster = pulumi.ResourceOptions(
    provider=kubernetes.Provider(
        "cluster",
        kubeconfig=cluster.kubeconfig,
        context=cluster.context,
        enable_server_side_apply=True,
        # A Secret with a new key is changed in place instead of being deleted and made again.
        enable_secret_mutable=True,
        # In the cluster goes what is in it: nodes and network go when nothing runs on them any more.
        opts=pulumi.ResourceOptions(depends_on=[cluster]),
    )
)
if configuration.makes_cluster:
    DefaultStorageClass("storage", in_cluster)
service = LlmService(configuration.name, configuration.llm_service_args(), in_cluster)

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
