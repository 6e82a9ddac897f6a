"""The component that runs Karpenter, with all that it needs in AWS."""

from typing import Annotated, Any, NotRequired, TypedDict

import pulumi
import pulumi_aws as aws
from pydantic import Field

from neuronserve.components.cluster.system_nodes import on_system_nodes
from neuronserve.components.helm.charts import (
    Chart,
    MirrorArgs,
    MirrorSettings,
    chart_problems,
    merged,
    release,
)
from neuronserve.components.identity import PodIdentity, Statement, partition, policy_document
from neuronserve.components.karpenter.permissions import controller_statements
from neuronserve.settings.settings import (
    PYTHON_NAMES,
    InvalidSettingsError,
    Json,
    Required,
    Settings,
    Text,
    TextOrOutput,
    WholeNumber,
    read,
)

VERSION = "1.14.1"
REPOSITORY = "oci://public.ecr.aws/karpenter"
CRD_CHART = Chart("karpenter-crd", VERSION, REPOSITORY)
"""The CRDs as templates: unlike those in the controller's chart they are upgraded
(https://karpenter.sh/v1.14/upgrading/upgrade-guide/#crd-upgrades)."""
KARPENTER_CHART = Chart("karpenter", VERSION, REPOSITORY)
KARPENTER_IMAGE = "public.ecr.aws/karpenter/controller"

NAMESPACE = "kube-system"
"""Where API priority and fairness serve it first (https://karpenter.sh/v1.14/getting-started/)."""
SERVICE_ACCOUNT = "karpenter"

NODE_POLICIES = ("AmazonEKSWorkerNodePolicy", "AmazonEC2ContainerRegistryPullOnly", "AmazonSSMManagedInstanceCore")
"""Policies of the nodes that Karpenter makes. The VPC CNI has its permissions by Pod Identity, not by its node."""

EC2_TRUST = Statement("AllowEc2", ("sts:AssumeRole",), principals={"Service": "ec2.amazonaws.com"})

QUEUE_RETENTION_S = 300
"""An interruption comes two minutes after its notice: an older message is of no use."""

INTERRUPTIONS = {
    "health": ("aws.health", "AWS Health Event"),
    "spot": ("aws.ec2", "EC2 Spot Instance Interruption Warning"),
    "rebalance": ("aws.ec2", "EC2 Instance Rebalance Recommendation"),
    "state": ("aws.ec2", "EC2 Instance State-change Notification"),
    "reservation": ("aws.ec2", "EC2 Capacity Reservation Instance Interruption Warning"),
}
"""Events that Karpenter acts on: their source and detail type (https://karpenter.sh/v1.14/reference/cloudformation/)."""

RESOURCES = {"requests": {"cpu": "500m", "memory": "1Gi"}, "limits": {"memory": "1Gi"}}
"""The chart has none. Its guide gives a CPU and 1 GiB; a large cluster needs more."""


class KarpenterArgs(TypedDict):
    """The arguments of Karpenter."""

    cluster_name: str
    """The EKS cluster; it has to run the add-on eks-pod-identity-agent, and have nodes of its own."""
    cluster_arn: pulumi.Input[str]
    """Its ARN."""
    region: str
    """Its region."""
    isolated_vpc: NotRequired[bool]
    """Whether prices cannot be asked for, because the VPC has no way to the internet. Default false."""
    replicas: NotRequired[int]
    """Replicas of the controller, each on a node of its own; one works at a time. Default 2."""
    on_system_nodes: NotRequired[bool]
    """Whether the controller runs on the system nodes. Default true."""
    mirror: NotRequired[MirrorArgs]
    """Where charts and image are taken from. Default: their public registry."""
    values: NotRequired[dict[str, Any]]
    """Further values of the controller's chart, laid over those of the component."""


class KarpenterSettings(Settings):
    """The settings of a Karpenter: :class:`KarpenterArgs` describes each."""

    cluster_name: Annotated[Text, Required("the name of the EKS cluster", stand_in="stand-in")]
    cluster_arn: Annotated[TextOrOutput, Required("the ARN of the EKS cluster", stand_in="stand-in")]
    region: Annotated[Text, Required("the cluster's region, such as us-west-2", stand_in="us-west-2")]
    isolated_vpc: bool = False
    replicas: Annotated[WholeNumber, Field(ge=1)] = 2
    on_system_nodes: bool = True
    mirror: MirrorSettings = MirrorSettings()
    values: Json = Field(default_factory=dict)


