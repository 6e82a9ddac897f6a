from typing import Any

import pulumi
import pulumi_kubernetes as kubernetes
import pytest

from neuronserve.plan.annotations import check_inputs, resource_class

DEPLOYMENT = "kubernetes:apps/v1:Deployment"
SERVICE = "kubernetes:core/v1:Service"


def deployment(**spec: Any) -> dict[str, Any]:
    """Inputs of a Deployment that is right but for what the test says."""
    right = {"selector": {"matchLabels": {"app": "a"}}, "template": {"metadata": {"labels": {"app": "a"}}}}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "spec": right | spec}


@pytest.fixture(autouse=True)
def _imported() -> None:
    assert kubernetes.apps.v1.Deployment
    assert kubernetes.core.v1.Service


def test_what_is_right_passes() -> None:
    assert check_inputs(DEPLOYMENT, deployment(replicas=3, paused=False)) == []


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ({"replcas": 1}, "spec.replcas does not exist; did you mean replicas?"),
        ({"match_labels": {}}, "spec.match_labels does not exist"),
        ({"replicas": "three"}, "spec.replicas is 'three', which is not of type integer"),
        ({"replicas": 1.5}, "spec.replicas is 1.5, which is not of type integer"),
        ({"replicas": True}, "spec.replicas is True, which is not of type integer"),
        ({"paused": "no"}, "spec.paused is 'no', which is not of type boolean"),
        ({"selector": "app"}, "spec.selector is 'app', which is not a mapping"),
        ({"selector": {"matchLabels": {"app": 1}}}, "spec.selector.matchLabels.app is 1, which is not of type string"),
        ({"template": {"spec": {"containers": {}}}}, "spec.template.spec.containers is dict, which is not a list"),
        ({"template": {"spec": {"containers": [{}]}}}, "spec.template.spec.containers[0].name is missing"),
    ],
)
def test_each_mistake_is_named_with_its_path(spec: dict[str, Any], says: str) -> None:
    assert check_inputs(DEPLOYMENT, deployment(**spec)) == [says]


@pytest.mark.parametrize("port", [80, "http"])
def test_any_of_several_types_will_do(port: int | str) -> None:
    assert check_inputs(SERVICE, {"spec": {"ports": [{"port": 80, "targetPort": port}]}}) == []


def test_none_of_several_types_will_not() -> None:
    (problem,) = check_inputs(SERVICE, {"spec": {"ports": [{"port": 80, "targetPort": ["http"]}]}})
    assert problem.startswith("spec.ports[0].targetPort is list")


def test_a_choice_names_its_values() -> None:
    assert check_inputs(SERVICE, {"spec": {"type": "ClusterIP"}}) == []
    (problem,) = check_inputs(SERVICE, {"spec": {"type": 3}})
    assert problem.startswith("spec.type is 3")


@pytest.mark.parametrize(
    "value", ["[secret]", "${urn:pulumi:dev::p::a:b:C::c.id}", "x-${urn:pulumi:dev::p::a:b:C::c.id}"]
)
def test_what_is_not_known_here_may_be_of_any_type(value: str) -> None:
    assert check_inputs(DEPLOYMENT, deployment(replicas=value, selector=value)) == []


def test_types_without_a_class_and_providers_are_not_checked() -> None:
    assert check_inputs("kubernetes:ray.io/v1:RayService", {"spec": {"anything": 1}}) == []
    assert check_inputs("pulumi:providers:kubernetes", {"enableServerSideApply": "true"}) == []


def test_a_class_that_is_imported_later_is_found() -> None:
    assert resource_class("demo:index:Later") is None

    class Later(pulumi.ComponentResource):
        pulumi_type = "demo:index:Later"

    assert resource_class("demo:index:Later") is Later
