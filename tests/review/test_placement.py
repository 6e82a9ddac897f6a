from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuronserve.facts.quantities import quantity
from neuronserve.plan.plan import Plan
from neuronserve.plan.project import load_project
from neuronserve.review.node_pool import SUBNET
from neuronserve.review.node_sizes import whole
from neuronserve.review.placement import NODE_POOL, Placement, placements
from tests.spoilt_plan import RAY_SERVICE, spoilt, with_pool_like, with_service_like, worker

ROOT = Path(__file__).resolve().parents[2]
AWS_STACKS = [stack for stack in load_project(ROOT).stacks if stack != "local"]


@pytest.fixture(scope="module")
def inf2(plan_of: Callable[[str], Plan]) -> Plan:
    return plan_of("inf2-8xlarge")


def of_worker(plan: Plan) -> Placement:
    return next(placement for placement in placements(plan) if "worker" in placement.pods)


@pytest.mark.parametrize("stack", AWS_STACKS)
def test_every_pod_of_every_stack_has_a_place(plan_of: Callable[[str], Plan], stack: str) -> None:
    heads = [placement for placement in placements(plan_of(stack)) if placement.pods.endswith(" head")]
    workers = [placement for placement in placements(plan_of(stack)) if placement not in heads]
    assert len(heads) == len(workers)
    assert {head.pool for head in heads} == {"default"}
    pools = {"inf2": "inferentia-inf2", "trn1": "trainium-trn1"}
    for placement in workers:
        assert placement.instance_type
        family = placement.instance_type.partition(".")[0]
        assert placement.pool == pools[family]
        assert family in stack


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (lambda pod: pod.pop("tolerations"), "did not tolerate taint aws.amazon.com/neuron=true:NoSchedule"),
        (
            lambda pod: pod["containers"][0]["resources"]["requests"].update(memory="200Gi"),
            "no instance type has enough resources",
        ),
        (lambda pod: pod["nodeSelector"].update({"instance-type": "inf2"}), "no node has the label instance-type=inf2"),
        (
            lambda pod: pod["nodeSelector"].update({"node.kubernetes.io/instance-type": "inf2.8xlrage"}),
            "no node has the label node.kubernetes.io/instance-type=inf2.8xlrage",
        ),
        (
            lambda pod: pod["containers"][0]["resources"]["requests"].update({"aws.amazon.com/neuron": "2"}),
            "no instance type has enough resources",
        ),
    ],
    ids=["toleration", "memory", "label", "type", "chips"],
)
def test_a_worker_with_a_mistake_has_no_place(inf2: Plan, spoil: Callable[[Any], object], why: str) -> None:
    placement = of_worker(spoilt(inf2, RAY_SERVICE, lambda inputs: spoil(worker(inputs))))
    assert placement.pool is None
    assert why in placement.reasons["inferentia-inf2"]


@pytest.mark.parametrize(
    ("spoil", "why"),
    [
        (
            lambda pool: pool["spec"]["limits"].update(cpu="64"),
            "its limits do not admit another inf2.8xlarge, which takes cpu 32: of 64, 64 are taken by nodes with "
            "2 vllm-llama3-inf2 worker inf2",
        ),
        (
            lambda pool: pool["spec"]["limits"].update({"aws.amazon.com/neuron": "2"}),
            "aws.amazon.com/neuron 1: of 2, 2 are taken",
        ),
        (lambda pool: pool["spec"]["limits"].update(memory="64Gi"), "takes memory 128Gi: there is 64Gi"),
        (
            lambda pool: pool["spec"]["template"]["spec"]["requirements"].append(
                {"key": "topology.k8s.aws/zone-id", "operator": "In", "values": ["usw2-az3"]}
            ),
            "no subnet is in its zones usw2-az3",
        ),
    ],
    ids=["cpu", "chips", "memory", "zone"],
)
def test_a_pool_with_a_mistake_is_no_place(inf2: Plan, spoil: Callable[[Any], object], why: str) -> None:
    assert inf2.of_type(SUBNET)
    placement = of_worker(spoilt(inf2, NODE_POOL, spoil, "inferentia-inf2-node-pool"))
    assert placement.pool is None
    assert why in placement.reasons["inferentia-inf2"]
    assert "label" in placement.reasons["default"]


