from collections.abc import Callable
from typing import Any, cast

import pulumi
import pytest
from pydantic.alias_generators import to_camel

from neuronserve.components.add_ons.registry import ADD_ONS
from neuronserve.components.cluster.existing_cluster import ExistingCluster
from neuronserve.components.platform.args import NeuronPlatformArgs
from neuronserve.components.platform.neuron_platform import NeuronPlatform
from neuronserve.plan.plan import Plan
from neuronserve.plan.program import run
from neuronserve.settings import InvalidSettingsError
from tests.components.every_component import EKS
from tests.destroy_order import assert_destroyed_before

NODE_POOL = "kubernetes:karpenter.sh/v1:NodePool"
RELEASE = "kubernetes:helm.sh/v3:Release"
NODE_CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
POOLS = {"inferentia-inf2": {"instance_types": ["inf2.8xlarge"], "max_nodes": 2}}
OWN = EKS | {"discovery_tag": "llm", "system_nodes": True}
ALL = {add_on.name: True for add_on in ADD_ONS}
COMPONENTS = {
    "neuron": "NeuronOperator",
    "kube_ray": "KubeRayOperator",
    "efa": "EfaDevicePlugin",
    "cloud_watch": "CloudWatchObservability",
    "load_balancer_controller": "LoadBalancerController",
    "karpenter": "Karpenter",
}


def deploy(args: dict[str, Any] | Callable[[], dict[str, Any]]) -> Plan:
    def program() -> None:
        platform = NeuronPlatform("platform", cast(NeuronPlatformArgs, args() if callable(args) else args))
        for name, output in platform.exports.items():
            pulumi.export(name, output)

    return run(program)


def problems(args: dict[str, Any]) -> list[str]:
    with pytest.raises(InvalidSettingsError) as caught:
        NeuronPlatform("platform", cast(NeuronPlatformArgs, args))
    return caught.value.problems


def made(plan: Plan) -> set[str]:
    return {name for name, component in COMPONENTS.items() if plan.of_type(f"neuronserve:index:{component}")}


@pytest.mark.parametrize(
    ("args", "expected"),
    [
        ({}, set()),
        ({"eks": EKS}, set()),
        ({"eks": OWN}, {"kube_ray", "cloud_watch", "karpenter"}),
        ({"eks": OWN, "node_pools": POOLS}, {"neuron", "kube_ray", "cloud_watch", "karpenter"}),
        ({"eks": OWN, "add_ons": {"cloud_watch": False, "efa": True}}, {"kube_ray", "karpenter", "efa"}),
        ({"eks": EKS, "add_ons": ALL}, set(ALL)),
        ({"add_ons": {"neuron": True, "kube_ray": True}}, {"neuron", "kube_ray"}),
    ],
    ids=["nothing known", "there already", "own", "own with chips", "chosen", "all", "any Kubernetes"],
)
def test_what_is_made_follows_from_the_cluster_and_what_is_chosen(args: dict[str, Any], expected: set[str]) -> None:
    plan = deploy(args)
    assert made(plan) == expected
    assert plan.outputs["addOns"] == [to_camel(add_on.name) for add_on in ADD_ONS if add_on.name in expected]
    assert (plan.outputs.get("workerRoleArn") is not None) is ("karpenter" in expected)


def test_every_add_on_is_there_before_karpenter_and_goes_after_it_and_its_pools() -> None:
    plan = deploy({"eks": OWN | {"system_nodes": False}, "add_ons": ALL, "node_pools": POOLS})
    by_component = {name: [plan.resource(f"neuronserve:index:{component}")] for name, component in COMPONENTS.items()}
    karpenter = by_component.pop("karpenter")
    releases = [resource for resource in plan.resources if resource.parent == karpenter[0].urn and resource.custom]
    operators = [resource for found in by_component.values() for resource in found]
    assert_destroyed_before(plan, [plan.resource(NODE_POOL), plan.resource(NODE_CLASS)], [*karpenter, *releases])
    assert_destroyed_before(plan, [plan.resource(NODE_POOL), *releases], operators)


def test_a_platform_of_ones_own_cluster_that_is_found() -> None:
    """The way of a program that has a cluster already: all that it knows of it are Outputs."""

    def args() -> dict[str, Any]:
        cluster = ExistingCluster("cluster", {"name": "theirs"})
        return {
            "eks": {
                "name": "theirs",
                "arn": cluster.arn,
                "region": "us-west-2",
                "vpc_id": cluster.vpc_id,
                "security_group_ids": [cluster.node_security_group_id],
                "subnet_ids": pulumi.Output.from_input(["subnet-1", "subnet-2"]),
            },
            "add_ons": {"neuron": True, "karpenter": True, "load_balancer_controller": True},
            "node_pools": POOLS,
            "tags": {"team": pulumi.Output.from_input("a")},
        }

    plan = deploy(args)
    assert made(plan) == {"neuron", "karpenter", "load_balancer_controller"}
    (pool,) = plan.of_type("neuronserve:index:NodePool")
    assert (pool.name, plan.outputs["nodePools"]) == ("inferentia-inf2", ["inferentia-inf2"])
    spec = plan.resource(NODE_CLASS).inputs["spec"]
    assert spec["securityGroupSelectorTerms"] == [{"id": "sg-of-theirs"}]
    assert spec["subnetSelectorTerms"] == [{"id": "subnet-1"}, {"id": "subnet-2"}]
    assert spec["tags"] == {"Name": "karpenter-inferentia-inf2", "team": "a"}
    assert spec["instanceProfile"] == plan.outputs["instanceProfileName"]
    assert plan.resource(NODE_POOL).inputs["spec"]["limits"]["aws.amazon.com/neuron"] == "2"
    values = plan.resource("kubernetes:helm.sh/v3:Release", "platform-load-balancer-controller-chart").inputs["values"]
    assert values["vpcId"] == "vpc-of-theirs"
    # Nothing has system nodes there: whatever runs the cluster goes anywhere.
    for release in plan.of_type("kubernetes:helm.sh/v3:Release"):
        assert "neuronserve.io/nodes" not in str(release.inputs["values"])


