"""A stack whose making is interrupted goes on with the next `up`, and destroys cleanly."""

import signal
from collections.abc import Callable

import pytest

from tests.engine.empty_cluster import EmptyCluster
from tests.engine.faults import Faults, suffer
from tests.engine.life import FAULTS_STACK, RETAINED_IN_AWS, Life
from tests.engine.severable import Relay


@pytest.fixture(scope="session", params=[FAULTS_STACK])
def faults(
    request: pytest.FixtureRequest, lives: Callable[[str], Life], empty_cluster: EmptyCluster, relay: Relay
) -> Faults:
    return suffer(lives(request.param).project, empty_cluster, relay)


def test_a_create_that_fails_is_named(faults: Faults) -> None:
    assert "cluster-system-nodes" in faults.failed_create.said
    assert "told to fail here" in faults.failed_create.said


def test_a_lost_api_server_ends_the_up(faults: Faults, relay: Relay) -> None:
    assert f"https://127.0.0.1:{relay.port}" in faults.lost_api_server.said


def test_an_engine_that_was_killed_leaves_a_lock(faults: Faults) -> None:
    assert faults.killed.exit_code == -signal.SIGKILL
    assert "locked" in faults.up_when_locked.said


def test_the_next_up_goes_on(faults: Faults) -> None:
    assert set(faults.second_up.changes) == {"same"}, faults.second_up.steps


def test_nothing_is_made_twice(faults: Faults) -> None:
    assert {urn: times for urn, times in faults.made.items() if times > 1} == {}


def test_pods_that_never_get_ready_fail_the_up(faults: Faults) -> None:
    assert "vllm-llama3-inf2" in faults.never_ready.said
    assert "UpgradeInProgress" in faults.never_ready.said
    assert "worker pod vllm-llama3-inf2-worker-2: Pending" in faults.never_ready.said
    assert "no nodes available to schedule pods" in faults.never_ready.said


def test_a_protected_stack_refuses_to_be_destroyed(faults: Faults) -> None:
    assert "protected" in faults.protected_destroy.said
    assert faults.gone_all_the_same == set()


def test_what_is_mended_goes_on(faults: Faults) -> None:
    assert set(faults.mended.changes) == {"same", "update"}, faults.mended.changes


def test_destroy_leaves_nothing(faults: Faults) -> None:
    assert faults.state_left == {}
    assert {left for left in faults.left_in_cluster if not left.startswith("CustomResourceDefinition ")} == set()
    assert {left for left in faults.left_in_aws if RETAINED_IN_AWS not in left} == set()
