"""`pulumi stack rename`: the cluster keeps its name, or nothing is touched."""

import pytest

from tests.engine.changes import CHANGES_STACK
from tests.engine.life import NEW_NAME, Life

on_the_stack = pytest.mark.parametrize("life", [CHANGES_STACK], indirect=True)


@on_the_stack
def test_a_cluster_that_would_be_replaced_is_refused(life: Life) -> None:
    refused, _ = life.renamed
    assert f"The cluster of this stack is called neuronserve-{CHANGES_STACK}." in refused.said
    assert f"pulumi config set --path cluster.clusterName neuronserve-{CHANGES_STACK}" in refused.said
    assert "Traceback" not in refused.said


@on_the_stack
def test_with_the_name_in_its_file_nothing_is_replaced(life: Life) -> None:
    _, kept = life.renamed
    assert {step["op"] for step in kept.steps} <= {"same", "update"}
    assert all(f":{NEW_NAME}::" in step["urn"] for step in kept.steps)
