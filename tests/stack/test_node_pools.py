"""Which node pools a stack has: those that it names, and those that its services need."""

from pathlib import Path
from typing import Any

import pytest

from neuronserve.components.karpenter.node_pool_spec import limits
from neuronserve.components.karpenter.settings import NodePoolOptions, NodePoolSettings
from neuronserve.facts.instance_types import INSTANCE_TYPES
from neuronserve.plan.program import synthesise
from neuronserve.stack.node_pools import DEFAULT_POOL_INSTANCE_TYPES, node_pools
from tests.project import project_with, values_of
from tests.stack.reading import AWS, LLAMA, LOCAL, LONG, SMALL, problems_of, settings_of

LARGE = {"instanceType": "inf2.48xlarge", "replicas": {"min": 12, "max": 24}}
"""Of a service that needs up to two nodes, and during an upgrade four."""


def pools_of(services: dict[str, Any], **pools: Any) -> dict[str, NodePoolOptions]:
    return node_pools(settings_of(AWS | {"services": services, "nodePools": pools}))


def limits_of(pool: NodePoolOptions) -> dict[str, str]:
    return limits(
        pool.completed(
            NodePoolSettings,
            pool_name="pool",
            instance_profile_name="profile",
            security_group_ids=[],
            discovery_tag="tag",
        )
    )


def test_pools_that_services_need_are_there_by_themselves() -> None:
    pools = pools_of({"llama": LLAMA, "long": LONG, "small": SMALL})
    assert list(pools) == ["default", "inferentia-inf2", "trainium-trn1"]
    assert pools["default"].instance_types == DEFAULT_POOL_INSTANCE_TYPES
    assert (pools["inferentia-inf2"].instance_types, pools["inferentia-inf2"].max_nodes) == (["inf2.8xlarge"], 6)
    assert (pools["trainium-trn1"].instance_types, pools["trainium-trn1"].max_nodes) == (["trn1.32xlarge"], 2)


def test_without_a_service_there_is_the_default_pool_alone() -> None:
    assert list(pools_of({})) == ["default"]
    assert list(pools_of({"small": SMALL})) == ["default"]


def test_who_makes_the_pools_says_what_may_go() -> None:
    # do-not-disrupt would keep Karpenter from draining a spot or reserved node in its last two minutes.
    def do_not_disrupt(**values: Any) -> bool | None:
        return settings_of(AWS | values).services["llama"].do_not_disrupt

    assert do_not_disrupt() is False
    assert do_not_disrupt(network={}, cluster={"existing": {"name": "theirs"}}, addOns={"karpenter": False}) is True
    assert do_not_disrupt(services={"llama": LLAMA | {"doNotDisrupt": True}}) is True


def test_crds_that_an_earlier_stack_left_are_not_made_again(tmp_path: Path) -> None:
    values = values_of("inf2-8xlarge") | {"addOns": {"loadBalancerController": True}}
    crds = "kubernetes:yaml/v2:ConfigGroup"
    made = [group.name for group in synthesise(project_with(tmp_path, values), "test").of_type(crds)]
    assert made == ["platform-karpenter-crds", "platform-kube-ray-crds", "platform-load-balancer-controller-crds"]
    assert not synthesise(project_with(tmp_path, values | {"installCrds": False}), "test").of_type(crds)


def test_without_karpenter_there_is_no_pool() -> None:
    assert node_pools(settings_of(LOCAL)) == {}
    assert node_pools(settings_of({"addOns": {"karpenter": False}})) == {}


def test_a_pool_admits_an_upgrade_unless_none_starts_a_second_set() -> None:
    assert pools_of({"llama": LLAMA})["inferentia-inf2"].max_nodes == 6
    assert pools_of({"llama": LLAMA | {"upgradeStrategy": "None"}})["inferentia-inf2"].max_nodes == 3


def test_workers_that_share_a_node_need_fewer() -> None:
    shared = LLAMA | {"instanceType": "inf2.48xlarge", "worker": {"neuronChips": 4}, "replicas": {"min": 12}}
    assert pools_of({"llama": shared})["inferentia-inf2"].max_nodes == 2


def test_a_pool_of_a_family_that_says_how_is_completed() -> None:
    pools = pools_of({"llama": LLAMA}, **{"inferentia-inf2": {"capacityTypes": ["on-demand", "spot"]}})
    pool = pools["inferentia-inf2"]
    assert pool.capacity_types == ["on-demand", "spot"]
    assert (pool.instance_types, pool.max_nodes) == (["inf2.8xlarge"], 6)
    assert list(pools) == ["default", "inferentia-inf2"]


def test_a_pool_of_ones_own_that_names_the_type_takes_the_place_of_the_familys() -> None:
    pools = pools_of({"llama": LLAMA, "long": LONG}, mine={"instanceTypes": ["inf2.8xlarge"], "diskGib": 300})
    assert list(pools) == ["default", "mine", "trainium-trn1"]
    assert (pools["mine"].max_nodes, pools["mine"].disk_gib) == (6, 300)


