"""Pods of the system nodes, of which docs/changes.md says how many there are and what stops when they move."""

import json
from pathlib import Path
from typing import Any

import pytest

from neuronserve.plan.plan import Plan
from neuronserve.plan.program import synthesise
from tests.project import ROOT, project_with, values_of

REPLICAS = {
    "karpenter": ("replicas",),
    "kuberay-operator": ("replicas",),
    "neuron-helm-chart": ("scheduler", "customScheduler", "replicaCount"),
    "aws-load-balancer-controller": ("replicaCount",),
}
"""Where the values of each chart with a Deployment on the system nodes say how many pods it has."""
ALONE = ("Neuron's scheduler extension", "CloudWatch's controller")
BUDGETS = {"kuberay-operator", "my-scheduler"}
"""Of charts that bring none; those of the others are in their values, or on by default."""


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    values = values_of("inf2-8xlarge") | {"addOns": {"loadBalancerController": True}}
    return synthesise(project_with(tmp_path_factory.mktemp("project"), values), "test")


def at(values: Any, path: tuple[str, ...]) -> Any:
    """Return what is at a path of keys."""
    for key in path:
        values = values[key]
    return values


def on_system_nodes(values: Any) -> bool:
    return "neuronserve.io/nodes" in json.dumps(values)


def test_every_deployment_there_has_two_replicas_of_which_one_goes_at_a_time(plan: Plan) -> None:
    releases = {one.inputs["name"]: one.inputs["values"] for one in plan.of_type("kubernetes:helm.sh/v3:Release")}
    assert {name for name, values in releases.items() if on_system_nodes(values)} == REPLICAS.keys()
    for name, path in REPLICAS.items():
        assert at(releases[name], path) == 2, name
    # Karpenter's chart has both by itself, and wants them.
    for name in REPLICAS.keys() - {"karpenter"}:
        affinity = at(releases[name], (*REPLICAS[name][:-1], "affinity"))
        terms = affinity["podAntiAffinity"]["preferredDuringSchedulingIgnoredDuringExecution"]
        keys = [term["podAffinityTerm"]["topologyKey"] for term in terms]
        assert keys == ["kubernetes.io/hostname", "topology.kubernetes.io/zone"], name
    budgets = plan.of_type("kubernetes:policy/v1:PodDisruptionBudget")
    there = {one.inputs["metadata"]["name"]: one.inputs["spec"].get("maxUnavailable") for one in budgets}
    assert all(there[name] == 1 for name in BUDGETS)
    assert releases["aws-load-balancer-controller"]["podDisruptionBudget"] == {"maxUnavailable": 1}


@pytest.mark.parametrize(
    ("sizes", "replicas"),
    [({"minSize": 1}, 1), ({"minSize": 1, "desiredSize": 2}, 2), ({"minSize": 3}, 2)],
)
def test_there_are_as_many_replicas_as_have_a_node_each(tmp_path: Path, sizes: dict[str, int], replicas: int) -> None:
    values = values_of("inf2-8xlarge")
    values["addOns"] = {"loadBalancerController": True}
    values["cluster"] = values.get("cluster", {}) | {"systemNodes": sizes}
    plan = synthesise(project_with(tmp_path, values), "test")
    releases = {one.inputs["name"]: one.inputs["values"] for one in plan.of_type("kubernetes:helm.sh/v3:Release")}
    assert {name: at(releases[name], path) for name, path in REPLICAS.items()} == dict.fromkeys(REPLICAS, replicas)


def test_the_page_names_what_is_there_once() -> None:
    lines = (ROOT / "docs" / "changes.md").read_text().splitlines()
    alone = [
        line.split("|")[1].strip() for line in lines if line.startswith("|") and line.split("|")[2].startswith(" **1")
    ]
    assert tuple(alone) == ALONE


def test_eks_add_ons_with_deployments_have_the_replicas_that_can_be_set(plan: Plan) -> None:
    found = {one.inputs["addonName"]: one.inputs for one in plan.of_type("aws:eks/addon:Addon")}
    assert json.loads(found["metrics-server"]["configurationValues"])["replicas"] == 2
