"""Quotas of vCPUs: what all node pools can reach, on demand and on spot, beside what others use."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuronserve.facts.quotas import quota_class
from neuronserve.plan.plan import Plan
from neuronserve.preflight.finding import Verdict
from neuronserve.preflight.machines import Machines
from tests.preflight.account import INF, REGION, SPOT_INF, STANDARD, TRN, Account
from tests.preflight.conftest import Look, others, the, with_pool
from tests.spoilt_plan import NODE_POOL, spoilt, with_pool_like

pytestmark = pytest.mark.slow
POOL = "inferentia-inf2"


def run(account: Account, instance_type: str, count: int, tags: dict[str, str] | None = None) -> None:
    listed = [{"Key": key, "Value": value} for key, value in (tags or {}).items()]
    marked: dict[str, Any] = {"TagSpecifications": [{"ResourceType": "instance", "Tags": listed}]} if tags else {}
    account.client("ec2").run_instances(
        ImageId="ami-12345678", InstanceType=instance_type, MinCount=count, MaxCount=count, **marked
    )


def test_too_small_a_quota(plan: Plan, aws_account: Account, look: Look) -> None:
    aws_account.quotas[INF] = 128
    found = look(plan)
    finding = the(found, "vCPU quota", "on-demand Inf")
    assert finding.verdict is Verdict.PROBLEM
    assert finding.need == "192 vCPUs"
    assert finding.have == "128 vCPUs (Running On-Demand Inf instances)"
    assert finding.arithmetic == (
        "node pool inferentia-inf2: 6 inf2.8xlarge of 32 vCPUs = 192",
        "of these the services take 96 at a time; the rest is for a second set of nodes during an update",
    )
    assert finding.remedies == (
        "Ask AWS for at least 192 vCPUs.",
        "Lower nodePools.inferentia-inf2.maxNodes, or what the services ask for.",
    )
    assert finding.link == f"https://{REGION}.console.aws.amazon.com/servicequotas/home/services/ec2/quotas/{INF}"
    assert others(found, finding) == {Verdict.FINE}
    assert not found.is_clear


def test_a_quota_that_is_just_enough(plan: Plan, aws_account: Account, look: Look) -> None:
    aws_account.quotas |= {INF: 192, TRN: 256, STANDARD: 72}
    assert look(plan).is_clear


def test_two_pools_on_spot_and_on_demand_count_in_both(plan: Plan, aws_account: Account, look: Look) -> None:
    both = with_pool(with_pool_like(plan, POOL, "second"), POOL, capacity_type=["spot", "on-demand"])
    aws_account.quotas |= {INF: 383, SPOT_INF: 191}
    found = look(both)
    on_demand, spot = (the(found, "vCPU quota", f"{bought} Inf") for bought in ("on-demand", "spot"))
    assert on_demand.need == "384 vCPUs"
    assert [line.partition(":")[0] for line in on_demand.arithmetic[:2]] == [f"node pool {POOL}", "node pool second"]
    assert on_demand.remedies[1].startswith("Lower nodePools.inferentia-inf2.maxNodes or nodePools.second.maxNodes, ")
    assert spot.need == "192 vCPUs"
    assert {on_demand.verdict, spot.verdict} == {Verdict.PROBLEM}
    aws_account.quotas |= {INF: 384, SPOT_INF: 192}
    assert look(both).is_clear


def test_a_pool_that_says_nothing_may_be_on_either(plan: Plan, aws_account: Account, look: Look) -> None:
    def forget(inputs: dict[str, Any]) -> None:
        spec = inputs["spec"]["template"]["spec"]
        spec["requirements"] = [one for one in spec["requirements"] if "capacity-type" not in one["key"]]

    aws_account.quotas[SPOT_INF] = 0
    finding = the(look(spoilt(plan, NODE_POOL, forget, f"{POOL}-node-pool")), "vCPU quota", "spot Inf")
    assert (finding.verdict, finding.have) == (Verdict.PROBLEM, "0 vCPUs (All Inf Spot Instance Requests)")


def test_what_others_run_counts_and_what_the_stack_runs_does_not(plan: Plan, aws_account: Account, look: Look) -> None:
    run(aws_account, "inf2.48xlarge", 2)
    run(aws_account, "inf2.8xlarge", 3, {"project": "neuronserve", "stack": plan.stack})
    run(aws_account, "m7i.large", 1)
    aws_account.quotas[INF] = 192 + 2 * 192 - 1
    found = look(plan)
    finding = the(found, "vCPU quota", "on-demand Inf")
    assert finding.verdict is Verdict.PROBLEM
    assert finding.arithmetic[-1] == "384 are in use by others: 192 + 384 = 576"
    assert "2 are in use by others: 72 + 2 = 74" in the(found, "vCPU quota", "on-demand Standard").arithmetic
    aws_account.quotas[INF] += 1
    assert look(plan).is_clear


def test_the_default_where_nobody_asked_for_more(plan: Plan, aws_account: Account, look: Look) -> None:
    del aws_account.quotas[TRN]
    aws_account.default_quotas[TRN] = 0
    finding = the(look(plan), "vCPU quota", "on-demand Trn")
    assert (finding.verdict, finding.have) == (Verdict.PROBLEM, "0 vCPUs (Running On-Demand Trn instances)")
    aws_account.default_quotas[TRN] = 256
    assert look(plan).is_clear


def test_a_pool_without_limits(plan: Plan, aws_account: Account, look: Look) -> None:
    endless = spoilt(plan, NODE_POOL, lambda inputs: inputs["spec"].pop("limits"), f"{POOL}-node-pool")
    finding = the(look(endless), "vCPU quota", "on-demand Inf")
    assert finding.verdict is Verdict.PROBLEM
    assert f"node pool {POOL}: nothing limits it" in finding.arithmetic


def test_reserved_capacity_alone_takes_no_quota(plan: Plan, aws_account: Account, look: Look) -> None:
    aws_account.quotas[INF] = 0
    found = look(with_pool(plan, POOL, capacity_type=["reserved"]))
    assert "on-demand Inf" not in {finding.about for finding in found.findings}


@pytest.mark.parametrize(
    ("instance_type", "kind"),
    [
        ("inf2.8xlarge", "Inf"),
        ("inf1.xlarge", "Inf"),
        ("trn1n.32xlarge", "Trn"),
        ("m7i.large", "Standard"),
        ("im4gn.large", "Standard"),
        ("t3a.small", "Standard"),
        ("g5.xlarge", None),
        ("p5.48xlarge", None),
        ("u-6tb1.metal", None),
        ("", None),
    ],
)
def test_families_and_their_quotas(instance_type: str, kind: str | None) -> None:
    assert quota_class(instance_type) == kind


@given(st.integers(0, 1000), st.integers(0, 4000), st.integers(0, 50))
def test_no_more_machines_than_each_limit_admits(cpu: int, memory: int, chips: int) -> None:
    limits = {"cpu": str(cpu), "memory": f"{memory}Gi", "aws.amazon.com/neuron": str(chips)}
    most = Machines("pool", "nodePools.pool", ("inf2.24xlarge",), ("spot",), (), limits=limits).most("inf2.24xlarge")
    assert most == min(cpu // 96, memory // 384, chips // 6)
