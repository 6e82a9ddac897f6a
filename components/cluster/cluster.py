"""The component that makes an EKS cluster with its EKS add-ons and system nodes."""

import itertools
import json
from collections.abc import Iterator
from functools import partial

import pulumi
import pulumi_aws as aws
import pulumi_eks as eks
import pulumi_kubernetes as kubernetes

from neuronserve.components.agreement import Agreed, offer
from neuronserve.components.cluster.args import ClusterArgs
from neuronserve.components.cluster.checks import RULES, adoption
from neuronserve.components.cluster.eks_add_ons import EKS_ADD_ONS, EksAddOn, eks_add_on_version
from neuronserve.components.cluster.kubeconfig import known_later, region_of
from neuronserve.components.cluster.provider import kubernetes_provider
from neuronserve.components.cluster.settings import ClusterSettings
from neuronserve.components.component import Component
from neuronserve.components.identity.pod_identity import PodIdentity
from neuronserve.components.identity.policy import Statement, policy_document
from neuronserve.components.log_group import log_group
from neuronserve.facts.aws import NODE_POLICIES, managed_policy_arn
from neuronserve.facts.system_nodes import SYSTEM_NODE_LABELS, SYSTEM_TAINT
from neuronserve.settings import read_arguments, when_known

CONTROL_PLANE_LOGS = ["api", "audit", "authenticator", "controllerManager", "scheduler"]

EC2_TRUST = Statement("AllowEc2", ("sts:AssumeRole",), principals={"Service": "ec2.amazonaws.com"})

KEY_DELETION_DAYS = 30
"""Days in which a deleted key can still be brought back, and with it what it encrypted."""

ADD_ON_TIMEOUT = "15m"
NODES_TIMEOUT = "30m"


