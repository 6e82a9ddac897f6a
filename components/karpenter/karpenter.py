"""The component that runs Karpenter, with all that it needs in AWS."""

from functools import partial
from typing import Any

import pulumi
import pulumi_aws as aws

from neuronserve.components.agreement import Agreed, ask
from neuronserve.components.component import Component, waiting_for
from neuronserve.components.helm.charts import release
from neuronserve.components.helm.custom_resources import custom_resource_definitions
from neuronserve.components.identity.pod_identity import PodIdentity
from neuronserve.components.identity.policy import Statement, policy_document
from neuronserve.components.karpenter.args import KarpenterArgs
from neuronserve.components.karpenter.charts import KARPENTER_CHART
from neuronserve.components.karpenter.checks import KARPENTER_RULES
from neuronserve.components.karpenter.permissions import controller_statements
from neuronserve.components.karpenter.settings import KarpenterSettings
from neuronserve.components.overlay import merged
from neuronserve.facts.aws import NODE_POLICIES, managed_policy_arn, partition
from neuronserve.facts.system_nodes import on_system_nodes
from neuronserve.settings import read_arguments, when_known

KARPENTER_IMAGE = "public.ecr.aws/karpenter/controller"

NAMESPACE = "kube-system"
"""Where API priority and fairness serve it first (https://karpenter.sh/v1.14/getting-started/)."""
SERVICE_ACCOUNT = "karpenter"

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


class Karpenter(Component[KarpenterSettings]):
    """Karpenter: CRDs, controller, its permissions, the role of its nodes, and notice of interruptions.

    Whatever makes a NodePool has to depend on this component: a pool's nodes are drained and ended by the controller,
    which therefore goes after the pools, and its permissions after it. The CRDs are kept when it goes: with them every
    NodePool in the cluster would go, and wait for ever for a controller that is there no more. Pools of others
    therefore have to go before, or their nodes stay.

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
        settings = read_arguments(KarpenterSettings, args, *KARPENTER_RULES, of=f"Karpenter {name}")
        super().__init__("neuronserve:index:Karpenter", name, {}, opts)
        ask(Agreed.CLUSTER_NAME, settings.cluster_name, "cluster_name", f"Karpenter {name}")
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
        before: list[pulumi.Resource] = [identity, *notices]
        chart = KARPENTER_CHART.with_crds_if(settings.install_crds)
        if chart.crds:
            # After the association, which EKS takes seconds to heed: a pod that starts before never gets credentials.
            after = pulumi.ResourceOptions(parent=self, depends_on=[identity])
            before.append(
                custom_resource_definitions(f"{name}-crds", chart, chart.crds, mirror=settings.mirror, opts=after)
            )
        controller = release(
            f"{name}-chart",
            chart,
            namespace=NAMESPACE,
            values=chart_values(settings, queue.name, identity.pod_annotations),
            mirror=settings.mirror,
            opts=pulumi.ResourceOptions(parent=self, depends_on=before),
        )
        # A pool that names the profile needs the CRDs, and at its end the controller.
        self.instance_profile_name = waiting_for(instance_profile.name, *before, controller)
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
                policy_arn=when_known(partial(_policy_arn, policy), settings.region),
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


def _policy_arn(policy: str, region: str) -> str:
    return managed_policy_arn(policy, partition(region))


def chart_values(
    settings: KarpenterSettings, queue_name: pulumi.Input[str], pod_annotations: dict[str, pulumi.Input[str]]
) -> Any:
    """Return the values of the controller's chart (``charts/karpenter/values.yaml`` in its repository)."""
    values: dict[str, Any] = {
        "settings": {
            "clusterName": settings.cluster_name,
            "interruptionQueue": queue_name,
            "isolatedVPC": settings.isolated_vpc,
        },
        "serviceAccount": {"name": SERVICE_ACCOUNT},
        "replicas": settings.replicas,
        "podAnnotations": pod_annotations,
        "controller": {
            "image": {"repository": settings.mirror.image(KARPENTER_IMAGE)},
            "resources": RESOURCES,
        },
    }
    if settings.on_system_nodes:
        values |= on_system_nodes()
    return merged(values, settings.values)
