"""Pods that would never run, told by settings alone: also `pulumi up` can say so, before anything is made."""

from typing import Any

import pytest

from tests.stack.reading import AWS, LLAMA, SMALL, problems_of

ON_EKS: dict[str, Any] = {"network": AWS["network"], "services": {"small": SMALL}}


def with_service(**further: Any) -> dict[str, Any]:
    return AWS | {"services": {"llama": LLAMA | further}}


@pytest.mark.parametrize(
    ("values", "add_on"),
    [(AWS, "karpenter"), (AWS, "kubeRay"), (AWS, "neuron"), (ON_EKS, "kubeRay"), (ON_EKS, "karpenter")],
)
def test_in_its_own_cluster_a_stack_cannot_leave_out_what_its_pods_need(values: dict[str, Any], add_on: str) -> None:
    (problem,) = problems_of(values | {"addOns": {add_on: False}})
    assert problem.startswith(f"neuronserve:addOns.{add_on} is false, and the stack makes a cluster of its own")
    assert "would ever run. Remove it, or the services." in problem


@pytest.mark.parametrize(
    ("values", "add_on"), [(AWS, "cloudWatch"), (ON_EKS, "neuron"), ({"services": {}}, "karpenter"), ({}, "kubeRay")]
)
def test_what_no_pod_needs_can_be_left_out(values: dict[str, Any], add_on: str) -> None:
    assert not problems_of(values | {"addOns": {add_on: False}})


def test_a_cluster_that_was_there_may_have_them_from_others() -> None:
    assert not problems_of({"cluster": {"existing": {"name": "there"}}, "services": {"llama": LLAMA}})


@pytest.mark.parametrize(
    ("values", "says"),
    [
        (with_service(head={"cpu": 20}), "services.llama.head comes to 20.2 CPU and 8.5 GiB, and the largest node"),
        (with_service(head={"memoryGib": 30}), "add m7i.4xlarge to neuronserve:nodePools.default.instanceTypes."),
        (ON_EKS | {"services": {"small": SMALL | {"worker": {"cpu": 60}}}}, "services.small.worker comes to 15 CPU"),
        (
            AWS | {"nodePools": {"inferentia-inf2": {"limits": {"cpu": "191"}}}},
            "nodePools.inferentia-inf2.limits.cpu is 191, and the services need up to 6 inf2.8xlarge at a time",
        ),
        (
            AWS | {"nodePools": {"inferentia-inf2": {"limits": {"memory": "100Gi"}}}},
            "which come to 768Gi: some pods would never run. Set it to 768Gi or more",
        ),
        (AWS | {"nodePools": {"default": {"limits": {"cpu": "2"}}}}, "nodePools.default.limits.cpu is 2"),
        (AWS | {"nodePools": {"default": {"limits": {"cpu": "x"}}}}, "limits.cpu is 'x', which is not a quantity"),
        (with_service(worker={"memoryGib": 10}), "and compiling the model takes about 34 GiB of host memory"),
    ],
)
def test_pods_without_a_place_are_one_message(values: dict[str, Any], says: str) -> None:
    (problem,) = problems_of(values)
    assert says in problem


DISK = {"example.com/disk": "fast"}


def with_selector(pod: str, pools: dict[str, Any], selector: dict[str, str] = DISK) -> dict[str, Any]:
    return with_service(**{pod: {"nodeSelector": selector}}) | {"nodePools": pools}


@pytest.mark.parametrize(
    ("values", "pool"),
    [
        (with_selector("head", {}), "default"),
        (with_selector("head", {"default": {"labels": {"example.com/disk": "slow"}}}), "default"),
        (with_selector("worker", {"default": {"labels": DISK}}), "inferentia-inf2"),
        (with_selector("worker", {"inferentia-inf2": {"labels": {"example.com/Disk": "fast"}}}), "inferentia-inf2"),
    ],
)
def test_a_label_that_no_node_has_keeps_pods_from_running(values: dict[str, Any], pool: str) -> None:
    (problem,) = problems_of(values)
    (pod,) = {"head", "worker"} & values["services"]["llama"].keys()
    assert problem == (
        f"neuronserve:services.llama.{pod}.nodeSelector[\"example.com/disk\"] is 'fast', a label that no node would "
        f"have, so it would never run. Add it to neuronserve:nodePools.{pool}.labels, or remove it."
    )


@pytest.mark.parametrize(
    "values",
    [
        with_selector("head", {"default": {"labels": DISK}}),
        with_selector("head", {"own": {"labels": DISK, "instanceTypes": ["m7i.xlarge"], "maxNodes": 1}}),
        with_selector("worker", {"inferentia-inf2": {"labels": DISK}}),
        with_selector("worker", {"inferentia-inf2": {"nodePoolSpec": {"template": {"metadata": {"labels": DISK}}}}}),
        with_selector(
            "worker", {}, {"topology.kubernetes.io/zone": "us-west-2a", "karpenter.sh/capacity-type": "spot"}
        ),
        with_selector("head", {}) | {"cluster": {"existing": {}}, "network": {}},
    ],
)
def test_labels_that_nodes_may_have_are_left_alone(values: dict[str, Any]) -> None:
    assert not [problem for problem in problems_of(values) if "nodeSelector" in problem]


def test_room_that_is_just_enough_is_enough() -> None:
    assert not problems_of(AWS | {"nodePools": {"inferentia-inf2": {"limits": {"cpu": "192", "memory": "768Gi"}}}})
    assert not problems_of(with_service(head={"cpu": 7}, worker={"memoryGib": 34}))


@pytest.mark.parametrize(
    "instance_type", ["t3.nano", "t3.small", "a1.large", "inf2.xlarge", "trn1.2xlarge", "g5.xlarge"]
)
def test_system_nodes_that_cannot_work(instance_type: str) -> None:
    (problem,) = problems_of({"cluster": {"systemNodes": {"instanceTypes": [instance_type]}}})
    assert problem.startswith(f"neuronserve:cluster.systemNodes.instanceTypes holds {instance_type}, ")


@pytest.mark.parametrize("instance_type", ["t3.medium", "m7i.large", "c6a.large", "r6id.xlarge", "i4i.large"])
def test_system_nodes_that_can(instance_type: str) -> None:
    assert not problems_of({"cluster": {"systemNodes": {"instanceTypes": [instance_type]}}})
