from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from neuronserve.plan.plan import Plan
from neuronserve.plan.program import synthesise
from neuronserve.plan.project import load_project
from neuronserve.review.placement import NODE_POOL, SUBNET, Placement, placements, quantity
from tests.spoilt_plan import RAY_SERVICE, spoilt, worker

ROOT = Path(__file__).resolve().parents[2]
AWS_STACKS = [stack for stack in load_project(ROOT).stacks if stack != "local"]


@pytest.fixture(scope="module")
def inf2() -> Plan:
    return synthesise(ROOT, "inf2-8xlarge")


def of_worker(plan: Plan) -> Placement:
    return next(placement for placement in placements(plan) if "worker" in placement.pods)


@pytest.mark.parametrize("stack", AWS_STACKS)
def test_every_pod_of_every_stack_has_a_place(stack: str) -> None:
    head, workers = placements(synthesise(ROOT, stack))
    assert head.pool == "default"
    assert workers.pool in ("inferentia-inf2", "trainium-trn1")
    assert (workers.instance_type or "").replace(".", "-") == stack


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
        (lambda pool: pool["spec"]["limits"].update(cpu="64"), "its limits do not admit 3 of inf2.8xlarge: cpu 64"),
        (lambda pool: pool["spec"]["limits"].update({"aws.amazon.com/neuron": "2"}), "aws.amazon.com/neuron 2"),
        (
            lambda pool: pool["spec"]["template"]["spec"]["requirements"].append(
                {"key": "topology.k8s.aws/zone-id", "operator": "In", "values": ["usw2-az3"]}
            ),
            "no subnet is in its zones usw2-az3",
        ),
    ],
    ids=["cpu", "chips", "zone"],
)
def test_a_pool_with_a_mistake_is_no_place(inf2: Plan, spoil: Callable[[Any], object], why: str) -> None:
    assert inf2.of_type(SUBNET)
    placement = of_worker(spoilt(inf2, NODE_POOL, spoil, "inferentia-inf2-node-pool"))
    assert placement.pool is None
    assert why in placement.reasons["inferentia-inf2"]
    assert "label" in placement.reasons["default"]


def test_quantities() -> None:
    assert [quantity(text) for text in ("2", "500m", "1Gi", 3)] == [2, 0.5, 2**30, 3]
    with pytest.raises(ValueError, match="no quantity"):
        quantity("1Qi")