class Karpenter(pulumi.ComponentResource):
    """Karpenter: CRDs, controller, its permissions, the role of its nodes, and notice of interruptions.

    Whatever makes a NodePool has to depend on this component: a pool's nodes are drained and ended by the controller,
    which therefore goes after the pools, and its permissions after it.

    If ``pulumi up`` ends with "context deadline exceeded", ``kubectl -n kube-system describe pods -l
    app.kubernetes.io/name=karpenter`` says why.

    Raises:
        InvalidSettingsError: the arguments cannot be deployed; the message lists everything that is wrong.
    """

    instance_profile_name: pulumi.Output[str]
    """The instance profile of the nodes that Karpenter makes: what an EC2NodeClass names."""
    node_role_arn: pulumi.Output[str]
    """ARN of the role in it."""
    queue_name: pulumi.Output[str]
    """The SQS queue of interruptions."""

    def __init__(self, name: str, args: KarpenterArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        settings = _checked(name, args)
        super().__init__("neuronserve:index:Karpenter", name, {}, opts)
        node_role = self._make_node_role(name, settings)
        # Karpenter could make one from the role, but not in a VPC without internet access, where it cannot reach IAM.
        instance_profile = aws.iam.InstanceProfile(
            f"{name}-nodes", role=node_role.name, opts=pulumi.ResourceOptions(parent=self)
        )
        queue, notices = self._make_interruption_queue(name, settings)
        identity = PodIdentity(
            f"{name}-controller",
            {
                "cluster_name": settings.cluster_name,
                "namespace": NAMESPACE,
                "service_account": SERVICE_ACCOUNT,
                "policies": {
                    suffix: policy_document(statements)
                    for suffix, statements in controller_statements(
                        cluster_name=settings.cluster_name,
                        cluster_arn=settings.cluster_arn,
                        region=settings.region,
                        node_role_arn=node_role.arn,
                        queue_arn=queue.arn,
                    ).items()
                },
            },
            pulumi.ResourceOptions(parent=self),
        )
        definitions = release(
            f"{name}-crd-chart",
            CRD_CHART,
            namespace=NAMESPACE,
            values={},
            mirror=settings.mirror,
            opts=pulumi.ResourceOptions(parent=self),
        )
        release(
            f"{name}-chart",
            KARPENTER_CHART,
            namespace=NAMESPACE,
            values=chart_values(settings, queue.name),
            mirror=settings.mirror,
            opts=pulumi.ResourceOptions(parent=self, depends_on=[definitions, identity, *notices]),
        )
        self.instance_profile_name = instance_profile.name
        self.node_role_arn = node_role.arn
        self.queue_name = queue.name
        self.register_outputs(
            {
                "instanceProfileName": self.instance_profile_name,
                "nodeRoleArn": self.node_role_arn,
                "queueName": self.queue_name,
            }
        )

    def _make_node_role(self, name: str, settings: KarpenterSettings) -> aws.iam.Role:
        child = pulumi.ResourceOptions(parent=self)
        role = aws.iam.Role(f"{name}-nodes", assume_role_policy=policy_document([EC2_TRUST]), opts=child)
        for policy in NODE_POLICIES:
            aws.iam.RolePolicyAttachment(
                f"{name}-nodes-{policy}",
                role=role.name,
                policy_arn=f"arn:{partition(settings.region)}:iam::aws:policy/{policy}",
                opts=child,
            )
        # Without it nodes start and never join the cluster.
        aws.eks.AccessEntry(
            f"{name}-nodes",
            cluster_name=settings.cluster_name,
            principal_arn=role.arn,
            type="EC2_LINUX",
            opts=child,
        )
        return role

    def _make_interruption_queue(
        self, name: str, settings: KarpenterSettings
    ) -> tuple[aws.sqs.Queue, list[pulumi.Resource]]:
        """Return the queue, and what has to be there for messages to arrive."""
        child = pulumi.ResourceOptions(parent=self)
        queue = aws.sqs.Queue(
            f"{name}-interruptions",
            name=settings.cluster_name,
            message_retention_seconds=QUEUE_RETENTION_S,
            sqs_managed_sse_enabled=True,
            opts=child,
        )
        statements = [
            Statement(
                "AllowNotices",
                ("sqs:SendMessage",),
                (queue.arn,),
                principals={"Service": ["events.amazonaws.com", "sqs.amazonaws.com"]},
            ),
            Statement(
                "DenyWithoutTls",
                ("sqs:*",),
                (queue.arn,),
                {"Bool": {"aws:SecureTransport": "false"}},
                effect="Deny",
                principals="*",
            ),
        ]
        notices: list[pulumi.Resource] = [
            aws.sqs.QueuePolicy(
                f"{name}-interruptions", queue_url=queue.url, policy=policy_document(statements), opts=child
            )
        ]
        for kind, (source, detail_type) in INTERRUPTIONS.items():
            rule = aws.cloudwatch.EventRule(
                f"{name}-{kind}",
                description=f"Tells Karpenter of each: {detail_type}",
                event_pattern=pulumi.Output.json_dumps({"source": [source], "detail-type": [detail_type]}),
                opts=child,
            )
            notices.append(
                aws.cloudwatch.EventTarget(
                    f"{name}-{kind}", rule=rule.name, target_id="karpenter", arn=queue.arn, opts=child
                )
            )
        return queue, notices


def chart_values(settings: KarpenterSettings, queue_name: pulumi.Input[str]) -> dict[str, Any]:
    """Return the values of the controller's chart (``charts/karpenter/values.yaml`` in its repository)."""
    values: dict[str, Any] = {
        "settings": {
            "clusterName": settings.cluster_name,
            "interruptionQueue": queue_name,
            "isolatedVPC": settings.isolated_vpc,
        },
        "serviceAccount": {"name": SERVICE_ACCOUNT},
        "replicas": settings.replicas,
        "controller": {
            "image": {"repository": settings.mirror.image(KARPENTER_IMAGE)},
            "resources": RESOURCES,
        },
    }
    if settings.on_system_nodes:
        values |= on_system_nodes()
    return merged(values, settings.values)


def _checked(name: str, args: KarpenterArgs) -> KarpenterSettings:
    reading = read(KarpenterSettings, args, PYTHON_NAMES)
    charts = [CRD_CHART, KARPENTER_CHART]
    problems = [*reading.problems, *chart_problems(charts, reading.settings.mirror, PYTHON_NAMES)]
    if problems:
        raise InvalidSettingsError(f"Karpenter {name}", problems)
    return reading.settings
