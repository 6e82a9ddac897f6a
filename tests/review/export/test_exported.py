"""What of a plan goes into an export: all of Kubernetes, nothing secret, nothing unknown."""

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import pytest

from neuronserve.plan.errors import PlanError
from neuronserve.plan.plan import Plan
from neuronserve.plan.project import load_project
from neuronserve.review.export.exported import RELEASE, Export, exported
from neuronserve.review.export.state import State
from neuronserve.review.manifests import manifests
from tests.project import ROOT
from tests.review.export.states import CIPHERTEXT, state_of
from tests.spoilt_plan import NODE_POOL, RAY_SERVICE, spoilt, worker

AWS_STACKS = [stack for stack in load_project(ROOT).stacks if stack != "local"]
STACK = "inf2-8xlarge"


@pytest.fixture
def plan(plan_of: Callable[[str], Plan]) -> Plan:
    return plan_of(STACK)


def with_state(plan: Plan, **options: Any) -> Export:
    return exported(plan, State.from_json(state_of(plan, **options), plan, "state.json"))


def names(objects: tuple[dict[str, Any], ...]) -> list[str]:
    return [f"{one['kind']} {one['metadata']['name']}" for one in objects]


@pytest.mark.parametrize("stack", ["local", *AWS_STACKS])
def test_every_object_of_the_plan_is_in_it_once(plan_of: Callable[[str], Plan], stack: str) -> None:
    plan = plan_of(stack)
    found = with_state(plan)
    shown = [*names(found.base), *names(found.objects), *(f"Secret {one.name}" for one in found.secrets)]
    assert sorted(shown) == sorted(names(tuple(one for _, one in manifests(plan))))
    assert len(found.charts) == len(plan.of_type(RELEASE))
    assert found.stack == stack


@pytest.mark.parametrize("stack", ["local", *AWS_STACKS])
def test_nothing_in_it_is_secret_or_unknown(plan_of: Callable[[str], Plan], stack: str) -> None:
    text = json.dumps(dataclasses.asdict(with_state(plan_of(stack))))
    for sign in ("[secret]", "${urn:", CIPHERTEXT, "pulumi.com/"):
        assert sign not in text


def test_what_needs_no_chart_comes_first(plan: Plan) -> None:
    found = with_state(plan)
    assert "Namespace kuberay-operator" in names(found.base)
    assert {"RayService vllm-llama3-inf2", "NodePool default", "EC2NodeClass default"} <= {*names(found.objects)}
    assert [one.release for one in found.charts][-1] == "karpenter"
    by_name = {one.release: one for one in found.charts}
    kube_ray, karpenter = by_name["kuberay-operator"], by_name["karpenter"]
    assert (kube_ray.repository, kube_ray.chart, kube_ray.brings_crds) == (
        "https://ray-project.github.io/kuberay-helm/",
        "kuberay-operator",
        True,
    )
    assert (karpenter.repository, karpenter.chart) == (None, "oci://public.ecr.aws/karpenter/karpenter")
    assert karpenter.values["podAnnotations"] == {"neuronserve.io/pod-identity-association": "known-associationId"}
    assert all(file.endswith(".yaml") for file in found.crds)
    assert any("ray.io_rayservices" in file for file in found.crds)


def test_what_aws_made_is_filled_in(plan: Plan) -> None:
    found = with_state(plan)
    (node_class,) = (one for one in found.objects if names((one,)) == ["EC2NodeClass inferentia-inf2"])
    assert node_class["spec"]["instanceProfile"] == "known-name"
    group = "known-eksCluster.vpcConfig.clusterSecurityGroupId"
    assert node_class["spec"]["securityGroupSelectorTerms"] == [{"id": group}]
    (service,) = (one for one in found.objects if one["kind"] == "RayService")
    address = "rediss://known-primaryEndpointAddress:6379"
    assert service["spec"]["rayClusterConfig"]["gcsFaultToleranceOptions"]["redisAddress"] == address


def test_secrets_are_wanted_by_name(plan: Plan) -> None:
    assert {(one.namespace, one.name, one.keys) for one in with_state(plan).secrets} == {
        ("vllm", "vllm-llama3-inf2-api-key", ("api-key",)),
        ("vllm", "vllm-llama3-inf2-ray-token", ("auth_token",)),
        ("vllm", "vllm-llama3-inf2-redis", ("password",)),
    }


def test_without_a_state_what_is_unknown_is_refused_in_one_message(plan: Plan) -> None:
    with pytest.raises(PlanError) as refused:
        exported(plan)
    said = str(refused.value)
    assert said.startswith("Only AWS knows what stands in 6 places: ")
    assert "EC2NodeClass default needs ${InstanceProfile platform-karpenter-nodes.name}" in said
    assert f"pulumi stack export --stack {STACK} --file state.json, and add --state state.json." in said


def test_a_state_from_before_the_first_up(plan: Plan) -> None:
    state = State.from_json('{"version": 3, "deployment": {"resources": []}}', plan, "state.json")
    with pytest.raises(PlanError, match="The state has not that: `pulumi up` first, and export the state anew"):
        exported(plan, state)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "state.json is no state of a stack: write one by `pulumi stack export --stack inf2-8xlarge --file"),
        ("[]", "state.json is no state"),
        ('{"deployment": null}', "state.json is no state"),
        ('{"vpcId": "vpc-1"}', "state.json is no state"),
        (
            '{"deployment": {"resources": [{"urn": "urn:pulumi:dev::neuronserve::x::y"}]}}',
            "state.json is the state of stack dev, not of inf2-8xlarge of project neuronserve",
        ),
    ],
)
def test_what_is_no_state_of_the_stack(plan: Plan, text: str, message: str) -> None:
    with pytest.raises(PlanError, match=message):
        State.from_json(text, plan, "state.json")


def test_a_secret_where_no_secret_can_be_put_later_is_refused(plan: Plan) -> None:
    def spoil(inputs: dict[str, Any]) -> None:
        worker(inputs)["containers"][0]["env"] = [{"name": "TOKEN", "value": "[secret]"}]

    with pytest.raises(PlanError) as refused:
        with_state(spoilt(plan, RAY_SERVICE, spoil))
    assert "would hold a secret" in str(refused.value)
    assert "RayService vllm-llama3-inf2: spec.rayClusterConfig.workerGroupSpecs[0]" in str(refused.value)


def test_a_value_that_the_state_has_encrypted_is_a_secret(plan: Plan) -> None:
    with pytest.raises(PlanError) as refused:
        with_state(plan, secret=("associationId",))
    said = str(refused.value)
    assert 'the values of chart karpenter: podAnnotations["neuronserve.io/pod-identity-association"]' in said
    assert CIPHERTEXT not in said


def test_a_plan_of_others_is_exported_too(plan: Plan) -> None:
    def spoil(inputs: dict[str, Any]) -> None:
        inputs["metadata"]["annotations"] = {"team": "llm", "pulumi.com/waitFor": "condition=Ready"}

    found = with_state(spoilt(plan, NODE_POOL, spoil))
    pools = [one for one in found.objects if one["kind"] == "NodePool"]
    assert {json.dumps(one["metadata"]["annotations"]) for one in pools} == {'{"team": "llm"}'}
