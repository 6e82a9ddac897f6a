"""A program of somebody else's, made of components and of what they give alone (tests/programs/composed)."""

from pathlib import Path

import pytest
import yaml

from neuronserve.plan.plan import Plan, Resource
from neuronserve.plan.program import synthesise
from tests.destroy_order import assert_destroyed_before, leans_on

PROGRAM = Path(__file__).resolve().parents[1] / "programs" / "composed"
RELEASE = "kubernetes:helm.sh/v3:Release"
RAY_SERVICE = "kubernetes:ray.io/v1:RayService"
NODE_CLASS = "kubernetes:karpenter.k8s.aws/v1:EC2NodeClass"
NODE_POOL = "kubernetes:karpenter.sh/v1:NodePool"


@pytest.fixture(scope="module")
def plan() -> Plan:
    return synthesise(PROGRAM, "dev")


def below(plan: Plan, component: str) -> list[Resource]:
    top = plan.resource(f"neuronserve:index:{component}").urn
    return [one for one in plan.resources if one.parent == top and one.custom]


def test_what_goes_from_one_to_the_next_arrives(plan: Plan) -> None:
    nodes = plan.resource("aws:eks/nodeGroup:NodeGroup").inputs
    assert nodes["version"] == "1.36"
    subnets = {one.name: one for one in plan.of_type("aws:ec2/subnet:Subnet")}
    private = [one for name, one in subnets.items() if name.startswith("net-private")]
    assert nodes["subnetIds"] == [f"${{{one.urn}.id}}" for one in private]
    assert private[0].inputs["cidrBlock"] == "10.20.0.0/20"
    values = plan.resource(RELEASE, "karpenter-chart").inputs["values"]
    assert values["settings"]["clusterName"] == plan.outputs["clusterName"] == "eks-dev"
    assert values["settings"]["clusterEndpoint"]
    assert plan.outputs["region"] == "us-west-2"
    (service,) = plan.of_type(RAY_SERVICE)
    (application,) = yaml.safe_load(service.inputs["spec"]["serveConfigV2"])["applications"]
    assert application["args"]["model"] == "NousResearch/Meta-Llama-3-8B-Instruct"
    assert application["args"]["max_num_seqs"] == 8


def test_nodes_find_the_subnets_by_the_tag_that_these_have(plan: Plan) -> None:
    tag = "karpenter.sh/discovery"
    subnets = [one.inputs["tags"] for one in plan.of_type("aws:ec2/subnet:Subnet")]
    (value,) = {tags[tag] for tags in subnets if tag in tags}
    for one in plan.of_type(NODE_CLASS):
        assert one.inputs["spec"]["subnetSelectorTerms"] == [{"tags": {tag: value}}]


def test_what_needs_a_way_out_of_the_network_has_it_to_the_end(plan: Plan) -> None:
    ways = [
        one
        for one in plan.resources
        if one.type in ("aws:ec2/route:Route", "aws:ec2/natGateway:NatGateway")
        or (one.type == "aws:ec2/routeTableAssociation:RouteTableAssociation" and "private" in one.name)
    ]
    assert len(ways) >= 6
    assert_destroyed_before(plan, [plan.resource("aws:eks/nodeGroup:NodeGroup"), *plan.of_type(NODE_CLASS)], ways)


def test_pools_wait_for_karpenter_and_go_before_it(plan: Plan) -> None:
    pools = [*plan.of_type(NODE_CLASS), *plan.of_type(NODE_POOL)]
    karpenter = [one for one in below(plan, "Karpenter") if one.type == RELEASE or "crds" in one.name]
    assert_destroyed_before(plan, pools, karpenter)


def test_everything_in_the_cluster_goes_before_its_nodes(plan: Plan) -> None:
    in_cluster = [one for one in plan.resources if one.type.startswith("kubernetes:")]
    assert_destroyed_before(plan, in_cluster, [plan.resource("aws:eks/nodeGroup:NodeGroup")])


def test_who_uses_the_endpoint_waits_for_the_model_to_answer(plan: Plan) -> None:
    client = plan.resource("kubernetes:core/v1:ConfigMap", "of-a-client")
    assert plan.resource(RAY_SERVICE).urn in leans_on(plan)[client.urn]
    assert client.inputs["data"] == {"OPENAI_BASE_URL": "http://llama-serve-svc.llms.svc.cluster.local:8000/v1"}


def test_the_service_of_a_head_is_called_after_its_component(plan: Plan) -> None:
    assert "llama" in {one.inputs["metadata"]["name"] for one in plan.of_type("kubernetes:core/v1:Service")}


def test_the_provider_has_what_the_components_rely_on(plan: Plan) -> None:
    provider = plan.resource("pulumi:providers:kubernetes", "in-cluster").inputs
    flags = {name: provider[name] for name in ("enableServerSideApply", "enableSecretMutable", "upsertExistingObjects")}
    assert flags == dict.fromkeys(flags, "true")