def test_a_pool_that_nothing_needs_is_made_as_it_is_named() -> None:
    spare = {"instanceTypes": ["trn1.32xlarge"], "limits": {"cpu": "128"}}
    pools = pools_of({"llama": LLAMA}, spare=spare, other={"instanceTypes": ["m7i.xlarge"], "maxNodes": 3})
    assert list(pools) == ["default", "spare", "other", "inferentia-inf2"]
    assert limits_of(pools["spare"]) == {"cpu": "128"}
    assert limits_of(pools["other"]) == {"cpu": "12", "memory": "48Gi"}


@pytest.mark.parametrize(
    ("services", "strategy", "nodes"),
    [(0, "NewCluster", 4), (1, "NewCluster", 4), (3, "NewCluster", 12), (3, "None", 6), (10, "NewCluster", 40)],
)
def test_the_default_pool_has_room_for_the_heads_of_all_services(services: int, strategy: str, nodes: int) -> None:
    many = {f"llm-{number}": SMALL | {"upgradeStrategy": strategy} for number in range(services)}
    assert pools_of(many)["default"].max_nodes == nodes
    assert pools_of(many, default={"maxNodes": 50})["default"].max_nodes == 50


def test_limits_of_several_types_are_what_the_nodes_have_together() -> None:
    pool = pools_of({"llama": LLAMA, "large": LLAMA | LARGE})["inferentia-inf2"]
    small, large = INSTANCE_TYPES["inf2.8xlarge"], INSTANCE_TYPES["inf2.48xlarge"]
    assert pool.instance_types == ["inf2.8xlarge", "inf2.48xlarge"]
    assert limits_of(pool) == {
        "cpu": str(6 * small.vcpus + 4 * large.vcpus),
        "memory": f"{6 * small.memory_gib + 4 * large.memory_gib}Gi",
        "aws.amazon.com/neuron": str(6 * small.chips + 4 * large.chips),
    }


def test_limits_of_one_type_are_those_of_its_nodes() -> None:
    node = INSTANCE_TYPES["inf2.8xlarge"]
    expected = {"cpu": str(6 * node.vcpus), "memory": f"{6 * node.memory_gib}Gi", "aws.amazon.com/neuron": "6"}
    assert limits_of(pools_of({"llama": LLAMA})["inferentia-inf2"]) == expected


def test_limits_that_are_set_are_kept() -> None:
    services = {"llama": LLAMA, "large": LLAMA | LARGE}
    pools = pools_of(services, **{"inferentia-inf2": {"limits": {"cpu": "1000"}}})
    assert limits_of(pools["inferentia-inf2"]) == {"cpu": "1000"}


def test_two_services_together_need_more_nodes_than_there_may_be() -> None:
    services = {"first": LLAMA, "second": LLAMA | {"upgradeStrategy": "None"}}
    (problem,) = problems_of(AWS | {"services": services, "nodePools": {"inferentia-inf2": {"maxNodes": 8}}})
    assert problem == (
        "neuronserve:nodePools.inferentia-inf2.maxNodes is 8, but neuronserve:services.first and "
        "neuronserve:services.second need up to 9 inf2.8xlarge (upgradeStrategy NewCluster starts a second set of "
        "them), and the others would never start. Set it to 9 or more, or leave it out."
    )
    assert pools_of(services, **{"inferentia-inf2": {"maxNodes": 9}})["inferentia-inf2"].max_nodes == 9
    # One of them alone would do.
    (problem,) = problems_of(AWS | {"nodePools": {"inferentia-inf2": {"maxNodes": 5}}})
    assert "neuronserve:services.llama needs up to 6 inf2.8xlarge" in problem


@pytest.mark.parametrize(
    ("pools", "wrong"),
    [
        ({"inferentia-inf2": {"diskGib": 50}}, "inferentia-inf2.diskGib is 50, too small"),
        ({"default": {"diskGib": 20}}, "default.diskGib is 20, too small"),
        ({"default": {"instanceTypes": ["m5.huge"]}}, "default.instanceTypes holds m5.huge; the Ray heads' pool can"),
        ({"default": {"instanceTypes": ["inf2.8xlarge"]}}, "default.instanceTypes holds inf2.8xlarge; the Ray heads'"),
        ({"default": {"instanceTypes": ["m7i.large", "inf2.xlarge"]}}, "default.instanceTypes holds inf2.xlarge; the"),
        ({"trainium-trn1": {}}, "trainium-trn1.instanceTypes is not set, and no service needs the pool."),
        ({"inferentia-inf2": {"instanceTypes": ["inf2.xlarge"]}}, "inferentia-inf2.instanceTypes lacks inf2.8xlarge"),
        (
            {"inferentia-inf2": {}, "mine": {"instanceTypes": ["inf2.8xlarge"]}},
            "inferentia-inf2.instanceTypes is not set, and no service needs the pool.",
        ),
    ],
)
def test_a_pool_is_checked_as_it_will_be_made(pools: dict[str, Any], wrong: str) -> None:
    (problem,) = problems_of(AWS | {"nodePools": pools})
    assert problem.startswith(f"neuronserve:nodePools.{wrong}")
