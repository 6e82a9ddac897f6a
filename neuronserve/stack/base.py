"""What a stack stands on: a network and a cluster that it makes, an EKS cluster that is there, or any Kubernetes."""

import functools
from dataclasses import dataclass
from typing import Any, Protocol

import pulumi
import pulumi_aws as aws

from neuronserve.components.cluster.cluster import Cluster
from neuronserve.components.cluster.default_storage_class import DefaultStorageClass
from neuronserve.components.cluster.existing_cluster import ExistingCluster
from neuronserve.components.cluster.provider import kubernetes_provider
from neuronserve.components.cluster.settings import ClusterSettings, EksClusterSettings, ExistingClusterSettings
from neuronserve.components.head_storage.head_storage import HeadStorage
from neuronserve.components.head_storage.settings import HeadStorageSettings
from neuronserve.components.network.existing_network import ExistingNetwork
from neuronserve.components.network.network import Network
from neuronserve.components.network.settings import NetworkSettings
from neuronserve.components.platform.checks import LOAD_BALANCER_CONTROLLER
from neuronserve.components.platform.settings import NeuronPlatformSettings
from neuronserve.facts.system_nodes import OPERATOR_REPLICAS
from neuronserve.settings import when_known
from neuronserve.stack.head_storage import wants_elasti_cache
from neuronserve.stack.hooks import aws_hooks, cluster_hooks
from neuronserve.stack.lasting_name import lasting
from neuronserve.stack.left_crds import taken_over_by
from neuronserve.stack.node_pools import node_pools
from neuronserve.stack.providers import account_ids
from neuronserve.stack.settings import StackSettings

PRIVATE_ENDPOINT = (
    "The API server of the cluster can be reached from inside the VPC alone. Where this runs elsewhere, such as on a "
    "laptop, it will make network and cluster, some twenty minutes, and then fail. Name where you come from: pulumi "
    "config set --path cluster.endpointPublicAccess true; pulumi config set --path 'cluster.publicAccessCidrs[0]' "
    "<address>/32"
)
"""A program cannot tell where it runs."""


class Base(Protocol):
    """What a platform and services are put on."""

    options: pulumi.ResourceOptions
    """With the providers for them; what has these goes before the base does."""
    head_storage: HeadStorage | None
    """Where the Ray heads of services keep what they know; None where none does so in ElastiCache."""

    @property
    def outputs(self) -> dict[str, Any]:
        """What the stack exports of it."""

    def platform_settings(self, stack: StackSettings) -> NeuronPlatformSettings:
        """Return the settings of the platform on this base."""