class Cluster(Component[ClusterSettings]):
    """An EKS cluster: private by default, encrypted, logged, with pinned add-ons and a group of system nodes.

    The control plane is a ``pulumi_eks.Cluster``, whose children the engine's component provider makes.

    The API server answers in the VPC alone unless ``public_access_cidrs`` say who else may ask, so a private cluster
    has to be deployed from a machine that reaches the VPC.

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
    """The security group that EKS makes for control plane and nodes."""
    system_node_role_arn: pulumi.Output[str]
    """ARN of the system nodes' role."""
    system_node_role_name: pulumi.Output[str]
    """Its name."""

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        settings = read_arguments(
            ClusterSettings,
            args,
            *RULES,
            adoption,
            of=f"Cluster {name}",
            # Of one program several stacks may be in an account.
            defaults={"cluster_name": f"{name}-{pulumi.get_stack()}"},
        )
        super().__init__("neuronserve:index:Cluster", name, {}, opts)
        offer(Agreed.CLUSTER_NAME, settings.name, f"Cluster {name}")
        child = pulumi.ResourceOptions(parent=self)
        key = aws.kms.Key(
            f"{name}-secrets",
            description=when_known("Kubernetes secrets of {}".format, settings.name),
            enable_key_rotation=True,
            deletion_window_in_days=KEY_DELETION_DAYS,
            opts=child,
        )
        # EKS would make this log group by itself, and keep its logs for ever; so it does after a destroy.
        logs = log_group(
            f"{name}-logs",
            name=when_known("/aws/eks/{}/cluster".format, settings.name),
            retention_in_days=settings.log_retention_in_days,
            adopt=settings.adopt_log_group,
            opts=child,
        )
        unknown = itertools.count(1)
        cluster = eks.Cluster(
            name,
            name=settings.name,
            version=settings.version,
            upgrade_policy=aws.eks.ClusterUpgradePolicyArgs(support_type="STANDARD"),
            authentication_mode=eks.AuthenticationMode.API,
            access_entries={
                _administrator_key(arn, unknown): eks.AccessEntryArgs(
                    principal_arn=arn,
                    access_policies={
                        "administrator": eks.AccessPolicyAssociationArgs(
                            policy_arn=pulumi.Output.from_input(arn).apply(_administrator_policy),
                            access_scope=aws.eks.AccessPolicyAssociationAccessScopeArgs(type="cluster"),
                        )
                    },
                )
                for arn in settings.administrators
            },
            vpc_id=settings.vpc_id,
            subnet_ids=settings.subnet_ids,
            endpoint_private_access=True,
            endpoint_public_access=settings.endpoint_public_access,
            public_access_cidrs=when_known(lambda cidrs: cidrs or None, settings.public_access_cidrs),
            encryption_config_key_arn=key.arn,
            enabled_cluster_log_types=CONTROL_PLANE_LOGS,
            deletion_protection=settings.deletion_protection,
            # One security group, which EKS makes and looks after, for control plane and nodes alike.
            skip_default_security_groups=True,
            skip_default_node_group=True,
            create_oidc_provider=False,
            # The add-ons below are pinned, where pulumi-eks would take the most recent version at every `up`.
            use_default_vpc_cni=True,
            kube_proxy_addon_options=eks.KubeProxyAddonOptionsArgs(enabled=False),
            coredns_addon_options=eks.CoreDnsAddonOptionsArgs(enabled=False),
            bootstrap_self_managed_addons=False,
            provider_credential_opts=eks.KubeconfigOptionsArgs(profile_name=settings.aws_profile),
            cluster_tags=settings.tags or None,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[logs]),
        )
        eks_cluster = cluster.eks_cluster
        self.name = eks_cluster.name
        self.arn = eks_cluster.arn
        self.endpoint = eks_cluster.endpoint
        self.version = eks_cluster.version
        self.region = region_of(self.arn)
        self.certificate_authority = eks_cluster.certificate_authority.data
        self.vpc_id = pulumi.Output.from_input(settings.vpc_id)
        # pulumi-eks' own has no profile in it.
        self.kubeconfig = known_later(
            self.name, self.endpoint, self.certificate_authority, self.arn, profile=settings.aws_profile
        )
        self.node_security_group_id = eks_cluster.vpc_config.cluster_security_group_id

        before = [self._make_eks_add_on(name, add_on, settings, []) for add_on in EKS_ADD_ONS if not add_on.after_nodes]
        nodes = self._make_system_nodes(name, settings, before)
        for add_on in EKS_ADD_ONS:
            if add_on.after_nodes:
                self._make_eks_add_on(name, add_on, settings, [nodes])
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
                "systemNodeRoleArn": self.system_node_role_arn,
                "systemNodeRoleName": self.system_node_role_name,
            }
        )

    def kubernetes_provider(self, name: str, opts: pulumi.ResourceOptions | None = None) -> kubernetes.Provider:
        """Make a provider for what goes into the cluster, with the flags that the components rely on.

        What is made by it goes before the cluster's nodes and add-ons do. What is in the cluster already it takes over:
        nobody else has put it there.
        """
        depending = pulumi.ResourceOptions.merge(opts, pulumi.ResourceOptions(depends_on=[self]))
        return kubernetes_provider(name, self.kubeconfig, takes_over=True, opts=depending)

    def _make_eks_add_on(
        self, name: str, add_on: EksAddOn, settings: ClusterSettings, after: list[pulumi.Resource]
    ) -> aws.eks.Addon:
        depends_on: list[pulumi.Resource] = list(after)
        if add_on.service_account:
            identity = PodIdentity(
                f"{name}-{add_on.name}",
                {
                    "cluster_name": self.name,
                    "namespace": "kube-system",
                    "service_account": add_on.service_account,
                    "managed_policies": {"managed": _managed_policy(self.arn, add_on.managed_policy)},
                },
                pulumi.ResourceOptions(parent=self),
            )
            depends_on.append(identity)
        return aws.eks.Addon(
            f"{name}-{add_on.name}",
            cluster_name=self.name,
            addon_name=add_on.name,
            addon_version=settings.eks_add_on_versions.get(add_on.name)
            or when_known(partial(eks_add_on_version, add_on.name), settings.version),
            configuration_values=json.dumps(add_on.configuration) if add_on.configuration else None,
            resolve_conflicts_on_create="OVERWRITE",
            resolve_conflicts_on_update="OVERWRITE",
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=depends_on,
                custom_timeouts=pulumi.CustomTimeouts(create=ADD_ON_TIMEOUT, update=ADD_ON_TIMEOUT),
            ),
        )

    def _make_system_nodes(
        self, name: str, settings: ClusterSettings, before: list[aws.eks.Addon]
    ) -> aws.eks.NodeGroup:
        nodes = settings.system_nodes
        child = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(f"{name}-system-nodes", assume_role_policy=policy_document([EC2_TRUST]), opts=child)
        attachments = [
            aws.iam.RolePolicyAttachment(
                f"{name}-system-nodes-{policy}",
                role=role.name,
                policy_arn=_managed_policy(self.arn, policy),
                opts=child,
            )
            for policy in NODE_POLICIES
        ]
        self.system_node_role_arn, self.system_node_role_name = role.arn, role.name
        node_tags = {"Name": when_known("{}-system".format, settings.name), **settings.tags}
        template = aws.ec2.LaunchTemplate(
            f"{name}-system-nodes",
            update_default_version=True,
            ebs_optimized="true",
            metadata_options=aws.ec2.LaunchTemplateMetadataOptionsArgs(
                http_endpoint="enabled",
                http_tokens="required",
                # One hop: a pod cannot take on the node's role.
                http_put_response_hop_limit=1,
            ),
            block_device_mappings=[
                aws.ec2.LaunchTemplateBlockDeviceMappingArgs(
                    device_name="/dev/xvda",
                    ebs=aws.ec2.LaunchTemplateBlockDeviceMappingEbsArgs(
                        volume_type="gp3",
                        volume_size=nodes.disk_gib,
                        encrypted="true",
                        delete_on_termination="true",
                    ),
                )
            ],
            tag_specifications=[
                aws.ec2.LaunchTemplateTagSpecificationArgs(
                    resource_type=resource,
                    tags=node_tags,
                )
                for resource in ("instance", "volume")
            ],
            opts=child,
        )
        return aws.eks.NodeGroup(
            f"{name}-system-nodes",
            cluster_name=self.name,
            version=settings.version,
            node_role_arn=role.arn,
            subnet_ids=settings.node_subnet_ids,
            instance_types=nodes.instance_types,
            capacity_type="ON_DEMAND",
            ami_type="AL2023_x86_64_STANDARD",
            launch_template=aws.eks.NodeGroupLaunchTemplateArgs(
                id=template.id, version=template.latest_version.apply(str)
            ),
            scaling_config=aws.eks.NodeGroupScalingConfigArgs(
                min_size=nodes.min_size, max_size=nodes.max_size, desired_size=nodes.desired
            ),
            update_config=aws.eks.NodeGroupUpdateConfigArgs(max_unavailable=1),
            # Replaces nodes that eks-node-monitoring-agent finds broken.
            node_repair_config=aws.eks.NodeGroupNodeRepairConfigArgs(enabled=True),
            labels=SYSTEM_NODE_LABELS,
            taints=[aws.eks.NodeGroupTaintArgs(**SYSTEM_TAINT)],
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=[*attachments, *before],
                custom_timeouts=pulumi.CustomTimeouts(create=NODES_TIMEOUT, update=NODES_TIMEOUT, delete=NODES_TIMEOUT),
            ),
        )


def _managed_policy(cluster_arn: pulumi.Output[str], policy: str | None) -> pulumi.Output[str]:
    """Return the ARN of a policy of AWS's own, in the partition of the cluster."""
    return cluster_arn.apply(lambda arn: managed_policy_arn(str(policy), arn.split(":")[1]))


def _administrator_key(principal_arn: pulumi.Input[str], unknown: Iterator[int]) -> str:
    """Return what sets an administrator apart in the names of resources: account and role, a number if known later."""
    return "/".join(principal_arn.split(":")[4:]) if isinstance(principal_arn, str) else f"later-{next(unknown)}"


def _administrator_policy(principal_arn: str) -> str:
    """Return the access policy of an administrator, in the partition of a principal."""
    return f"arn:{principal_arn.split(':')[1]}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
