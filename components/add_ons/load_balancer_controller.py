"""The component that makes AWS load balancers from Kubernetes Ingresses and Services."""

from typing import Any

import pulumi

from neuronserve.components.add_ons.args import LoadBalancerControllerArgs
from neuronserve.components.add_ons.load_balancer_policy import load_balancer_statements
from neuronserve.components.add_ons.settings import LoadBalancerControllerSettings
from neuronserve.components.component import Component
from neuronserve.components.helm.charts import Chart, CrdFolder, chart_problems, release
from neuronserve.components.helm.custom_resources import custom_resource_definitions
from neuronserve.components.identity.pod_identity import PodIdentity
from neuronserve.components.identity.policy import policy_document
from neuronserve.components.overlay import merged
from neuronserve.facts.aws import partition
from neuronserve.facts.system_nodes import apart, on_system_nodes
from neuronserve.settings import SettingNames, read_arguments, when_known

LOAD_BALANCER_VERSION = "v3.5.0"
"""The controller in the chart: ``stable/aws-load-balancer-controller/Chart.yaml`` of https://github.com/aws/eks-charts."""

LOAD_BALANCER_CHART = Chart(
    "aws-load-balancer-controller",
    "3.5.0",
    "https://aws.github.io/eks-charts",
    CrdFolder(
        # Those for the Gateway API, off by default, are in another file.
        ("crds.yaml",),
        "https://raw.githubusercontent.com/kubernetes-sigs/aws-load-balancer-controller/"
        f"{LOAD_BALANCER_VERSION}/helm/aws-load-balancer-controller/crds",
    ),
)

RESOURCES = {"requests": {"cpu": "100m", "memory": "256Mi"}, "limits": {"memory": "512Mi"}}
"""The chart has none, and without requests a full node ends it first."""

NAMESPACE = "kube-system"
SERVICE_ACCOUNT = "aws-load-balancer-controller"


class LoadBalancerController(Component[LoadBalancerControllerSettings]):
    """The AWS Load Balancer Controller: its replicas, Pod Identity, the permissions that its project publishes.

    It does not change Services that name no class (``enableServiceMutatorWebhook`` is off), so that none waits for
    its webhook. Load balancers belong to Ingresses and Services: these have to go before the controller does, or the
    load balancers stay and keep the VPC from being deleted.

    Raises:
        InvalidSettingsError: the arguments cannot be deployed; the message lists everything that is wrong.
    """

    role_arn: pulumi.Output[str]
    """ARN of the controller's role."""

    def __init__(self, name: str, args: LoadBalancerControllerArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        settings = read_arguments(LoadBalancerControllerSettings, args, *RULES, of=f"LoadBalancerController {name}")
        super().__init__("neuronserve:index:LoadBalancerController", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        identity = PodIdentity(
            f"{name}-identity",
            {
                "cluster_name": settings.cluster_name,
                "namespace": NAMESPACE,
                "service_account": SERVICE_ACCOUNT,
                "policies": {
                    "policy": policy_document(
                        when_known(lambda region: load_balancer_statements(partition(region)), settings.region)
                    )
                },
            },
            child,
        )
        before: list[pulumi.Resource] = [identity]
        chart = LOAD_BALANCER_CHART.with_crds_if(settings.install_crds)
        if chart.crds:
            # After the association, which EKS takes seconds to heed: a pod that starts before never gets credentials.
            after = pulumi.ResourceOptions(parent=self, depends_on=[identity])
            before.append(
                custom_resource_definitions(f"{name}-crds", chart, chart.crds, mirror=settings.mirror, opts=after)
            )
        release(
            f"{name}-chart",
            chart,
            namespace=NAMESPACE,
            values=chart_values(settings, identity.pod_annotations),
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


def chart_values(settings: LoadBalancerControllerSettings, pod_annotations: dict[str, pulumi.Input[str]]) -> Any:
    """Return the values of the chart, which ``helm/aws-load-balancer-controller/values.yaml`` describes."""
    values: dict[str, Any] = {
        "clusterName": settings.cluster_name,
        "region": settings.region,
        "vpcId": settings.vpc_id,
        "replicaCount": settings.replicas,
        "affinity": apart({"app.kubernetes.io/name": LOAD_BALANCER_CHART.name}),
        "podAnnotations": pod_annotations,
        "resources": RESOURCES,
        "podDisruptionBudget": {"maxUnavailable": 1},
        "serviceAccount": {"create": True, "name": SERVICE_ACCOUNT},
        "enableServiceMutatorWebhook": False,
        "image": {
            "repository": settings.mirror.image("public.ecr.aws/eks/aws-load-balancer-controller"),
            "tag": LOAD_BALANCER_VERSION,
        },
    }
    if settings.isolated_vpc:
        values |= dict.fromkeys(("enableShield", "enableWaf", "enableWafv2"), False)
    if settings.on_system_nodes:
        values |= on_system_nodes()
    return merged(values, settings.values)


def _charts(settings: LoadBalancerControllerSettings, names: SettingNames) -> list[str]:
    return chart_problems([LOAD_BALANCER_CHART.with_crds_if(settings.install_crds)], settings.mirror, names)


RULES = (_charts,)
