"""What the plan says where Karpenter may take a service's pods."""

from pathlib import Path
from typing import Any

import pytest

from neuronserve.plan.program import synthesise
from tests.project import project_with
from tests.stack.reading import AWS, LLAMA, LONG

MOVING = {"disruptionReasons": ["Empty", "Drifted"]}
FIXED = LLAMA | {"replicas": {"min": 1}}
STUCK = FIXED | {"upgradeStrategy": "None"}
"""Without a place for one worker more."""


def warnings(directory: Path, services: dict[str, Any], pools: dict[str, Any]) -> list[str]:
    directory.mkdir(exist_ok=True)
    values = AWS | {"aws:region": "us-west-2", "services": services, "nodePools": pools}
    diagnostics = synthesise(project_with(directory, values), "test").diagnostics
    return [one for one in diagnostics if "lets Karpenter" in one]


@pytest.mark.parametrize("reason", ["Drifted", "Underutilized"])
def test_a_service_without_another_place_is_said_to_stop(tmp_path: Path, reason: str) -> None:
    (warning,) = warnings(
        tmp_path, {"llama": STUCK, "long": LONG}, {"inferentia-inf2": {"disruptionReasons": [reason]}}
    )
    assert warning == (
        "warning: neuronserve:nodePools.inferentia-inf2.disruptionReasons lets Karpenter move the one worker of "
        "neuronserve:services.llama, and the next is made when it has gone: until then, for the start of an engine, up "
        "to 60 minutes, nothing answers. With neuronserve:services.llama.upgradeStrategy NewCluster, or "
        "neuronserve:services.llama.replicas.max above its minimum, the next replica answers first."
    )


@pytest.mark.parametrize(
    ("service", "pool"),
    [
        (STUCK, {}),
        (STUCK, {"disruptionReasons": ["Empty"]}),
        # With room for the next replica, and with others that answer meanwhile.
        (FIXED, MOVING),
        (STUCK | {"replicas": {"min": 1, "max": 2}}, MOVING),
        (STUCK | {"replicas": {"min": 2}}, MOVING),
    ],
)
def test_nothing_is_said_of_services_that_go_on(tmp_path: Path, service: dict[str, Any], pool: dict[str, Any]) -> None:
    assert warnings(tmp_path, {"llama": service}, {"inferentia-inf2": pool} if pool else {}) == []


def test_a_head_without_storage_takes_all_replicas_along(tmp_path: Path) -> None:
    assert warnings(tmp_path / "storage", {"llama": LLAMA}, {"default": MOVING}) == []
    alone = LLAMA | {"headFaultTolerance": {"storage": "None"}}
    (warning,) = warnings(tmp_path / "none", {"llama": alone}, {"default": MOVING})
    assert warning == (
        "warning: neuronserve:nodePools.default.disruptionReasons lets Karpenter move the Ray head of "
        "neuronserve:services.llama, and all replicas start anew with it: for the start of an engine, up to 60 "
        "minutes, nothing answers. With another neuronserve:services.llama.headFaultTolerance.storage than None they "
        "go on."
    )


def test_karpenter_waits_for_a_replica_that_moves_and_heeds_the_budget_before(tmp_path: Path) -> None:
    """It deletes a pod at once, whatever its budget, whose own grace is as long as its node has left."""
    plan = synthesise(project_with(tmp_path, AWS | {"aws:region": "us-west-2"}), "test")
    (pool,) = (one for one in plan.of_type("kubernetes:karpenter.sh/v1:NodePool") if "inf2" in one.name)
    node_s = 60 * int(pool.inputs["spec"]["template"]["spec"]["terminationGracePeriod"].removesuffix("m"))
    (service,) = plan.of_type("kubernetes:ray.io/v1:RayService")
    (group,) = service.inputs["spec"]["rayClusterConfig"]["workerGroupSpecs"]
    pod_s = group["template"]["spec"]["terminationGracePeriodSeconds"]
    start_s = 45 * 60
    assert pod_s > start_s
    assert node_s - pod_s > start_s


@pytest.mark.parametrize(
    ("shutdown_s", "pool", "right_s"),
    [
        (3470, {}, None),
        (3471, {}, 3470),
        (7200, {"diskGib": 300}, 3470),
        (7200, {"nodePoolSpec": {"template": {"spec": {"terminationGracePeriod": "4h"}}}}, None),
    ],
)
def test_requests_that_last_longer_than_a_node_are_said_to_be_cut_off(
    tmp_path: Path, shutdown_s: int, pool: dict[str, Any], right_s: int | None
) -> None:
    model = LLAMA["model"] | {"gracefulShutdownTimeoutS": shutdown_s}
    services = {"llama": LLAMA | {"model": model}}
    values = AWS | {"aws:region": "us-west-2", "services": services, "nodePools": {"inferentia-inf2": pool}}
    diagnostics = synthesise(project_with(tmp_path, values), "test").diagnostics
    said = [one for one in diagnostics if "are cut off" in one]
    assert len(said) == (right_s is not None)
    for one in said:
        assert one.startswith(
            f"warning: neuronserve:services.llama.model.gracefulShutdownTimeoutS is {shutdown_s}, and a worker"
        )
        assert f"Set it to {right_s} or less, or a longer template.spec.terminationGracePeriod in " in one


@pytest.mark.parametrize(
    ("service", "stops"),
    [
        (FIXED | {"upgradeStrategy": "None"}, True),
        (LLAMA | {"replicas": {"min": 1, "max": 2}, "upgradeStrategy": "None"}, True),
        (LLAMA | {"replicas": {"min": 2}, "upgradeStrategy": "None"}, False),
        (FIXED, False),
    ],
)
def test_a_change_of_the_only_engine_is_said_to_stop_it(
    tmp_path: Path, service: dict[str, Any], *, stops: bool
) -> None:
    values = AWS | {"aws:region": "us-west-2", "services": {"llama": service}}
    diagnostics = synthesise(project_with(tmp_path, values), "test").diagnostics
    assert [one for one in diagnostics if "upgradeStrategy" in one] == (
        [
            "warning: neuronserve:services.llama.upgradeStrategy is None, and its engine may be the only one: a change "
            "that takes another (docs/changes.md lists them) stops it first, and for the start of an engine, up to 60 "
            "minutes, nothing answers. With NewCluster, which takes the nodes twice meanwhile, the new one answers "
            "first."
        ]
        if stops
        else []
    )
