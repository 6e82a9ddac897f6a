from pathlib import Path
from typing import Any, cast

import pulumi
import pytest

from neuronserve.components.add_ons.args import KubeRayOperatorArgs
from neuronserve.components.add_ons.kube_ray import POD_LABELS, KubeRayOperator, chart_values
from neuronserve.components.add_ons.settings import KubeRayOperatorSettings
from neuronserve.facts.system_nodes import apart
from neuronserve.plan.errors import ProgramError
from neuronserve.plan.plan import Plan
from neuronserve.plan.program import run
from neuronserve.settings import InvalidSettingsError

RELEASE = "kubernetes:helm.sh/v3:Release"
CRDS = "kubernetes:yaml/v2:ConfigGroup"
NAMESPACE = "kubernetes:core/v1:Namespace"
BUDGET = "kubernetes:policy/v1:PodDisruptionBudget"


def deploy(**args: Any) -> Plan:
    def program() -> None:
        operator = KubeRayOperator("kuberay", cast(KubeRayOperatorArgs, args))
        pulumi.export("namespace", operator.namespace)
        pulumi.export("version", operator.version)

    return run(program)


def values(**args: Any) -> dict[str, Any]:
    return chart_values(KubeRayOperatorSettings(**args))


def test_namespace_and_crds_come_before_the_operator_and_its_budget_after() -> None:
    plan = deploy()
    operator = plan.resource(RELEASE)
    assert set(operator.dependencies) == {plan.resource(NAMESPACE).urn, plan.resource(CRDS).urn}
    assert plan.resource(BUDGET).dependencies == [operator.urn]
    component = plan.resource("neuronserve:index:KubeRayOperator").urn
    assert {resource.parent for resource in plan.resources if resource.urn != component} == {component}
    assert {
        resource.inputs["metadata"]["namespace"] if resource.type == BUDGET else resource.inputs["namespace"]
        for resource in (operator, plan.resource(BUDGET))
    } == {"kuberay-operator"}
    assert plan.outputs == {"namespace": "kuberay-operator", "version": "1.7.0"}


def test_all_crds_come_from_the_charts_version() -> None:
    folder = "https://raw.githubusercontent.com/ray-project/kuberay/v1.7.0/helm-chart/kuberay-operator/crds"
    assert deploy().resource(CRDS).inputs["files"] == [
        f"{folder}/ray.io_rayclusters.yaml",
        f"{folder}/ray.io_raycronjobs.yaml",
        f"{folder}/ray.io_rayjobs.yaml",
        f"{folder}/ray.io_rayservices.yaml",
    ]


def test_heads_may_have_embedded_storage() -> None:
    assert values()["featureGates"] == [{"name": "GCSFaultToleranceEmbeddedStorage", "enabled": True}]


def test_crds_outlive_the_operator(registrations: dict[str, Any]) -> None:
    deploy()
    retained = {request.name for request in registrations.values() if request.retainOnDelete}
    assert retained == {"kuberay-crds"}


def test_crds_and_namespace_may_be_there_already() -> None:
    plan = deploy(install_crds=False, create_namespace=False, namespace="ray-system")
    assert not plan.of_type(CRDS)
    assert not plan.of_type(NAMESPACE)
    assert plan.resource(RELEASE).inputs["namespace"] == "ray-system"
    assert plan.resource(RELEASE).dependencies == []


def test_a_local_chart_brings_its_crds(tmp_path: Path) -> None:
    folder = tmp_path / "kuberay-operator"
    folder.mkdir()
    (folder / "Chart.yaml").write_text("version: 1.7.0\n")
    plan = deploy(mirror={"chart_directory": str(tmp_path)})
    assert plan.resource(RELEASE).inputs["chart"] == str(folder)
    assert plan.resource(CRDS).inputs["files"][0] == f"{folder}/crds/ray.io_rayclusters.yaml"


def test_an_archive_does_for_the_chart_but_not_for_the_crds(tmp_path: Path) -> None:
    (tmp_path / "kuberay-operator-1.7.0.tgz").touch()
    mirror = {"chart_directory": str(tmp_path)}
    with pytest.raises(ProgramError, match="its CRDs are read as files"):
        deploy(mirror=mirror)
    assert deploy(mirror=mirror, install_crds=False).of_type(RELEASE)


# Keys in helm-chart/kuberay-operator/values.yaml of https://github.com/ray-project/kuberay at v1.7.0.
@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("image", {"repository": "quay.io/kuberay/operator", "tag": "v1.7.0"}),
        ("replicas", 2),
        ("leaderElectionEnabled", True),
        (
            "resources",
            {"requests": {"cpu": "100m", "memory": "512Mi"}, "limits": {"cpu": "1", "memory": "1Gi"}},
        ),
        ("priorityClassName", "system-cluster-critical"),
        ("affinity", apart(POD_LABELS)),
        ("singleNamespaceInstall", False),
        ("nodeSelector", {"neuronserve.io/nodes": "system"}),
        ("tolerations", [{"key": "CriticalAddonsOnly", "operator": "Exists"}]),
    ],
)
def test_values(key: str, expected: Any) -> None:
    assert values()[key] == expected


def test_it_watches_all_namespaces_or_those_that_are_listed() -> None:
    assert "watchNamespace" not in values()
    some = values(watch_namespaces=["vllm", "team"])
    assert (some["watchNamespace"], some["singleNamespaceInstall"]) == (["vllm", "team"], False)
    assert values(watch_namespaces=["vllm"], namespaced_permissions=True)["singleNamespaceInstall"] is True


def test_permissions_in_no_namespace_are_a_mistake() -> None:
    with pytest.raises(ProgramError, match="watch_namespaces is empty"):
        deploy(namespaced_permissions=True)


def test_it_can_run_anywhere_from_a_mirror() -> None:
    found = values(on_system_nodes=False, mirror={"registry": "mirror.example.com"})
    assert not {"nodeSelector", "tolerations"} & found.keys()
    assert found["image"]["repository"] == "mirror.example.com/quay.io/kuberay/operator"


def test_the_budget_selects_the_operators_pods() -> None:
    labels = {"app.kubernetes.io/name": "kuberay-operator", "app.kubernetes.io/instance": "kuberay-operator"}
    assert deploy().resource(BUDGET).inputs["spec"] == {"maxUnavailable": 1, "selector": {"matchLabels": labels}}


def test_all_mistakes_are_reported_before_anything_is_made(tmp_path: Path) -> None:
    args = {"replica": 2, "namespaced_permissions": True, "mirror": {"chart_directory": str(tmp_path)}}
    with pytest.raises(InvalidSettingsError) as error:
        KubeRayOperator("kuberay", cast(KubeRayOperatorArgs, args))
    assert len(error.value.problems) == 3
