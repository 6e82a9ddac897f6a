"""The component that makes an EKS cluster with its add-ons and system nodes, or finds one."""

import json

import pulumi
import pulumi_aws as aws
import pulumi_eks as eks

from neuronserve.components.cluster.args import ClusterArgs
from neuronserve.components.cluster.checks import find_problems
from neuronserve.components.cluster.eks_add_ons import ADD_ONS, AddOn, add_on_version
from neuronserve.components.cluster.kubeconfig import eks_kubeconfig
from neuronserve.components.cluster.settings import ClusterSettings, ExistingClusterSettings
from neuronserve.components.cluster.system_nodes import SYSTEM_NODE_LABELS, SYSTEM_TAINT
from neuronserve.components.identity import PodIdentity, Statement, policy_document
from neuronserve.settings.settings import PYTHON_NAMES, InvalidSettingsError, read

CONTROL_PLANE_LOGS = ["api", "audit", "authenticator", "controllerManager", "scheduler"]

NODE_POLICIES = ("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly", "AmazonSSMManagedInstanceCore")
"""Policies of the system nodes' role. What single pods need, such as the VPC CNI, they get by Pod Identity."""

EC2_TRUST = Statement("AllowEc2", ("sts:AssumeRole",), principals={"Service": "ec2.amazonaws.com"})

KEY_DELETION_DAYS = 30
"""Days in which a deleted key can still be brought back, and with it what it encrypted."""

ADD_ON_TIMEOUT = "15m"
NODES_TIMEOUT = "30m"