def test_a_pool_for_models_that_span_nodes_has_their_adapters() -> None:
    pools = {
        "trainium-trn1": {"instance_types": ["trn1.32xlarge"], "max_nodes": 2},
        "inferentia-inf2": {"instance_types": ["inf2.48xlarge"], "max_nodes": 2},
    }
    classes = deploy({"eks": OWN, "add_ons": {"efa": True}, "node_pools": pools}).of_type(NODE_CLASS)
    with_efa = {one.inputs["metadata"]["name"] for one in classes if "networkInterfaces" in one.inputs["spec"]}
    assert with_efa == {"trainium-trn1"}


def test_device_plugins_tolerate_what_neuron_nodes_are_tainted_with() -> None:
    team = {"key": "team", "operator": "Exists"}
    add_ons = {"neuron": True, "efa": True}
    plan = deploy({"eks": OWN, "add_ons": add_ons, "neuron_tolerations": [team]})
    values = {one.inputs["chart"].rpartition("/")[2]: one.inputs["values"] for one in plan.of_type(RELEASE)}
    assert values["neuron-helm-chart"]["devicePlugin"]["tolerations"][-1] == team
    assert values["aws-efa-k8s-device-plugin"]["tolerations"][-1] == team
    (problem,) = problems({"neuron_tolerations": [{"key": "team", "operator": "Is"}]})
    assert problem.startswith("neuron_tolerations has {key: team, operator: Is}: its operator should be Equal")


def test_a_pool_less_changes_nothing_of_the_others() -> None:
    two = {**POOLS, "default": {"instance_types": ["m7i.xlarge"], "max_nodes": 2}}
    before, after = (
        {resource.urn: resource.inputs for resource in deploy({"eks": OWN, "node_pools": pools}).resources}
        for pools in (two, POOLS)
    )
    gone = before.keys() - after.keys()
    assert {urn.rpartition("::")[2].partition("-")[0] for urn in gone} == {"default"}
    assert {urn: before[urn] for urn in after} == after


def test_what_needs_eks_is_refused_elsewhere_each_by_name() -> None:
    assert problems({"add_ons": ALL}) == [
        f"add_ons.{add_on.name} is true, and it needs an EKS cluster, which this one is not known to be. "
        "Remove it, or name the EKS cluster."
        for add_on in ADD_ONS
        if add_on.requires_eks
    ]


def test_karpenter_is_refused_for_a_cluster_whose_name_its_queue_cannot_have() -> None:
    long = OWN | {"name": "a" * 81}
    (problem,) = problems({"eks": long})
    assert problem.startswith("eks.name is 'aaa")
    assert problem.endswith("whose name SQS limits to 80 characters: set add_ons.karpenter to false.")
    assert deploy({"eks": long, "add_ons": {"karpenter": False}})


def test_pools_without_karpenter_are_refused() -> None:
    for args in ({}, {"eks": EKS | {"discovery_tag": "llm"}}, {"eks": OWN, "add_ons": {"karpenter": False}}):
        (problem,) = problems(args | {"node_pools": POOLS})
        assert problem.startswith("node_pools holds inferentia-inf2, and add_ons.karpenter is not true")


@pytest.mark.parametrize(
    ("pools", "expected"),
    [
        ({"a": {}}, ["node_pools.a.instance_types is not set", "node_pools.a.max_nodes is not set"]),
        ({"a": {"instance_types": ["inf3.large"], "max_nodes": 1}}, ["node_pools.a.instance_types holds inf3.large"]),
        ({"Big": POOLS["inferentia-inf2"]}, ["A name in node_pools is 'Big'"]),
        (
            POOLS | {"b": {"instance_types": ["m7i.xlarge"], "max_nodes": 0, "ami_alias": "latest", "disk": 1}},
            ["node_pools.b.max_nodes is 0", "node_pools.b.disk is unknown", "node_pools.b.ami_alias is 'latest'"],
        ),
        (
            {"a": {"instance_types": ["m7i.xlarge"], "max_nodes": 0}, "b": {"instance_types": ["m7i.xlarge"]}},
            ["node_pools.a.max_nodes is 0", "node_pools.b.max_nodes is not set"],
        ),
    ],
)
def test_a_mistake_in_a_pool_is_found_where_it_was_written(pools: dict[str, Any], expected: list[str]) -> None:
    found = problems({"eks": OWN, "node_pools": pools})
    assert len(found) == len(expected)
    for problem, start in zip(sorted(found), sorted(expected), strict=True):
        assert problem.startswith(start)


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ({}, "eks.discovery_tag is not set"),
        ({"discovery_tag": "llm", "subnet_ids": ["subnet-1"]}, "eks.discovery_tag and eks.subnet_ids are both set"),
        ({"subnet_ids": []}, "eks.subnet_ids is empty"),
        ({"discovery_tag": "llm", "security_group_ids": []}, "eks.security_group_ids is empty"),
    ],
)
def test_where_the_nodes_of_pools_are_is_said_once(where: dict[str, Any], expected: str) -> None:
    args = {"eks": EKS | where, "add_ons": {"karpenter": True}}
    (problem,) = problems(args | {"node_pools": POOLS})
    assert problem.startswith(expected)
    assert made(deploy(args)) == {"karpenter"}
