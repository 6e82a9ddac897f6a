from pathlib import Path
from typing import Any, cast

import pulumi
import pytest

from neuronserve.components.add_ons.args import NeuronOperatorArgs
from neuronserve.components.add_ons.neuron import NeuronOperator, chart_values
from neuronserve.components.add_ons.settings import NeuronOperatorSettings
from neuronserve.facts.kubernetes_versions import KUBE_SCHEDULER_TAGS, KUBERNETES_VERSIONS
from neuronserve.facts.neuron import NEURON_TAINT
from neuronserve.plan.plan import Plan
from neuronserve.plan.program import run
from neuronserve.settings import InvalidSettingsError

RELEASE = "kubernetes:helm.sh/v3:Release"
BUDGET = "kubernetes:policy/v1:PodDisruptionBudget"
SYSTEM = {
    "nodeSelector": {"neuronserve.io/nodes": "system"},
    "tolerations": [{"key": "CriticalAddonsOnly", "operator": "Exists"}],
}


def deploy(**args: Any) -> Plan:
    def program() -> None:
        operator = NeuronOperator("neuron", cast(NeuronOperatorArgs, {"kubernetes_version": "1.35", **args}))
        pulumi.export("namespace", operator.namespace)
        pulumi.export("device_plugin", operator.device_plugin_name)
        pulumi.export("scheduler", operator.scheduler_name)

    return run(program)


def values(**args: Any) -> dict[str, Any]:
    return chart_values(NeuronOperatorSettings(**{"kubernetes_version": "1.35", **args}))


def test_it_is_one_release_and_a_budget_for_the_scheduler() -> None:
    plan = deploy()
    assert {(resource.type, resource.name) for resource in plan.resources} == {
        ("neuronserve:index:NeuronOperator", "neuron"),
        (RELEASE, "neuron-chart"),
        (BUDGET, "neuron-scheduler-budget"),
    }
    component = plan.resource("neuronserve:index:NeuronOperator").urn
    assert {resource.parent for resource in plan.resources if resource.urn != component} == {component}
    release = plan.resource(RELEASE).inputs
    assert release["chart"] == "oci://public.ecr.aws/neuron/neuron-helm-chart"
    assert (release["version"], release["namespace"]) == ("1.9.0", "kube-system")
    budget = plan.resource(BUDGET)
    assert budget.dependencies == [plan.resource(RELEASE).urn]
    assert budget.inputs["spec"]["maxUnavailable"] == 1
    assert plan.outputs == {
        "namespace": "kube-system",
        "device_plugin": "neuron-device-plugin",
        "scheduler": "my-scheduler",
    }


# Paths in charts/neuron-helm-chart/values.yaml of https://github.com/aws-neuron/neuron-helm-charts.
@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("scheduler.enabled", True),
        ("scheduler.nodeSelector", SYSTEM["nodeSelector"]),
        ("scheduler.tolerations", SYSTEM["tolerations"]),
        ("scheduler.customScheduler.nodeSelector", SYSTEM["nodeSelector"]),
        ("scheduler.customScheduler.tolerations", SYSTEM["tolerations"]),
        ("scheduler.customScheduler.replicaCount", 2),
        ("scheduler.customScheduler.image.repository", "public.ecr.aws/eks-distro/kubernetes/kube-scheduler"),
        ("scheduler.customScheduler.image.tag", "v1.35.8-eks-1-35-15"),
        ("scheduler.image.repository", "public.ecr.aws/neuron/neuron-scheduler"),
        ("devicePlugin.image.repository", "public.ecr.aws/neuron/neuron-device-plugin"),
        ("npd.enabled", False),
    ],
)
def test_values(path: str, expected: Any) -> None:
    found: Any = values()
    for part in path.split("."):
        found = found[part]
    assert found == expected


def test_names_that_the_chart_relies_on_are_left_alone() -> None:
    scheduler = values()["scheduler"]
    assert "replicaCount" not in scheduler  # the extension has one replica
    for key in ("fullnameOverride", "namespaceOverride", "nameOverride"):
        assert key not in scheduler
        assert key not in scheduler["customScheduler"]