class Cluster(pulumi.ComponentResource):
    """An EKS cluster: private by default, encrypted, logged, with pinned add-ons and a group of system nodes.

    The control plane is a ``pulumi_eks.Cluster``, whose children the engine's component provider makes. With the
    argument ``existing`` nothing is made, and the outputs describe that cluster.

    The API server answers in the VPC alone unless ``public_access_cidrs`` say who else may ask, so a private cluster
    has to be deployed from a machine that reaches the VPC.

    Raises:
        InvalidSettingsError: the arguments cannot be deployed; the message lists everything that is wrong.
    """

    name: pulumi.Output[str] | None
    """The EKS cluster's name; None for a cluster that is known by its kubeconfig alone."""
    arn: pulumi.Output[str] | None
    """Its ARN; None as for the name."""
    endpoint: pulumi.Output[str] | None
    """URL of its API server; None as for the name."""
    version: pulumi.Output[str] | None
    """Its version of Kubernetes, such as 1.35; None as for the name."""
    kubeconfig: pulumi.Output[str] | None
    """A kubeconfig, a secret; None for the ambient one."""
    context: str | None
    """Context of the kubeconfig; None for its current one."""
    node_security_group_id: pulumi.Output[str] | None
    """The security group that EKS makes for control plane and nodes; None as for the name."""
    node_role_arn: pulumi.Output[str] | None
    """ARN of the system nodes' role; None where no nodes were made."""
    node_role_name: pulumi.Output[str] | None
    """Its name; None where no nodes were made."""

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        settings = _checked(name, args)
        super().__init__("neuronserve:index:Cluster", name, {}, opts)
        self.context = None
        self.node_role_arn = self.node_role_name = None
        if settings.existing:
            self._find(settings.existing, settings.aws_profile)
        else:
            self._make(name, settings)
        self.register_outputs(
            {
                "name": self.name,
                "arn": self.arn,
                "endpoint": self.endpoint,
                "version": self.version,
                "kubeconfig": self.kubeconfig,
                "nodeSecurityGroupId": self.node_security_group_id,
                "nodeRoleArn": self.node_role_arn,
                "nodeRoleName": self.node_role_name,
            }
        )

    def _find(self, existing: ExistingClusterSettings, aws_profile: str | None) -> None:
        self.name = self.arn = self.endpoint = self.version = self.node_security_group_id = None
        self.context = existing.context
        self.kubeconfig = pulumi.Output.secret(existing.kubeconfig) if existing.kubeconfig is not None else None
        if existing.name is None:
            return
        found = aws.eks.get_cluster_output(name=existing.name, opts=pulumi.InvokeOptions(parent=self))
        self.name, self.arn, self.endpoint, self.version = found.name, found.arn, found.endpoint, found.version
        self.node_security_group_id = found.vpc_config.cluster_security_group_id
        self.kubeconfig = pulumi.Output.secret(
            pulumi.Output.all(found.name, found.endpoint, found.certificate_authorities[0].data, found.arn).apply(
                lambda known: eks_kubeconfig(*known[:3], region=known[3].split(":")[3], profile=aws_profile)
            )
        )

    def _make(self, name: str, settings: ClusterSettings) -> None:
        cluster_name = settings.cluster_name or name
        child = pulumi.ResourceOptions(parent=self)
        key = aws.kms.Key(
            f"{name}-secrets",
            description=f"Kubernetes secrets of {cluster_name}",
            enable_key_rotation=True,
            deletion_window_in_days=KEY_DELETION_DAYS,
            opts=child,
        )
        # EKS would make this log group by itself, and keep its logs for ever.
        logs = aws.cloudwatch.LogGroup(
            f"{name}-logs",
            name=f"/aws/eks/{cluster_name}/cluster",
            retention_in_days=settings.log_retention_days,
            opts=child,
        )
        cluster = eks.Cluster(
            name,
            name=cluster_name,
            version=settings.version,
            upgrade_policy=aws.eks.ClusterUpgradePolicyArgs(support_type="STANDARD"),
            authentication_mode=eks.AuthenticationMode.API,
            access_entries={
                f"administrator-{index}": eks.AccessEntryArgs(
                    principal_arn=arn,
                    access_policies={
                        "administrator": eks.AccessPolicyAssociationArgs(
                            policy_arn=pulumi.Output.from_input(arn).apply(_administrator_policy),
                            access_scope=aws.eks.AccessPolicyAssociationAccessScopeArgs(type="cluster"),
                        )
                    },
                )
                for index, arn in enumerate(settings.administrators, start=1)
            },
            vpc_id=settings.vpc_id,
            subnet_ids=settings.subnet_ids,
            endpoint_private_access=True,
            endpoint_public_access=settings.endpoint_public_access,
            public_access_cidrs=settings.public_access_cidrs or None,
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
        self.kubeconfig = pulumi.Output.secret(cluster.kubeconfig_json)
        self.node_security_group_id = eks_cluster.vpc_config.cluster_security_group_id

        before = [self._make_add_on(name, add_on, settings, []) for add_on in ADD_ONS if not add_on.after_nodes]
        nodes = self._make_system_nodes(name, settings, before)
        for add_on in ADD_ONS:
            if add_on.after_nodes:
                self._make_add_on(name, add_on, settings, [nodes])

    def _make_add_on(
        self, name: str, add_on: AddOn, settings: ClusterSettings, after: list[pulumi.Resource]
    ) -> aws.eks.Addon:
        assert self.name is not None and self.arn is not None  # noqa: S101, PT018 (set before)
        depends_on: list[pulumi.Resource] = list(after)
        if add_on.service_account:
            identity = PodIdentity(
                f"{name}-{add_on.name}",
                {
                    "cluster_name": self.name,
                    "namespace": "kube-system",
                    "service_account": add_on.service_account,
                    "managed_policy_arns": [_managed_policy(self.arn, add_on.managed_policy)],
                },
                pulumi.ResourceOptions(parent=self),
            )
            depends_on.append(identity)
        return aws.eks.Addon(
            f"{name}-{add_on.name}",
            cluster_name=self.name,
            addon_name=add_on.name,
            addon_version=add_on_version(add_on.name, settings.version, settings.add_on_versions),
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
        assert self.name is not None and self.arn is not None  # noqa: S101, PT018 (set before)
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
        self.node_role_arn, self.node_role_name = role.arn, role.name
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
                    resource_type=resource, tags={"Name": f"{settings.cluster_name or name}-system", **settings.tags}
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


def _checked(name: str, args: ClusterArgs) -> ClusterSettings:
    reading = read(ClusterSettings, args, PYTHON_NAMES)
    problems = [*reading.problems, *find_problems(reading.settings, PYTHON_NAMES, reading.unusable)]
    if problems:
        raise InvalidSettingsError(f"Cluster {name}", problems)
    return reading.settings


def _managed_policy(cluster_arn: pulumi.Output[str], policy: str | None) -> pulumi.Output[str]:
    """Return the ARN of a policy of AWS's own, in the partition of the cluster."""
    return cluster_arn.apply(lambda arn: f"arn:{arn.split(':')[1]}:iam::aws:policy/{policy}")


def _administrator_policy(principal_arn: str) -> str:
    """Return the access policy of an administrator, in the partition of a principal."""
    return f"arn:{principal_arn.split(':')[1]}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy"
