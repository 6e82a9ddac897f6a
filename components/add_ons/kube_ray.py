"""The component that runs the KubeRay operator, which turns RayService, RayCluster and RayJob into pods."""

from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes

from neuronserve.components.add_ons.args import KubeRayOperatorArgs
from neuronserve.components.add_ons.settings import KubeRayOperatorSettings
from neuronserve.components.component import Component, waiting_for
from neuronserve.components.helm.charts import Chart, CrdFolder, chart_problems, release
from neuronserve.components.helm.custom_resources import custom_resource_definitions
from neuronserve.components.overlay import merged
from neuronserve.facts.kube_ray import OPERATOR_LABELS
from neuronserve.facts.system_nodes import apart, on_system_nodes
from neuronserve.settings import SettingNames, read_arguments

VERSION = "1.7.0"
KUBERAY_CHART = Chart(
    "kuberay-operator",
    VERSION,
    "https://ray-project.github.io/kuberay-helm/",
    CrdFolder(
        tuple(f"ray.io_{kind}.yaml" for kind in ("rayclusters", "raycronjobs", "rayjobs", "rayservices")),
        f"https://raw.githubusercontent.com/ray-project/kuberay/v{VERSION}/helm-chart/kuberay-operator/crds",
    ),
)
KUBERAY_IMAGE = "quay.io/kuberay/operator"

POD_LABELS = {**OPERATOR_LABELS, "app.kubernetes.io/instance": KUBERAY_CHART.name}
"""By which the chart's Deployment selects its pods."""

RESOURCES = {
    "requests": {"cpu": "100m", "memory": "512Mi"},
    "limits": {"cpu": "1", "memory": "1Gi"},
}
"""The chart's limit of 0.1 CPUs makes the operator slow as soon as it has several clusters to look after; by its
values.yaml 500 Ray pods take about 500 MB."""


class KubeRayOperator(Component[KubeRayOperatorSettings]):
    """The KubeRay operator with its CRDs: RayService, RayCluster, RayJob and RayCronJob.

    RayCronJob is an alpha feature of the operator, off in its chart. The CRDs are objects of their own: upgraded with
    the component's version of KubeRay, and kept when it goes, because every RayService in the cluster would go with
    them. A cluster that has them already needs a provider with ``upsert_existing_objects``, or ``install_crds: false``.

    Whatever makes Ray resources has to depend on this component: they have finalizers that only the operator removes.

    If ``pulumi up`` ends with "context deadline exceeded", ``kubectl -n kuberay-operator describe pods`` says why.

    Raises:
        InvalidSettingsError: the arguments cannot be deployed; the message lists everything that is wrong.
    """

    namespace: pulumi.Output[str]
    """The operator's namespace."""
    version: pulumi.Output[str]
    """The version of KubeRay."""

    def __init__(
        self, name: str, args: KubeRayOperatorArgs | None = None, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        settings = read_arguments(KubeRayOperatorSettings, args, *RULES, of=f"KubeRayOperator {name}")
        super().__init__("neuronserve:index:KubeRayOperator", name, {}, opts)
        child = pulumi.ResourceOptions(parent=self)
        before: list[pulumi.Resource] = []
        if settings.create_namespace:
            before.append(
                kubernetes.core.v1.Namespace(
                    f"{name}-namespace",
                    metadata=kubernetes.meta.v1.ObjectMetaArgs(
                        name=settings.namespace,
                        labels={
                            "pod-security.kubernetes.io/enforce": "restricted",
                            "pod-security.kubernetes.io/warn": "restricted",
                        },
                    ),
                    opts=child,
                )
            )
        chart = KUBERAY_CHART.with_crds_if(settings.install_crds)
        if chart.crds:
            before.append(
                custom_resource_definitions(f"{name}-crds", chart, chart.crds, mirror=settings.mirror, opts=child)
            )
        operator = release(
            f"{name}-chart",
            chart,
            namespace=settings.namespace,
            values=chart_values(settings),
            mirror=settings.mirror,
            opts=pulumi.ResourceOptions(parent=self, depends_on=before),
        )
        kubernetes.policy.v1.PodDisruptionBudget(
            f"{name}-budget",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name=KUBERAY_CHART.name, namespace=settings.namespace),
            # The chart has no budget.
            spec={"max_unavailable": 1, "selector": {"match_labels": POD_LABELS}},
            opts=pulumi.ResourceOptions(parent=self, depends_on=[operator]),
        )
        self.namespace = waiting_for(settings.namespace, operator)
        self.version = waiting_for(KUBERAY_CHART.version, operator)
        self.register_outputs({"namespace": self.namespace, "version": self.version})


def chart_values(settings: KubeRayOperatorSettings) -> Any:
    """Return the values of the chart, which ``helm-chart/kuberay-operator/values.yaml`` in its repository describes."""
    values: dict[str, Any] = {
        "image": {"repository": settings.mirror.image(KUBERAY_IMAGE), "tag": f"v{VERSION}"},
        "replicas": settings.replicas,
        # Of several replicas one holds the lease, so that no two act on the same object.
        "leaderElectionEnabled": True,
        "resources": RESOURCES,
        # Without it no replica that is lost comes back.
        "priorityClassName": "system-cluster-critical",
        "affinity": apart(POD_LABELS),
        "singleNamespaceInstall": settings.namespaced_permissions,
        # Alpha, and asked for by services with head_fault_tolerance.storage Embedded alone. The other features are on
        # and off as in the chart's own list, by the operator's defaults (v1.7.0, ``pkg/features/features.go``).
        "featureGates": [{"name": "GCSFaultToleranceEmbeddedStorage", "enabled": True}],
    }
    if settings.watch_namespaces:
        values["watchNamespace"] = settings.watch_namespaces
    if settings.on_system_nodes:
        values |= on_system_nodes()
    return merged(values, settings.values)


def _permissions(settings: KubeRayOperatorSettings, names: SettingNames) -> list[str]:
    if not settings.namespaced_permissions or settings.watch_namespaces:
        return []
    return [
        f"{names('namespaced_permissions')} is true, but {names('watch_namespaces')} is empty. List the namespaces "
        f"that will hold Ray resources, or set {names('namespaced_permissions')} to false."
    ]


def _charts(settings: KubeRayOperatorSettings, names: SettingNames) -> list[str]:
    return chart_problems([KUBERAY_CHART.with_crds_if(settings.install_crds)], settings.mirror, names)


RULES = (_permissions, _charts)