@dataclass
class NewBase:
    """A network, made or there, and a cluster in it that is made."""

    network: Network | ExistingNetwork
    cluster: Cluster
    options: pulumi.ResourceOptions
    head_storage: HeadStorage | None

    @classmethod
    def make(cls, stack: StackSettings) -> "NewBase":
        """Make network and cluster, and gp3 the cluster's default kind of volume."""
        if not stack.cluster.endpoint_public_access:
            pulumi.log.warn(PRIVATE_ENDPOINT)
        aws_provider = _aws_provider(stack, lasting(stack, stack.region))
        hooked = aws_hooks()
        in_aws = pulumi.ResourceOptions.merge(
            hooked, pulumi.ResourceOptions(provider=aws_provider, protect=stack.protect)
        )
        network = _network(stack, in_aws)
        settings = stack.cluster.completed(
            ClusterSettings,
            cluster_name=stack.cluster_name,
            vpc_id=network.vpc_id,
            subnet_ids=network.intra_subnet_ids,
            node_subnet_ids=network.private_subnet_ids,
            aws_profile=stack.aws_profile,
            tags=stack.all_tags,
            adopt_log_group=stack.takes_over_log_groups,
        )
        # All of the network: nodes need the way out as well as their subnets, from their first to their last minute.
        after_network = pulumi.ResourceOptions.merge(in_aws, pulumi.ResourceOptions(depends_on=[network]))
        cluster = Cluster.from_settings("cluster", settings, after_network)
        unprotected = pulumi.ResourceOptions.merge(hooked, pulumi.ResourceOptions(provider=aws_provider))
        head_storage = _head_storage(stack, network, cluster, unprotected)
        provider = cluster.kubernetes_provider("cluster")
        DefaultStorageClass("storage", opts=pulumi.ResourceOptions(provider=provider))
        hooked = pulumi.ResourceOptions.merge(hooked, cluster_hooks(cluster.kubeconfig, owns_cluster=True))
        return cls(network, cluster, _options(hooked, aws_provider, provider, after=[cluster]), head_storage)

    @property
    def outputs(self) -> dict[str, Any]:
        """What the stack exports of it."""
        return {
            "vpcId": self.network.vpc_id,
            "privateSubnetIds": self.network.private_subnet_ids,
            "publicSubnetIds": self.network.public_subnet_ids,
            "intraSubnetIds": self.network.intra_subnet_ids,
            **({"discoveryTag": self.network.discovery_tag} if isinstance(self.network, Network) else {}),
            "systemNodeRoleArn": self.cluster.system_node_role_arn,
            **_cluster_outputs(self.cluster),
        }

    def platform_settings(self, stack: StackSettings) -> NeuronPlatformSettings:
        """Return the settings of the platform on this base."""
        made = isinstance(self.network, Network)
        eks = _eks(
            stack,
            self.cluster,
            discovery_tag=stack.cluster_name if made else None,
            subnet_ids=None if made else self.network.private_subnet_ids,
            system_nodes=True,
            isolated_vpc=stack.is_isolated,
        )
        # Karpenter's replicas are never on one node, so the second would wait for another for ever.
        replicas = when_known(functools.partial(min, OPERATOR_REPLICAS), stack.cluster.system_nodes.desired)
        return _platform_settings(stack, eks, operator_replicas=replicas)


@dataclass
class EksBase:
    """An EKS cluster that is there already."""

    cluster: ExistingCluster
    options: pulumi.ResourceOptions
    head_storage: HeadStorage | None = None

    @classmethod
    def make(cls, stack: StackSettings) -> "EksBase":
        """Find the cluster."""
        aws_provider = _aws_provider(stack, stack.region)
        settings = ExistingClusterSettings(name=stack.cluster_name, aws_profile=stack.aws_profile)
        cluster = ExistingCluster.from_settings("cluster", settings, pulumi.ResourceOptions(provider=aws_provider))
        in_cluster = _in_cluster_that_was_there(cluster.kubeconfig)
        return cls(cluster, _options(pulumi.ResourceOptions.merge(aws_hooks(), in_cluster), aws_provider))

    @property
    def outputs(self) -> dict[str, Any]:
        """What the stack exports of it."""
        return _cluster_outputs(self.cluster)

    def platform_settings(self, stack: StackSettings) -> NeuronPlatformSettings:
        """Return the settings of the platform on this base."""
        return _platform_settings(stack, _eks(stack, self.cluster, discovery_tag=stack.cluster_name))


@dataclass
class KubernetesBase:
    """Any Kubernetes that a kubeconfig leads to."""

    options: pulumi.ResourceOptions
    head_storage: HeadStorage | None = None

    @classmethod
    def make(cls, stack: StackSettings) -> "KubernetesBase":
        """Take the cluster of the kubeconfig that the stack names, or of the ambient one."""
        known = stack.cluster.existing
        kubeconfig, context = (known.kubeconfig, known.context) if known else (None, None)
        return cls(_in_cluster_that_was_there(kubeconfig, context))

    @property
    def outputs(self) -> dict[str, Any]:
        """What the stack exports of it: nothing, it was there before."""
        return {}

    def platform_settings(self, stack: StackSettings) -> NeuronPlatformSettings:
        """Return the settings of the platform on this base."""
        return _platform_settings(stack, None)


