"""CRDs that an earlier stack left in a cluster are taken over; nothing else there is."""

from pathlib import Path
from typing import Any

import pytest

from neuronserve.plan.program import synthesise
from tests.project import project_with
from tests.stack.reading import AWS, LOCAL

CRDS = "kubernetes:yaml/v2:ConfigGroup"
PROVIDER = "pulumi:providers:kubernetes"
ALL = {"kubeRay": True, "loadBalancerController": True}


@pytest.mark.parametrize(
    "values",
    [
        LOCAL | {"addOns": {"kubeRay": True}},
        AWS | {"aws:region": "us-west-2", "network": {}, "cluster": {"existing": {"name": "theirs"}}, "addOns": ALL},
    ],
    ids=["any-kubernetes", "eks"],
)
def test_in_a_cluster_that_was_there_crds_alone_are_taken_over(
    tmp_path: Path, registrations: dict[str, Any], values: dict[str, Any]
) -> None:
    plan = synthesise(project_with(tmp_path, values), "test")
    taking_over = {provider.urn for provider in plan.of_type(PROVIDER) if provider.inputs.get("upsertExistingObjects")}
    assert len(plan.of_type(PROVIDER)) == 2
    crds = {group.urn for group in plan.of_type(CRDS)}
    (taker,) = taking_over
    through = {urn for urn, request in registrations.items() if request.provider.startswith(f"{taker}::")}
    assert crds
    assert through == crds


def test_without_crds_nothing_takes_over(tmp_path: Path) -> None:
    plan = synthesise(project_with(tmp_path, LOCAL), "test")
    assert [provider.inputs.get("upsertExistingObjects") for provider in plan.of_type(PROVIDER)] == [None]