def test_quantities() -> None:
    assert [quantity(text) for text in ("2", "500m", "1Gi", 3)] == [2, 0.5, 2**30, 3]
    with pytest.raises(ValueError, match="not a quantity"):
        quantity("1Qi")


def limited(plan: Plan, nodes: int, pool: str = "inferentia-inf2-node-pool") -> Plan:
    """Return a plan whose pool of inf2.8xlarge has so many of them at most."""
    limits = {"aws.amazon.com/neuron": str(nodes), "cpu": str(32 * nodes), "memory": f"{128 * nodes}Gi"}
    return spoilt(plan, NODE_POOL, lambda inputs: inputs["spec"].update(limits=limits), pool)


def by_pods(plan: Plan) -> dict[str, Placement]:
    return {placement.pods: placement for placement in placements(plan)}


@pytest.mark.parametrize(
    ("nodes", "replicas", "placed"),
    [(4, 1, 1), (5, 2, 2), (5, 3, 2), (3, 1, 0), (3, 2, 0), (6, 3, 3)],
)
def test_services_share_a_pools_limits(inf2: Plan, nodes: int, replicas: int, placed: int) -> None:
    """The first has three workers, one to a node."""
    found = by_pods(with_service_like(limited(inf2, nodes), "zephyr", replicas=replicas))
    assert found["vllm-llama3-inf2 worker inf2"].pool == "inferentia-inf2"
    second = found["zephyr worker inf2"]
    assert second.placed == placed
    if placed == replicas:
        assert second.pool == "inferentia-inf2"
    else:
        assert second.pool is None
        users = "3 vllm-llama3-inf2 worker inf2" + (f", {placed} zephyr worker inf2" if placed else "")
        assert second.reasons["inferentia-inf2"] == (
            f"its limits do not admit another inf2.8xlarge, which takes aws.amazon.com/neuron 1: of {nodes}, "
            f"{3 + placed} are taken by nodes with {users}"
        )
        assert "label" in second.reasons["default"]


def test_who_has_no_place_is_said_with_how_many_do(inf2: Plan) -> None:
    some = by_pods(with_service_like(limited(inf2, 4), "zephyr", replicas=2))["zephyr worker inf2"]
    assert str(some).startswith("zephyr worker inf2: only 1 of 2 would run: on nodes of default: ")
    none = by_pods(with_service_like(limited(inf2, 3), "zephyr", replicas=2))["zephyr worker inf2"]
    assert str(none).startswith("zephyr worker inf2 would never run: on nodes of default: ")


@pytest.mark.parametrize(("second_pool", "placed"), [(1, 1), (2, 2), (3, 2)])
def test_what_one_pool_does_not_admit_goes_to_the_next(inf2: Plan, second_pool: int, placed: int) -> None:
    plan = limited(with_pool_like(inf2, "inferentia-inf2", "more"), 3)
    plan = with_service_like(limited(plan, second_pool, "more"), "zephyr", replicas=2)
    second = by_pods(plan)["zephyr worker inf2"]
    assert second.placed == placed
    assert second.pool == ("more" if placed == 2 else None)
    if placed < 2:
        assert "of 3, 3 are taken by nodes with 3 vllm-llama3-inf2" in second.reasons["inferentia-inf2"]
        assert "of 1, 1 are taken by nodes with 1 zephyr" in second.reasons["more"]


def test_workers_of_one_kind_may_run_in_two_pools(inf2: Plan) -> None:
    plan = limited(limited(with_pool_like(inf2, "inferentia-inf2", "more"), 2), 1, "more")
    assert of_worker(plan).pool == "inferentia-inf2"
    assert of_worker(plan).placed == 3


