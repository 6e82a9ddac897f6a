"""What a change does to requests, in words."""

from collections.abc import Callable
from typing import Any

import pulumi_kubernetes as kubernetes
import pytest

from neuronserve.plan.plan import Plan
from neuronserve.plan.program import run
from neuronserve.review.diff import ingress_changes
from neuronserve.review.diff.interruptions import Interruption
from neuronserve.review.diff.stack_diff import stack_diff
from neuronserve.review.load_balancers import INGRESS
from tests.spoilt_plan import NODE_POOL, RAY_SERVICE, spoilt, worker

STACK = "inf2-8xlarge"
SERVICE = "vllm-llama3-inf2"
Spoil = Callable[[dict[str, Any]], object]


def found(plan: Plan, *changes: tuple[str, Spoil], base: Plan | None = None) -> dict[str, Interruption]:
    head = base or plan
    for token, spoil in changes:
        head = spoilt(head, token, spoil)
    return {one.what: one for one in stack_diff(STACK, base or plan, head).interruptions}


def engine(inputs: dict[str, Any]) -> None:
    spec = inputs["spec"]
    spec["serveConfigV2"] = spec["serveConfigV2"].replace("max_num_seqs: 8", "max_num_seqs: 4")


def pods(inputs: dict[str, Any]) -> None:
    worker(inputs)["containers"][0]["image"] = "another"


def numbers(inputs: dict[str, Any]) -> None:
    inputs["spec"]["rayClusterConfig"]["workerGroupSpecs"][0]["maxReplicas"] = 7


def without_upgrade(inputs: dict[str, Any]) -> None:
    inputs["spec"]["upgradeStrategy"] = {"type": "None"}


@pytest.mark.parametrize(
    ("change", "strategy", "text", "outage"),
    [
        (engine, None, "A new engine answers first.", False),
        (engine, without_upgrade, "**A new engine, in place of the old one.**", True),
        (pods, None, "New pods answer first. A second Ray cluster starts beside", False),
        (pods, without_upgrade, "**Nothing until the service is made anew.**", False),
        (numbers, None, "Nothing restarts.", False),
    ],
)
def test_a_service_that_changes(
    change: Spoil, strategy: Spoil | None, text: str, outage: bool, plan_of: Callable[[str], Plan]
) -> None:
    base = spoilt(plan_of(STACK), RAY_SERVICE, strategy) if strategy else plan_of(STACK)
    one = found(base, (RAY_SERVICE, change))[SERVICE]
    assert one.text.startswith(text)
    assert one.outage is outage


def test_a_service_that_has_to_be_made_anew_or_moves(plan_of: Callable[[str], Plan]) -> None:
    plan = plan_of(STACK)
    moved = found(plan, (RAY_SERVICE, lambda inputs: inputs["metadata"].update(namespace="other")))
    assert not moved[SERVICE].outage
    assert moved[SERVICE].text.startswith("The new pods answer before the old ones go")
    other_cluster = found(plan, ("eks:index:Cluster", lambda inputs: inputs.update(name="another")))
    assert other_cluster[SERVICE].outage
    assert "An outage" in other_cluster[SERVICE].text


def test_nodes_drift_and_whether_they_stay_is_for_their_pool_to_say(plan_of: Callable[[str], Plan]) -> None:
    image = ("kubernetes:karpenter.k8s.aws/v1:EC2NodeClass", lambda inputs: inputs["spec"].update(amiSelectorTerms=[]))
    kept = found(plan_of(STACK), image)
    assert kept.keys() == {"nodes of pool default", "nodes of pool inferentia-inf2"}
    assert kept["nodes of pool default"].text == "They drift: those that run stay until they are empty."
    base = spoilt(
        plan_of(STACK), NODE_POOL, lambda inputs: inputs["spec"]["disruption"].update(budgets=[{"nodes": "1"}])
    )
    taken = found(base, image)
    assert (
        taken["nodes of pool default"].text == "They drift: those that run are replaced by Karpenter, with their pods."
    )


