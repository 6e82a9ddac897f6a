"""What a stack says of NetworkPolicies in a cluster whose network and operator are not its own."""

from pathlib import Path
from typing import Any

import pytest

from neuronserve.plan.program import synthesise
from tests.project import project_with, values_of
from tests.stack.reading import AWS, LOCAL, SMALL, read_values

EKS: dict[str, Any] = {"cluster": {"existing": {"name": "theirs"}}, "services": {"llm": SMALL}}
OPERATOR = "neuronserve:services.llm.networkPolicy.operatorNamespace"


def with_policy(values: dict[str, Any], **policy: Any) -> dict[str, Any]:
    return values | {"services": {name: one | {"networkPolicy": policy} for name, one in values["services"].items()}}


def warnings(directory: Path, values: dict[str, Any]) -> list[str]:
    diagnostics = synthesise(project_with(directory, values | {"aws:region": "us-west-2"}), "test").diagnostics
    return [one for one in diagnostics if "NetworkPolicies" in one]


def test_an_eks_cluster_that_is_there_has_to_enforce_them(tmp_path: Path) -> None:
    values = with_policy(EKS, operatorNamespace="kuberay-operator")
    (warning,) = warnings(tmp_path, values)
    assert warning == (
        "warning: The NetworkPolicies of the services have no effect unless neuronserve:cluster.existing.name, theirs, "
        'enforces them: EKS does so once the add-on vpc-cni is configured with {"enableNetworkPolicy": "true"}. '
        "Without, every pod of the cluster reaches Ray's ports."
    )
    assert not warnings(tmp_path, with_policy(EKS, enabled=False))


def test_a_cluster_of_the_stack_enforces_them(tmp_path: Path) -> None:
    plan = synthesise(project_with(tmp_path, AWS | {"aws:region": "us-west-2"}), "test")
    assert not [one for one in plan.diagnostics if "NetworkPolicies" in one]
    (network,) = [one for one in plan.of_type("aws:eks/addon:Addon") if one.inputs["addonName"] == "vpc-cni"]
    assert '"enableNetworkPolicy": "true"' in network.inputs["configurationValues"]


def test_an_operator_that_is_there_may_be_anywhere(tmp_path: Path) -> None:
    (warning,) = warnings(tmp_path, LOCAL)
    assert warning == (
        f"warning: {OPERATOR} is not set, and the KubeRay operator was there before this stack: the service lets in "
        "the one of namespace kuberay-operator and no other, and without it never gets ready where the cluster "
        f"enforces NetworkPolicies. Set {OPERATOR} to the operator's namespace, which `kubectl get pods "
        "--all-namespaces --selector app.kubernetes.io/name=kuberay-operator` says."
    )


@pytest.mark.parametrize(
    "values",
    [
        with_policy(LOCAL, operatorNamespace="ray-system"),
        with_policy(LOCAL, enabled=False),
        LOCAL | {"addOns": {"kubeRay": True}},
        values_of("local"),
    ],
    ids=["named", "without-policies", "own", "our-local"],
)
def test_nothing_is_said_where_it_is_named_or_made(tmp_path: Path, values: dict[str, Any]) -> None:
    assert not warnings(tmp_path, values)


def test_an_operator_that_the_stack_makes_cannot_be_elsewhere() -> None:
    values = with_policy(LOCAL | {"addOns": {"kubeRay": True}}, operatorNamespace="ray-system")
    _, problems = read_values(values)
    assert problems == [
        f"{OPERATOR} is 'ray-system', but this stack makes the operator, in namespace kuberay-operator, which would be "
        f"kept from the service. Remove {OPERATOR}, or neuronserve:addOns.kubeRay."
    ]
    assert not read_values(with_policy(LOCAL, operatorNamespace="ray-system"))[1]
