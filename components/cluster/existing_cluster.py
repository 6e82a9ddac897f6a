"""The component that stands for an EKS cluster which is there already."""

import pulumi
import pulumi_aws as aws
import pulumi_kubernetes as kubernetes

from neuronserve.components.agreement import Agreed, offer
from neuronserve.components.cluster.args import ExistingClusterArgs
from neuronserve.components.cluster.kubeconfig import known_later, region_of
from neuronserve.components.cluster.provider import kubernetes_provider
from neuronserve.components.cluster.settings import ExistingClusterSettings
from neuronserve.components.component import Component
from neuronserve.settings import read_arguments


class ExistingCluster(Component[ExistingClusterSettings]):
    """An EKS cluster that is there already, found by its name; it makes nothing.

    Raises:
        InvalidSettingsError: the arguments cannot be deployed; the message lists everything that is wrong.
    """

    name: pulumi.Output[str]
    """The EKS cluster's name."""
    arn: pulumi.Output[str]
    """Its ARN."""
    endpoint: pulumi.Output[str]
    """URL of its API server."""
    version: pulumi.Output[str]
    """Its version of Kubernetes, such as 1.35."""
    region: pulumi.Output[str]
    """Its region."""
    certificate_authority: pulumi.Output[str]
    """The certificate of its API server, in base64."""
    vpc_id: pulumi.Output[str]
    """Its VPC."""
    kubeconfig: pulumi.Output[str]
    """A kubeconfig, a secret."""
    node_security_group_id: pulumi.Output[str]
    """The security group that EKS made for control plane and nodes."""

    def __init__(self, name: str, args: ExistingClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        settings = read_arguments(ExistingClusterSettings, args, of=f"ExistingCluster {name}")
        super().__init__("neuronserve:index:ExistingCluster", name, {}, opts)
        offer(Agreed.CLUSTER_NAME, settings.name, f"ExistingCluster {name}")
        found = aws.eks.get_cluster_output(name=settings.name, opts=pulumi.InvokeOptions(parent=self))
        self.name, self.arn, self.endpoint, self.version = found.name, found.arn, found.endpoint, found.version
        self.vpc_id = found.vpc_config.vpc_id
        self.node_security_group_id = found.vpc_config.cluster_security_group_id
        self.region = region_of(found.arn)
        self.certificate_authority = found.certificate_authorities[0].data
        self.kubeconfig = known_later(
            found.name, found.endpoint, self.certificate_authority, found.arn, profile=settings.aws_profile
        )
        self.register_outputs(
            {
                "name": self.name,
                "arn": self.arn,
                "endpoint": self.endpoint,
                "version": self.version,
                "region": self.region,
                "certificateAuthority": self.certificate_authority,
                "vpcId": self.vpc_id,
                "kubeconfig": self.kubeconfig,
                "nodeSecurityGroupId": self.node_security_group_id,
            }
        )

    def kubernetes_provider(self, name: str, opts: pulumi.ResourceOptions | None = None) -> kubernetes.Provider:
        """Make a provider for what goes into the cluster, with the flags that the components rely on.

        What is in the cluster already, and was not made by the stack, is refused.
        """
        return kubernetes_provider(name, self.kubeconfig, opts=opts)
