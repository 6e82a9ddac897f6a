"""Stacks with several services, with none, and with services that go by another name."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from neuronserve.plan.plan import Plan
from neuronserve.plan.program import synthesise
from neuronserve.review.placement import placements
from tests.destroy_order import assert_destroyed_before
from tests.project import ROOT, project_with, values_of
from tests.stack.reading import AWS, LLAMA, LOCAL, SMALL, problems_of

NAMESPACE = "kubernetes:core/v1:Namespace"
STASH = "pulumi:index:Stash"
SERVICE = "kubernetes:core/v1:Service"
RAY_SERVICE = "kubernetes:ray.io/v1:RayService"
NODE_POOL = "kubernetes:karpenter.sh/v1:NodePool"


def plan_of(directory: Path, values: dict[str, Any]) -> Plan:
    return synthesise(project_with(directory, values), "test")


def places(plan: Plan) -> list[tuple[str, str, str]]:
    """Return kind, namespace and name of all objects of the services."""
    return sorted(
        (resource.type, resource.inputs["metadata"].get("namespace", ""), resource.inputs["metadata"]["name"])
        for resource in plan.resources
        if ("LlmService$" in resource.urn or resource.type == NAMESPACE) and resource.type != STASH
    )


def test_two_services_of_defaults_are_side_by_side_in_one_namespace(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, LOCAL | {"services": {"one": SMALL, "two": SMALL}})
    found = places(plan)
    assert len(found) == len(set(found)) == 17
    assert [place for place in found if place[0] == NAMESPACE] == [(NAMESPACE, "", "vllm")]
    assert {namespace for kind, namespace, _ in found if kind != NAMESPACE} == {"vllm"}
    assert [name for kind, _, name in found if kind in (SERVICE, RAY_SERVICE)] == ["one", "two", "one", "two"]
    for name in ("one", "two"):
        service = plan.resource(SERVICE, f"vllm/{name}").inputs["spec"]
        spec = plan.resource(RAY_SERVICE, f"{name}-ray-service").inputs["spec"]["rayClusterConfig"]
        assert service["selector"].items() <= spec["headGroupSpec"]["template"]["metadata"]["labels"].items()
        assert service["selector"]["app.kubernetes.io/instance"] == name


def test_two_services_of_one_name_can_be_in_two_namespaces(tmp_path: Path) -> None:
    services = {
        "blue": SMALL | {"serviceName": "llm", "headServiceName": "vllm", "namespace": "blue"},
        "green": SMALL | {"serviceName": "llm", "headServiceName": "vllm", "namespace": "green"},
    }
    plan = plan_of(tmp_path, LOCAL | {"services": services})
    found = places(plan)
    assert len(found) == len(set(found)) == 18
    assert [name for kind, _, name in found if kind == NAMESPACE] == ["blue", "green"]
    assert {(namespace, name) for kind, namespace, name in found if kind == RAY_SERVICE} == {
        ("blue", "llm"),
        ("green", "llm"),
    }
    assert plan.outputs["services"]["green"]["endpoint"] == "http://llm-serve-svc.green.svc.cluster.local:8000/v1"
    for service in plan.of_type("neuronserve:index:LlmService"):
        namespace = plan.resource(NAMESPACE, f"{service.name}-namespace")
        assert_destroyed_before(plan, [one for one in plan.resources if one.parent == service.urn], [namespace])


def test_a_namespace_admits_what_the_most_demanding_of_its_services_needs(tmp_path: Path) -> None:
    def service(namespace: str, **context: Any) -> dict[str, Any]:
        return SMALL | {"namespace": namespace, "worker": {"securityContext": context}}

    services = {
        "one": service("shared", runAsUser=0, capabilities={"add": ["IPC_LOCK"]}),
        "two": service("shared", runAsUser=0),
        "three": service("own"),
    }
    plan = plan_of(tmp_path, LOCAL | {"services": services})
    labels = {one.inputs["metadata"]["name"]: one.inputs["metadata"]["labels"] for one in plan.of_type(NAMESPACE)}
    enforced = {name: of["pod-security.kubernetes.io/enforce"] for name, of in labels.items()}
    assert enforced == {"shared": "privileged", "own": "restricted"}


def test_a_stack_without_services_is_a_platform_alone(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, {"aws:region": "us-west-2"})
    assert not places_of_services(plan)
    assert plan.outputs["services"] == plan.outputs["apiKeys"] == {}
    assert plan.outputs["nodePools"] == ["default"]
    assert plan.outputs["addOns"] == ["kubeRay", "cloudWatch", "karpenter"]
    assert plan.resource("eks:index:Cluster")


def test_a_platform_can_be_alone_on_a_cluster_that_is_there(tmp_path: Path) -> None:
    for existing, region in (({}, {}), ({"name": "theirs"}, {"aws:region": "us-west-2"})):
        plan = plan_of(tmp_path, {"cluster": {"existing": existing}, **region})
        assert not places_of_services(plan)
        assert plan.outputs["addOns"] == plan.outputs["nodePools"] == []
    add_ons = {"karpenter": True, "kubeRay": True, "neuron": True}
    pools = {"trainium-trn1": {"instanceTypes": ["trn1.32xlarge"], "maxNodes": 2}}
    values = {"cluster": {"existing": {"name": "theirs"}}, "addOns": add_ons, "nodePools": pools}
    plan = plan_of(tmp_path, values | {"aws:region": "us-west-2"})
    assert plan.outputs["addOns"] == ["neuron", "kubeRay", "karpenter"]
    assert [pool.inputs["metadata"]["name"] for pool in plan.of_type(NODE_POOL)] == ["default", "trainium-trn1"]


def places_of_services(plan: Plan) -> list[tuple[str, str, str]]:
    return [place for place in places(plan) if place[1] or place[2] == "vllm"]


@pytest.mark.parametrize(
    ("one", "two", "message"),
    [
        (
            {"serviceName": "llm"},
            {"serviceName": "llm"},
            "services.one.serviceName and {}two.serviceName are both llm,",
        ),
        ({"serviceName": "two"}, {}, "services.one.serviceName and {}two.serviceName are both two, in namespace vllm."),
        (
            {"headServiceName": "vllm"},
            {"headServiceName": "vllm"},
            "services.one.headServiceName and {}two.headServiceName are both vllm, in namespace vllm. Give each a name",
        ),
        # The head Service has the service's name where it has none of its own.
        ({"headServiceName": "two"}, {}, "services.one.headServiceName and {}two.serviceName are both two, in namesp"),
        (
            {"serviceName": "llm", "namespace": "llms"},
            {"serviceName": "llm", "namespace": "llms"},
            "services.one.serviceName and {}two.serviceName are both llm, in namespace llms.",
        ),
    ],
)
def test_two_services_of_one_name_in_one_namespace_are_refused(
    one: dict[str, str], two: dict[str, str], message: str
) -> None:
    (problem,) = problems_of(LOCAL | {"services": {"one": SMALL | one, "two": SMALL | two}})
    assert problem.startswith(f"neuronserve:{message.format('neuronserve:services.')}")


@pytest.mark.parametrize(
    ("namespace", "whose"),
    [
        ("kube-system", "which belongs to Kubernetes"),
        ("kube-public", "which belongs to Kubernetes"),
        ("default", "which belongs to Kubernetes"),
        ("kuberay-operator", "which belongs to neuronserve:addOns.kubeRay"),
        ("amazon-cloudwatch", "which belongs to neuronserve:addOns.cloudWatch"),
    ],
)
@pytest.mark.parametrize("values", [LOCAL, AWS], ids=["local", "aws"])
def test_namespaces_of_others_are_refused(values: dict[str, Any], namespace: str, whose: str) -> None:
    services = {name: service | {"namespace": namespace} for name, service in values["services"].items()}
    (name,) = services
    (problem,) = problems_of(values | {"services": services})
    assert problem.startswith(f"neuronserve:services.{name}.namespace is {namespace!r}, {whose}")


def test_a_service_that_is_renamed_leaves_the_namespace_and_its_head_service_alone(tmp_path: Path) -> None:
    service = SMALL | {"headServiceName": "vllm"}
    before, after = (
        {resource.urn: resource for resource in plan_of(tmp_path, LOCAL | {"services": {name: service}}).resources}
        for name in ("before", "after")
    )
    for token in (NAMESPACE, SERVICE):
        (urn,) = (urn for urn, resource in before.items() if resource.type == token)
        assert after[urn].inputs["metadata"]["name"] == "vllm"
    assert after[urn].inputs["spec"]["selector"]["app.kubernetes.io/instance"] == "after"
    # Everything else of it is new, under names of its own: two resources of one object would be in each other's way.
    assert {before[urn].type for urn in before.keys() - after.keys()} == {
        "neuronserve:index:LlmService",
        STASH,
        "kubernetes:core/v1:Secret",
        "kubernetes:core/v1:ServiceAccount",
        "kubernetes:networking.k8s.io/v1:NetworkPolicy",
        "kubernetes:policy/v1:PodDisruptionBudget",
        RAY_SERVICE,
    }
    for urn in before.keys() - after.keys():
        assert before[urn].inputs.get("metadata", {}).get("name", "before").startswith("before")
    for urn in after.keys() - before.keys():
        assert after[urn].inputs.get("metadata", {}).get("name", "after").startswith("after")


def test_every_pod_of_two_services_has_a_pool() -> None:
    found = {
        placement.pods: (placement.pool, placement.reasons)
        for placement in placements(synthesise(ROOT, "inf2-and-trn1"))
    }
    assert found == {
        "llama3 head": ("default", {}),
        "llama3 worker inf2": ("inferentia-inf2", {}),
        "llama3-1-long head": ("default", {}),
        "llama3-1-long worker trn1": ("trainium-trn1", {}),
    }


def test_pods_of_services_that_share_a_pool_have_a_place_together(tmp_path: Path) -> None:
    values = values_of("inf2-8xlarge")
    large = LLAMA | {"instanceType": "inf2.48xlarge", "replicas": {"min": 12}}
    values["services"] |= {"second": LLAMA, "large": large}
    plan = plan_of(tmp_path, values)
    assert [placement.pods for placement in placements(plan) if placement.pool is None] == []
    (pool,) = [pool for pool in plan.of_type(NODE_POOL) if pool.inputs["metadata"]["name"] == "inferentia-inf2"]
    assert pool.inputs["spec"]["limits"]["aws.amazon.com/neuron"] == str(6 + 6 + 2 * 12)


def test_two_services_have_a_serve_configuration_each() -> None:
    plan = synthesise(ROOT, "inf2-and-trn1")
    models = {
        service.inputs["metadata"]["name"]: yaml.safe_load(service.inputs["spec"]["serveConfigV2"])["applications"][0][
            "args"
        ]["model"]
        for service in plan.of_type(RAY_SERVICE)
    }
    assert models == {
        "llama3": "NousResearch/Meta-Llama-3-8B-Instruct",
        "llama3-1-long": "meta-llama/Llama-3.1-8B-Instruct",
    }


def test_a_head_has_no_name_that_kuberay_gives_a_service_of_another() -> None:
    services = {"one": SMALL | {"headServiceName": "two-serve-svc"}, "two": SMALL}
    (problem,) = problems_of(LOCAL | {"services": services})
    assert problem.startswith("neuronserve:services.one.headServiceName is two-serve-svc, which KubeRay calls")
    elsewhere = {"one": services["one"], "two": SMALL | {"namespace": "research"}}
    assert not problems_of(LOCAL | {"services": elsewhere})