def test_system_nodes_and_the_version_of_kubernetes(plan_of: Callable[[str], Plan]) -> None:
    nodes = "node group cluster-system-nodes"
    group = "aws:eks/nodeGroup:NodeGroup"
    replaced = found(plan_of(STACK), (group, lambda inputs: inputs.update(instanceTypes=["m7i.xlarge"])))
    assert replaced[nodes].text.startswith("Its pods move to new nodes, which are there first.")
    rolled = found(plan_of(STACK), (group, lambda inputs: inputs.update(version="1.36")))
    assert rolled[nodes].text.startswith("EKS replaces its nodes one after another")
    cluster = found(plan_of(STACK), ("eks:index:Cluster", lambda inputs: inputs.update(version="1.36")))
    assert cluster.keys() == {"cluster cluster", "nodes of pool default", "nodes of pool inferentia-inf2"}


def exposed(**annotations: str) -> Callable[[], object]:
    """Return a program with an Ingress for the load balancer controller, and one for another."""
    said = {"scheme": "internet-facing", "inbound-cidrs": "203.0.113.0/24"} | annotations
    prefixed = {f"alb.ingress.kubernetes.io/{name.replace('_', '-')}": value for name, value in said.items()}
    backend = {"service": {"name": "llm", "port": {"number": 8000}}}
    path = {"path": "/v1", "pathType": "Prefix", "backend": backend}
    spec: Any = {"rules": [{"host": "llm.example.com", "http": {"paths": [path]}}]}

    def program() -> None:
        kubernetes.networking.v1.Ingress("llm", metadata={"name": "llm", "annotations": prefixed}, spec=spec)
        kubernetes.networking.v1.Ingress("theirs", metadata={"name": "theirs", "labels": said})

    return program


@pytest.mark.parametrize(
    ("annotations", "text", "outage"),
    [
        ({"scheme": "internal"}, ingress_changes.ANOTHER, True),
        ({"group.name": "llms"}, ingress_changes.ANOTHER, True),
        ({"ssl_policy": "x"}, ingress_changes.IN_PLACE, False),
    ],
)
def test_a_load_balancer_that_changes(annotations: dict[str, str], text: str, outage: bool) -> None:
    diff = stack_diff(STACK, run(exposed()), run(exposed(**annotations)))
    assert list(diff.interruptions) == [Interruption("load balancer of llm", text, outage)]


def test_a_load_balancer_that_comes_goes_or_has_another_hostname() -> None:
    plan, without = run(exposed()), run(lambda: None)
    assert [one.text for one in stack_diff(STACK, without, plan).interruptions] == [ingress_changes.NEW]
    (gone,) = stack_diff(STACK, plan, without).interruptions
    assert (gone.text, gone.outage) == (ingress_changes.GONE, True)
    other = spoilt(plan, INGRESS, lambda inputs: inputs.get("spec", {}).get("rules", [{}])[0].update(host="b.example"))
    (renamed, *_) = stack_diff(STACK, plan, other).interruptions
    assert (renamed.text, renamed.outage) == (ingress_changes.OTHER_NAMES, True)


def test_what_opens_to_the_world_comes_first_in_a_review() -> None:
    def alarms(before: dict[str, str] | None, after: dict[str, str]) -> list[str]:
        base = run(exposed(**before) if before is not None else lambda: None)
        return [f"{one.kind} {one.name} {one.action}" for one in stack_diff(STACK, base, run(exposed(**after))).alarms]

    world = {"inbound_cidrs": "10.0.0.0/8,0.0.0.0/0"}
    assert alarms({}, world) == ["Ingress llm updated"]
    assert alarms(None, world) == ["Ingress llm created"]
    assert alarms(world, world | {"ssl_policy": "x"}) == []
    assert alarms({}, world | {"scheme": "internal"}) == []
