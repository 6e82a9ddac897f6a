"""The component that makes AWS load balancers from Kubernetes Ingresses and Services."""

from typing import Annotated, Any, NotRequired, TypedDict

import pulumi
from pydantic import Field

from neuronserve.components.add_ons.load_balancer_policy import load_balancer_statements
from neuronserve.components.cluster.system_nodes import on_system_nodes
from neuronserve.components.helm.charts import (
    Chart,
    MirrorArgs,
    MirrorSettings,
    chart_problems,
    merged,
    release,
)
from neuronserve.components.helm.custom_resources import custom_resource_definitions
from neuronserve.components.identity import PodIdentity, partition, policy_document
from neuronserve.settings.settings import (
    PYTHON_NAMES,
    InvalidSettingsError,
    Json,
    Required,
    Settings,
    Text,
    TextOrOutput,
    read,
)

LOAD_BALANCER_CHART = Chart("aws-load-balancer-controller", "1.14.1", "https://aws.github.io/eks-charts")
LOAD_BALANCER_VERSION = "v2.14.1"
"""The controller in the chart, which the EKS User Guide installs
(https://docs.aws.amazon.com/eks/latest/userguide/lbc-helm.html)."""

NAMESPACE = "kube-system"
SERVICE_ACCOUNT = "aws-load-balancer-controller"

CRD_FILES = ("crds.yaml",)
"""IngressClassParams and TargetGroupBinding. Those for the Gateway API, off by default, are in a file of their own."""
CRD_URL = (
    "https://raw.githubusercontent.com/kubernetes-sigs/aws-load-balancer-controller/"
    f"{LOAD_BALANCER_VERSION}/helm/aws-load-balancer-controller/crds"
)


class LoadBalancerControllerArgs(TypedDict):
    """The arguments of LoadBalancerController."""

    cluster_name: pulumi.Input[str]
    """The EKS cluster; it has to run the add-on eks-pod-identity-agent."""
    region: str
    """The cluster's region."""
    vpc_id: pulumi.Input[str]
    """The cluster's VPC. Nodes do not answer pods that ask for it."""
    install_crds: NotRequired[bool]
    """Whether the component makes the controller's CRDs; false where the cluster has them. Default true."""
    on_system_nodes: NotRequired[bool]
    """Whether the controller runs on the system nodes. Default true."""
    mirror: NotRequired[MirrorArgs]
    """Where chart, CRDs and image are taken from. Default: their public homes."""
    values: NotRequired[dict[str, Any]]
    """Further values of the chart, laid over those of the component."""


class LoadBalancerControllerSettings(Settings):
    """The settings of a LoadBalancerController: :class:`LoadBalancerControllerArgs` describes each."""

    cluster_name: Annotated[TextOrOutput, Required("the name of the EKS cluster", stand_in="stand-in")]
    region: Annotated[Text, Required("the cluster's region, such as us-west-2", stand_in="us-west-2")]
    vpc_id: Annotated[TextOrOutput, Required("the id of the cluster's VPC", stand_in="stand-in")]
    install_crds: bool = True
    on_system_nodes: bool = True
    mirror: MirrorSettings = MirrorSettings()
    values: Json = Field(default_factory=dict)


class LoadBalancerController(pulumi.ComponentResource):
    """The AWS Load Balancer Controller: two replicas, Pod Identity, the permissions that its project publishes.

    It does not change Services that name no class (``enableServiceMutatorWebhook`` is off), so that none waits for
    its webhook. Load balancers belong to Ingresses and Services: these have to go before the controller does, or the
    load balancers stay and keep the VPC from being deleted.

    Raises:
        InvalidSettingsError: the arguments cannot be deployed; the message lists everything that is wrong.
    """

    role_arn: pulumi.Output[str]
    """ARN of the controller's role."""

    def __init__(self, name: str, args: LoadBalancerControllerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        settings = _checked(name, args)
        super().__init__("neuronserve:index:LoadBalancerController", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        identity = PodIdentity(
            f"{name}-identity",
            {
                "cluster_name": settings.cluster_name,
                "namespace": NAMESPACE,
                "service_account": SERVICE_ACCOUNT,
                "policies": {"policy": policy_document(load_balancer_statements(partition(settings.region)))},
            },
            child,
        )
        before: list[pulumi.Resource] = [identity]
        if settings.install_crds:
            before.append(
                custom_resource_definitions(
                    f"{name}-crds", LOAD_BALANCER_CHART, CRD_FILES, url=CRD_URL, mirror=settings.mirror, opts=child
                )
            )
        release(
            f"{name}-chart",
            LOAD_BALANCER_CHART,
            namespace=NAMESPACE,
            values=chart_values(settings),
            mirror=settings.mirror,
            opts=pulumi.ResourceOptions(
                parent=self,
                depends_on=before,
                # The chart makes a new certificate for its webhook whenever it is rendered, as each preview does.
                ignore_changes=["checksum"],
            ),
        )
        self.role_arn = identity.role_arn
        self.register_outputs({"roleArn": self.role_arn})


def chart_values(settings: LoadBalancerControllerSettings) -> dict[str, Any]:
    """Return the values of the chart, which ``helm/aws-load-balancer-controller/values.yaml`` describes."""
    values: dict[str, Any] = {
        "clusterName": settings.cluster_name,
        "region": settings.region,
        "vpcId": settings.vpc_id,
        "replicaCount": 2,
        "podDisruptionBudget": {"maxUnavailable": 1},
        "serviceAccount": {"create": True, "name": SERVICE_ACCOUNT},
        "enableServiceMutatorWebhook": False,
        "image": {
            "repository": settings.mirror.image("public.ecr.aws/eks/aws-load-balancer-controller"),
            "tag": LOAD_BALANCER_VERSION,
        },
    }
    if settings.on_system_nodes:
        values |= on_system_nodes()
    return merged(values, settings.values)


def _checked(name: str, args: LoadBalancerControllerArgs) -> LoadBalancerControllerSettings:
    reading = read(LoadBalancerControllerSettings, args, PYTHON_NAMES)
    settings = reading.settings
    problems = [
        *reading.problems,
        *chart_problems([LOAD_BALANCER_CHART], settings.mirror, PYTHON_NAMES, unpacked=settings.install_crds),
    ]
    if problems:
        raise InvalidSettingsError(f"LoadBalancerController {name}", problems)
    return settings
