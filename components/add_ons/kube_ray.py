"""The component that runs the KubeRay operator, which turns RayService, RayCluster and RayJob into pods."""

from typing import Annotated, Any, NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes
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
from neuronserve.components.helm.custom_resources import custom_resource_definitions
from neuronserve.settings.rules import Rule, broken_rules
from neuronserve.settings.settings import (
    PYTHON_NAMES,
    InvalidSettingsError,
    Json,
    SettingNames,
    Settings,
    Text,
    TextOrOutput,
    WholeNumber,
    read,
)

KUBERAY_CHART = Chart("kuberay-operator", "1.7.0", "https://ray-project.github.io/kuberay-helm/")
KUBERAY_IMAGE = "quay.io/kuberay/operator"
KUBERAY_TAG = f"v{KUBERAY_CHART.version}"

CRD_FILES = tuple(f"ray.io_{kind}.yaml" for kind in ("rayclusters", "raycronjobs", "rayjobs", "rayservices"))
CRD_URL = f"https://raw.githubusercontent.com/ray-project/kuberay/{KUBERAY_TAG}/helm-chart/kuberay-operator/crds"

RESOURCES = {
    "requests": {"cpu": "100m", "memory": "512Mi"},
    "limits": {"cpu": "1", "memory": "1Gi"},
}
"""The chart's limit of 0.1 CPUs makes the operator slow as soon as it has several clusters to look after; by its
values.yaml 500 Ray pods take about 500 MB."""


class KubeRayOperatorArgs(TypedDict):
    """The arguments of KubeRayOperator."""

    namespace: NotRequired[pulumi.Input[str]]
    """The operator's namespace. Default kuberay-operator."""
    create_namespace: NotRequired[bool]
    """Whether the component makes the namespace, with the restricted Pod Security Standard. Default true."""
    watch_namespaces: NotRequired[list[str]]
    """Namespaces in which the operator acts. Default: all."""
    namespaced_permissions: NotRequired[bool]
    """Whether it gets permissions in watch_namespaces only, which then have to be there first. Default false."""
    install_crds: NotRequired[bool]
    """Whether the component makes KubeRay's CRDs; false where the cluster has them. Default true."""
    replicas: NotRequired[int]
    """Replicas of the operator, one of which works at a time. Default 2."""
    on_system_nodes: NotRequired[bool]
    """Whether it runs on the system nodes. Default true."""
    mirror: NotRequired[MirrorArgs]
    """Where chart, CRDs and image are taken from. Default: their public homes."""
    values: NotRequired[dict[str, Any]]
    """Further values of the chart, laid over those of the component."""


class KubeRayOperatorSettings(Settings):
    """The settings of a KubeRayOperator: :class:`KubeRayOperatorArgs` describes each."""

    namespace: TextOrOutput = "kuberay-operator"
    create_namespace: bool = True
    watch_namespaces: list[Text] = Field(default_factory=list)
    namespaced_permissions: bool = False
    install_crds: bool = True
    replicas: Annotated[WholeNumber, Field(ge=1)] = 2
    on_system_nodes: bool = True
    mirror: MirrorSettings = MirrorSettings()
    values: Json = Field(default_factory=dict)


class KubeRayOperator(pulumi.ComponentResource):
    """The KubeRay operator with its CRDs: RayService, RayCluster, RayJob and RayCronJob.

    RayCronJob is an alpha feature of the operator, off in its chart. The CRDs are objects of their own: upgraded with
    the component's version of KubeRay, and kept when it goes, because every RayService in the cluster would go with
    them. A cluster that has them already needs ``install_crds: false``, or a provider with ``upsert_existing_objects``.

    Whatever makes Ray resources has to depend on this component: they have finalizers that only the operator removes.

    If ``pulumi up`` ends with "context deadline exceeded", ``kubectl -n kuberay-operator describe pods`` says why.

    Raises:
        InvalidSettingsError: the arguments cannot be deployed; the message lists everything that is wrong.
    """

    namespace: pulumi.Output[str]
    """The operator's namespace."""
    version: pulumi.Output[str]
    """The version of KubeRay."""

    def __init__(self, name: str, args: KubeRayOperatorArgs, opts: pulumi.ResourceOptions | None = None) -> None:
        settings = _checked(name, args)
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
        if settings.install_crds:
            before.append(
                custom_resource_definitions(
                    f"{name}-crds", KUBERAY_CHART, CRD_FILES, url=CRD_URL, mirror=settings.mirror, opts=child
                )
            )
        operator = release(
            f"{name}-chart",
            KUBERAY_CHART,
            namespace=settings.namespace,
            values=chart_values(settings),
            mirror=settings.mirror,
            opts=pulumi.ResourceOptions(parent=self, depends_on=before),
        )
        kubernetes.policy.v1.PodDisruptionBudget(
            f"{name}-budget",
            metadata=kubernetes.meta.v1.ObjectMetaArgs(name=KUBERAY_CHART.name, namespace=settings.namespace),
            # The chart has no budget; the labels are those of its Deployment.
            spec={
                "max_unavailable": 1,
                "selector": {
                    "match_labels": {
                        "app.kubernetes.io/name": KUBERAY_CHART.name,
                        "app.kubernetes.io/instance": KUBERAY_CHART.name,
                    }
                },
            },
            opts=pulumi.ResourceOptions(parent=self, depends_on=[operator]),
        )
        self.namespace = pulumi.Output.from_input(settings.namespace)
        self.version = pulumi.Output.from_input(KUBERAY_CHART.version)
        self.register_outputs({"namespace": self.namespace, "version": self.version})


def chart_values(settings: KubeRayOperatorSettings) -> dict[str, Any]:
    """Return the values of the chart, which ``helm-chart/kuberay-operator/values.yaml`` in its repository describes."""
    values: dict[str, Any] = {
        "image": {"repository": settings.mirror.image(KUBERAY_IMAGE), "tag": KUBERAY_TAG},
        "replicas": settings.replicas,
        # Of several replicas one holds the lease, so that no two act on the same object.
        "leaderElectionEnabled": True,
        "resources": RESOURCES,
        "singleNamespaceInstall": settings.namespaced_permissions,
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
    return chart_problems([KUBERAY_CHART], settings.mirror, names, unpacked=settings.install_crds)


RULES = (
    Rule(("namespaced_permissions", "watch_namespaces"), _permissions),
    Rule(("mirror", "install_crds"), _charts),
)


def _checked(name: str, args: KubeRayOperatorArgs) -> KubeRayOperatorSettings:
    reading = read(KubeRayOperatorSettings, args, PYTHON_NAMES)
    problems = [*reading.problems, *broken_rules(RULES, reading.settings, PYTHON_NAMES, reading.unusable)]
    if problems:
        raise InvalidSettingsError(f"KubeRayOperator {name}", problems)
    return reading.settings
