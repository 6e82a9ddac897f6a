"""The program as Pulumi runs it, with each stack file."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from neuronserve.plan.errors import PlanError
from neuronserve.plan.plan import Plan
from neuronserve.plan.program import synthesise
from neuronserve.serving.settings import EngineSettings
from tests.destroy_order import assert_destroyed_before
from tests.project import ROOT, project_with, values_of

STACKS = sorted(file.name.split(".")[1] for file in (ROOT / "stacks").glob("Pulumi.*.yaml"))


def test_there_are_these_stacks() -> None:
    assert STACKS == ["inf2-48xlarge", "inf2-8xlarge", "inf2-and-trn1", "local", "trn1-32xlarge"]


@pytest.mark.parametrize("stack", STACKS)
def test_a_stack_serves_its_models(plan_of: Callable[[str], Plan], stack: str) -> None:
    plan = plan_of(stack)
    services = values_of(stack)["services"]
    provider = plan.resource("pulumi:providers:kubernetes")
    assert provider.inputs["enableServerSideApply"] in (True, "true")
    objects = [resource for resource in plan.resources if resource.type.startswith("kubernetes:")]
    assert objects
    assert all((resource.provider or "").startswith(provider.urn) for resource in objects)
    assert {service.name for service in plan.of_type("neuronserve:index:LlmService")} == services.keys()
    assert plan.outputs["apiKeys"] == dict.fromkeys(services, "[secret]")
    assert plan.outputs["services"].keys() == services.keys()
    for name, values in services.items():
        ray_service = plan.resource("kubernetes:ray.io/v1:RayService", f"{name}-ray-service").inputs
        assert ray_service["metadata"]["name"] == name
        (application,) = yaml.safe_load(ray_service["spec"]["serveConfigV2"])["applications"]
        settings = EngineSettings.model_validate(application["args"])
        assert settings.model == values["model"]["name"]
        assert settings.max_num_seqs == values["model"]["maxNumSeqs"]
        assert plan.outputs["services"][name] == {
            "namespace": "vllm",
            "headService": values.get("headServiceName", name),
            "serveService": f"{name}-serve-svc",
            "endpoint": f"http://{name}-serve-svc.vllm.svc.cluster.local:8000/v1",
            "modelName": settings.model,
            "image": values["image"],
        }


def test_one_warning_says_that_the_endpoint_is_private(plan_of: Callable[[str], Plan], tmp_path: Path) -> None:
    (warning,) = plan_of("inf2-8xlarge").diagnostics
    assert warning.startswith("warning: The API server of the cluster can be reached from inside the VPC alone.")
    assert not plan_of("local").diagnostics
    public = {"cluster": {"endpointPublicAccess": True, "publicAccessCidrs": ["203.0.113.7/32"]}}
    assert not synthesise(project_with(tmp_path, values_of("inf2-8xlarge") | public), "test").diagnostics


NODE_POOL = "kubernetes:karpenter.sh/v1:NodePool"
AWS_STACKS = [stack for stack in STACKS if stack != "local"]


@pytest.mark.parametrize("stack", AWS_STACKS)
def test_an_aws_stack_has_a_network_and_a_cluster(plan_of: Callable[[str], Plan], stack: str) -> None:
    plan = plan_of(stack)
    provider = plan.resource("pulumi:providers:aws")
    tags = json.loads(provider.inputs["defaultTags"])["tags"]
    assert tags == {"project": "neuronserve", "stack": stack}
    in_aws = [resource for resource in plan.resources if resource.type.startswith(("aws:", "eks:"))]
    assert {resource.provider for resource in in_aws if resource.custom} == {provider.urn}
    assert plan.outputs["clusterName"] == f"neuronserve-{stack}"
    assert plan.outputs["kubeconfig"] == "[secret]"
    for kind in ("private", "public", "intra"):
        assert len(plan.outputs[f"{kind}SubnetIds"]) == 2
    assert plan.outputs["nodePools"] == [pool.inputs["metadata"]["name"] for pool in plan.of_type(NODE_POOL)]
    assert sorted(plan.outputs["addOns"]) == ["cloudWatch", "karpenter", "kubeRay", "neuron"]
    cluster = plan.resource("eks:index:Cluster").urn
    # What is in the cluster goes before its nodes do.
    nodes = plan.resource("aws:eks/nodeGroup:NodeGroup").urn
    kubernetes_provider = plan.resource("pulumi:providers:kubernetes")
    assert {cluster, nodes} <= set(kubernetes_provider.dependencies)


def test_a_local_stack_has_nothing_in_aws(plan_of: Callable[[str], Plan]) -> None:
    plan = plan_of("local")
    assert not [resource for resource in plan.resources if resource.type.startswith(("aws:", "eks:"))]
    assert not plan.of_type("pulumi:providers:aws")
    assert "clusterName" not in plan.outputs


def test_network_and_cluster_can_be_protected(tmp_path: Path) -> None:
    values = values_of("inf2-8xlarge") | {"protect": True, "tags": {"team": "search"}}
    plan = synthesise(project_with(tmp_path, values), "test")
    protected = {resource.type for resource in plan.resources if resource.protect}
    assert {"aws:ec2/vpc:Vpc", "eks:index:Cluster", "aws:eks/nodeGroup:NodeGroup"} <= protected
    assert not any(resource.protect for resource in plan.resources if resource.type.startswith("kubernetes:"))
    assert json.loads(plan.resource("pulumi:providers:aws").inputs["defaultTags"])["tags"]["team"] == "search"


def test_the_cluster_can_be_chosen(tmp_path: Path) -> None:
    existing = {"kubeconfig": "/some/kubeconfig", "context": "kind-kind"}
    values = values_of("local") | {"cluster": {"existing": existing}}
    provider = synthesise(project_with(tmp_path, values), "test").resource("pulumi:providers:kubernetes")
    assert provider.inputs["kubeconfig"] == "/some/kubeconfig"
    assert provider.inputs["context"] == "kind-kind"


def test_an_eks_cluster_that_is_there_is_found_by_its_name(tmp_path: Path) -> None:
    values = values_of("inf2-8xlarge") | {"cluster": {"existing": {"name": "theirs"}}}
    del values["network"]
    plan = synthesise(project_with(tmp_path, values), "test")
    assert not [resource for resource in plan.resources if resource.type.startswith(("aws:", "eks:"))]
    assert plan.outputs["clusterName"] == "theirs"
    assert plan.resource("pulumi:providers:kubernetes").inputs["kubeconfig"] == "[secret]"


def test_add_ons_can_be_had_on_a_cluster_that_is_there(tmp_path: Path) -> None:
    values = values_of("inf2-8xlarge") | {
        "cluster": {"existing": {"name": "theirs"}},
        "addOns": {"karpenter": True, "neuron": True, "kubeRay": True},
    }
    del values["network"]
    plan = synthesise(project_with(tmp_path, values), "test")
    assert plan.resource("kubernetes:karpenter.sh/v1:NodePool", "inferentia-inf2-node-pool")
    releases = plan.of_type("kubernetes:helm.sh/v3:Release")
    assert len(releases) == 3
    # Such a cluster has no nodes with the label of ours.
    assert not [release for release in releases if "neuronserve.io/nodes" in json.dumps(release.inputs["values"])]
    assert not plan.of_type("aws:eks/addon:Addon")


def test_a_local_cluster_can_get_kuberay(tmp_path: Path) -> None:
    plan = synthesise(project_with(tmp_path, values_of("local") | {"addOns": {"kubeRay": True}}), "test")
    operator = plan.resource("kubernetes:helm.sh/v3:Release")
    assert "nodeSelector" not in operator.inputs["values"]
    assert_destroyed_before(plan, plan.of_type("kubernetes:ray.io/v1:RayService"), [operator])


def test_charts_and_images_come_from_a_mirror(tmp_path: Path) -> None:
    values = values_of("inf2-8xlarge") | {"mirror": {"registry": "example.com/mirror"}}
    plan = synthesise(project_with(tmp_path, values), "test")
    for release in plan.of_type("kubernetes:helm.sh/v3:Release"):
        assert release.inputs["chart"].startswith("oci://example.com/mirror/")
        assert release.inputs["version"]
    (tmp_path / "missing").mkdir()
    values = values_of("inf2-8xlarge") | {"mirror": {"chartDirectory": "charts"}}
    with pytest.raises(PlanError, match=r"neuronserve:mirror.chartDirectory is 'charts', which has no chart karpenter"):
        synthesise(project_with(tmp_path / "missing", values), "test")


def test_the_pools_are_those_of_the_instance_types(plan_of: Callable[[str], Plan]) -> None:
    names = {
        stack: sorted(pool.inputs["metadata"]["name"] for pool in plan_of(stack).of_type(NODE_POOL))
        for stack in AWS_STACKS
    }
    assert names == {
        "inf2-48xlarge": ["default", "inferentia-inf2"],
        "inf2-8xlarge": ["default", "inferentia-inf2"],
        "inf2-and-trn1": ["default", "inferentia-inf2", "trainium-trn1"],
        "trn1-32xlarge": ["default", "trainium-trn1"],
    }


def test_subnets_that_are_there_can_be_used(tmp_path: Path) -> None:
    existing = {"vpcId": "vpc-1", "privateSubnetIds": ["subnet-1", "subnet-2"]}
    values = values_of("inf2-8xlarge") | {"network": {"existing": existing}}
    plan = synthesise(project_with(tmp_path, values), "test")
    assert not plan.of_type("aws:ec2/vpc:Vpc")
    assert plan.resource("eks:index:Cluster").inputs["subnetIds"] == ["subnet-1", "subnet-2"]
    assert plan.resource("aws:eks/nodeGroup:NodeGroup").inputs["subnetIds"] == ["subnet-1", "subnet-2"]


def test_a_stack_that_does_not_fit_ends_with_one_message_and_no_plan(tmp_path: Path) -> None:
    values = values_of("inf2-8xlarge")
    values["services"]["vllm-llama3-inf2"]["model"] |= {"maxModelLen": 8192, "maxNumSeqs": 16}
    with pytest.raises(PlanError) as caught:
        synthesise(project_with(tmp_path, values), "test")
    message = str(caught.value)
    assert message.startswith(
        "Stack test cannot be deployed: 1 problem.\n  1. neuronserve:services.vllm-llama3-inf2.model.maxNumSeqs is 16, "
    )
    assert "15.5 of 16 G" in message


def test_five_different_mistakes_are_in_one_message(tmp_path: Path) -> None:
    values = values_of("inf2-8xlarge")
    service = values["services"]["vllm-llama3-inf2"]
    service |= {
        "serviceName": "Llama_3",
        "instanceTyp": "inf2.8xlarge",
        "replicas": {"min": 2, "max": 1},
        "requireApiKey": "perhaps",
    }
    service["model"] |= {"maxModelLen": 8192, "maxNumSeqs": 16}
    with pytest.raises(PlanError) as caught:
        synthesise(project_with(tmp_path, values), "test")
    message = str(caught.value)
    for setting in ("serviceName", "instanceTyp", "replicas.min", "requireApiKey", "model.maxNumSeqs"):
        assert f"neuronserve:services.vllm-llama3-inf2.{setting} is " in message
