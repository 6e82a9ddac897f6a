"""Each stack from its first preview to its end, in the real engine against a real API server."""

import pytest

from tests.engine.life import RETAINED_IN_AWS, Life

RETAINED = ("CustomResourceDefinition ", "APIService ")
"""What outlives a stack on purpose: with the CRDs every RayService and NodePool of the cluster would go. For each
version of their groups the API server keeps an APIService."""


def test_preview_promises_what_up_makes(life: Life) -> None:
    promised = {step["urn"] for step in life.preview.steps if step["op"] == "create"}
    # What a remote component makes of files or of its own is known when it is made.
    made_later = {urn for urn in life.state if urn not in promised}
    kinds = {urn.split("::")[2].split("$")[-1] for urn in made_later}
    # Providers that the engine makes by itself, as it comes to the components that want them, are no surprise.
    surprises = {kind for kind in kinds if not kind.startswith("pulumi:providers:")}
    assert surprises <= {"kubernetes:apiextensions.k8s.io/v1:CustomResourceDefinition"}
    assert promised <= life.state.keys()


def test_up_makes_everything(life: Life) -> None:
    assert set(life.up.changes) == {"create"}


def test_a_second_up_changes_nothing(life: Life) -> None:
    assert set(life.second_up.changes) == {"same"}, life.second_up.steps


def test_refresh_finds_nothing_else(life: Life) -> None:
    assert set(life.refresh.changes) == {"same"}, life.refresh.steps


def test_destroy_leaves_nothing(life: Life) -> None:
    assert set(life.destroy.changes) == {"delete"}
    assert life.state_left == {}
    assert {left for left in life.left_in_cluster if not left.startswith(RETAINED)} == set()
    assert {left for left in life.left_in_aws if RETAINED_IN_AWS not in left} == set()


def test_up_after_destroy(life: Life) -> None:
    if life.second_life is None:
        pytest.skip("the stack of the faults: there it is made again with every possible mishap")
    up, destroy = life.second_life
    assert up.changes == life.up.changes
    assert destroy.changes == life.destroy.changes