def test_workers_that_take_a_part_share_nodes(plan_of: Callable[[str], Plan]) -> None:
    plan = plan_of("inf2-48xlarge")

    def quarter(pod: dict[str, Any]) -> None:
        resources = {"cpu": "45", "memory": "160Gi", "aws.amazon.com/neuron": "3"}
        pod["containers"][0]["resources"] = {"requests": resources, "limits": resources}

    shares = spoilt(plan, RAY_SERVICE, lambda inputs: quarter(worker(inputs)))
    node = {key: f"{amount:g}" for key, amount in whole("inf2.48xlarge").items()}
    node["memory"] = "768Gi"
    one_node = spoilt(shares, NODE_POOL, lambda pool: pool["spec"].update(limits=node), "inferentia-inf2-node-pool")
    first = one_node.of_type(RAY_SERVICE)[0].inputs["metadata"]["name"]
    fits = by_pods(with_service_like(one_node, "zephyr", replicas=3))
    assert fits[f"{first} worker inf2"].pool == fits["zephyr worker inf2"].pool == "inferentia-inf2"
    assert by_pods(with_service_like(one_node, "zephyr", replicas=4))["zephyr worker inf2"].placed == 3


@given(st.lists(st.integers(1, 5), min_size=1, max_size=4), st.integers(1, 12), st.integers(0, 12))
def test_as_many_run_as_there_are_nodes(inf2: Plan, replicas: list[int], first_pool: int, second_pool: int) -> None:
    plan = with_pool_like(inf2, "inferentia-inf2", "more")
    plan = limited(limited(plan, first_pool), second_pool, "more")
    for index, number in enumerate(replicas):
        plan = with_service_like(plan, f"service-{index}", replicas=number)
    workers = [placement for placement in placements(plan) if "worker" in placement.pods]
    wanted = sum(placement.most for placement in workers)
    assert wanted == 3 + sum(replicas)
    assert sum(placement.placed for placement in workers) == min(wanted, first_pool + second_pool)
    for placement in workers:
        assert (placement.pool is None) == (placement.placed < placement.most) == bool(placement.reasons)


def of_default_pool(plan: Plan, instance_type: str, cpu: int) -> Plan:
    def change(pool: dict[str, Any]) -> None:
        pool["spec"]["limits"] = {"cpu": str(cpu)}
        (types,) = [one for one in pool["spec"]["template"]["spec"]["requirements"] if "instance-type" in one["key"]]
        types["values"] = [instance_type]

    return spoilt(plan, NODE_POOL, change, "default-node-pool")


@pytest.mark.parametrize(("instance_type", "heads_of_a_node"), [("m7i.xlarge", 1), ("m7i.2xlarge", 3)])
def test_heads_share_nodes_that_have_room(inf2: Plan, instance_type: str, heads_of_a_node: int) -> None:
    """Each asks for 2 CPUs and 8 GiB."""
    cpu = 2 * int(whole(instance_type)["cpu"])
    plan = of_default_pool(inf2, instance_type, cpu)
    for index in range(2 * heads_of_a_node):
        plan = with_service_like(plan, f"service-{index}", replicas=1)
    heads = [placement for placement in placements(plan) if "head" in placement.pods]
    (unplaced,) = [head for head in heads if head.pool is None]
    assert len(heads) == 2 * heads_of_a_node + 1
    assert f"of {cpu}, {cpu} are taken by nodes with 1 " in unplaced.reasons["default"]


def test_a_pod_takes_the_smallest_node_with_room(inf2: Plan) -> None:
    def mix(pool: dict[str, Any]) -> None:
        (types,) = [one for one in pool["spec"]["template"]["spec"]["requirements"] if "instance-type" in one["key"]]
        types["values"] = ["inf2.48xlarge", "inf2.8xlarge", "m7i.xlarge"]

    plan = spoilt(inf2, NODE_POOL, mix, "default-node-pool")
    heads = by_pods(with_service_like(plan, "zephyr", replicas=1))
    assert heads["vllm-llama3-inf2 head"].instance_type == heads["zephyr head"].instance_type == "m7i.xlarge"