# docs/contents/releases/<minor>/<release>/index.md of https://github.com/aws/eks-distro, newest release then.
@pytest.mark.parametrize(
    ("version", "tag"),
    [
        ("1.34", "v1.34.11-eks-1-34-24"),
        ("1.35", "v1.35.8-eks-1-35-15"),
        ("1.36", "v1.36.4-eks-1-36-9"),
    ],
)
def test_the_scheduler_has_the_clusters_version(version: str, tag: str) -> None:
    assert tag.startswith(f"v{version}.")
    assert values(kubernetes_version=version)["scheduler"]["customScheduler"]["image"]["tag"] == tag


def test_every_version_of_the_cluster_has_a_scheduler() -> None:
    assert KUBERNETES_VERSIONS.keys() <= KUBE_SCHEDULER_TAGS.keys()


def test_an_unknown_version_needs_a_tag_or_no_scheduler() -> None:
    with pytest.raises(
        InvalidSettingsError, match=r"kubernetes_version is 1\.37; .* known here for 1\.34, 1\.35, 1\.36"
    ):
        NeuronOperator("neuron", {"kubernetes_version": "1.37"})
    assert deploy(kubernetes_version="1.37", kube_scheduler_tag="v1.37.0-eks-1-37-1").of_type(RELEASE)
    plan = deploy(kubernetes_version="1.37", scheduler=False)
    assert plan.resource(RELEASE).inputs["values"]["scheduler"] == {"enabled": False}
    assert not plan.of_type(BUDGET)
    assert plan.outputs["scheduler"] is None


def test_the_device_plugin_tolerates_the_pools_taint_and_further_ones() -> None:
    further = {"key": "team", "operator": "Exists"}
    tolerations = values(tolerations=[further])["devicePlugin"]["tolerations"]
    assert {"key": NEURON_TAINT, "operator": "Exists", "effect": "NoSchedule"} in tolerations
    assert {"key": "CriticalAddonsOnly", "operator": "Exists"} in tolerations
    assert tolerations[-1] == further
    with pytest.raises(InvalidSettingsError, match=r"tolerations has \{key: team, effect: No\}: its effect should be"):
        NeuronOperator("neuron", {"kubernetes_version": "1.35", "tolerations": [{"key": "team", "effect": "No"}]})


def test_without_system_nodes_the_deployments_go_anywhere() -> None:
    scheduler = values(on_system_nodes=False)["scheduler"]
    for place in (scheduler, scheduler["customScheduler"]):
        assert not {"nodeSelector", "tolerations"} & place.keys()


def test_every_image_comes_from_the_mirror() -> None:
    found: list[str] = []

    def collect(value: Any) -> None:
        if isinstance(value, dict):
            found.extend([value["repository"]] if "repository" in value else [])
            for item in value.values():
                collect(item)

    collect(values(mirror={"registry": "mirror.example.com/x"}))
    assert sorted(found) == [
        "mirror.example.com/x/public.ecr.aws/eks-distro/kubernetes/kube-scheduler",
        "mirror.example.com/x/public.ecr.aws/neuron/neuron-device-plugin",
        "mirror.example.com/x/public.ecr.aws/neuron/neuron-scheduler",
    ]


def test_values_of_the_user_win() -> None:
    found = values(values={"devicePlugin": {"image": {"tag": "2.32.0.0"}}})["devicePlugin"]["image"]
    assert found == {"repository": "public.ecr.aws/neuron/neuron-device-plugin", "tag": "2.32.0.0"}


def test_all_mistakes_are_reported_before_anything_is_made(tmp_path: Path) -> None:
    args = {
        "kubernetes_version": "1.30",
        "scheduler_replicas": 0,
        "npd": True,
        "mirror": {"chart_directory": str(tmp_path)},
    }
    with pytest.raises(InvalidSettingsError) as error:
        NeuronOperator("neuron", cast(NeuronOperatorArgs, args))
    assert len(error.value.problems) == 4