def make_base(stack: StackSettings) -> Base:
    """Make what a stack stands on, or find it."""
    if stack.has_system_nodes:
        return NewBase.make(stack)
    return EksBase.make(stack) if stack.is_on_eks else KubernetesBase.make(stack)


def _network(stack: StackSettings, opts: pulumi.ResourceOptions) -> Network | ExistingNetwork:
    if stack.network.existing:
        return ExistingNetwork.from_settings("network", stack.network.existing, opts)
    settings = stack.network.completed(NetworkSettings, region=stack.region, discovery_tag=stack.cluster_name, tags={})
    return Network.from_settings("network", settings, opts)


def _head_storage(
    stack: StackSettings, network: Network | ExistingNetwork, cluster: Cluster, opts: pulumi.ResourceOptions
) -> HeadStorage | None:
    if not wants_elasti_cache(stack):
        return None
    settings = stack.head_storage.completed(
        HeadStorageSettings,
        vpc_id=network.vpc_id,
        subnet_ids=network.private_subnet_ids,
        client_security_group_id=cluster.node_security_group_id,
    )
    # Its nodes take minutes to start, as the cluster does: none waits for the other.
    return HeadStorage.from_settings("head-storage", settings, opts)


def _aws_provider(stack: StackSettings, region: pulumi.Input[str]) -> aws.Provider:
    return aws.Provider(
        "aws",
        region=region,
        profile=stack.aws_profile,
        allowed_account_ids=account_ids("allowedAccountIds"),
        forbidden_account_ids=account_ids("forbiddenAccountIds"),
        default_tags=aws.ProviderDefaultTagsArgs(tags=stack.all_tags),
    )


def _in_cluster_that_was_there(
    kubeconfig: pulumi.Input[str] | None, context: str | None = None
) -> pulumi.ResourceOptions:
    make = functools.partial(kubernetes_provider, kubeconfig=kubeconfig, context=context)
    hooked = cluster_hooks(kubeconfig, context)
    return _options(
        pulumi.ResourceOptions.merge(hooked, taken_over_by(lambda: make("cluster-crds", takes_over=True))),
        make("cluster"),
    )


def _options(
    hooked: pulumi.ResourceOptions, *providers: pulumi.ProviderResource, after: list[pulumi.Resource] | None = None
) -> pulumi.ResourceOptions:
    options = pulumi.ResourceOptions(providers=[*providers], depends_on=after)
    return pulumi.ResourceOptions.merge(options, hooked)


def _eks(stack: StackSettings, cluster: Cluster | ExistingCluster, **given: Any) -> EksClusterSettings:
    return EksClusterSettings.model_construct(
        name=stack.cluster_name,
        arn=cluster.arn,
        region=stack.region,
        vpc_id=cluster.vpc_id,
        security_group_ids=[cluster.node_security_group_id],
        **given,
    )


def _platform_settings(stack: StackSettings, eks: EksClusterSettings | None, **given: Any) -> NeuronPlatformSettings:
    return stack.completed(
        NeuronPlatformSettings,
        add_ons=stack.add_ons.changed(load_balancer_controller=stack.makes(LOAD_BALANCER_CONTROLLER)),
        node_pools=node_pools(stack),
        eks=eks,
        kubernetes_version=stack.kubernetes_version,
        neuron_tolerations=stack.neuron_tolerations,
        tags=stack.all_tags,
        adopt_log_groups=stack.takes_over_log_groups,
        service_metrics=stack.wants_service_metrics,
        **given,
    )


def _cluster_outputs(cluster: Cluster | ExistingCluster) -> dict[str, Any]:
    return {
        "clusterName": cluster.name,
        "clusterArn": cluster.arn,
        "clusterEndpoint": cluster.endpoint,
        "clusterVersion": cluster.version,
        "clusterCertificateAuthority": cluster.certificate_authority,
        "region": cluster.region,
        "kubeconfig": cluster.kubeconfig,
        "nodeSecurityGroupId": cluster.node_security_group_id,
    }
