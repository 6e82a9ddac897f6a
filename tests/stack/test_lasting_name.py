"""A cluster keeps its name when its stack gets another one; through the engine: tests/engine/test_rename.py."""

from pathlib import Path

import pytest

from neuronserve.plan.errors import ProgramError
from neuronserve.plan.fakes import FAKES
from neuronserve.plan.program import synthesise
from tests.project import project_with, values_of


@pytest.fixture
def renamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project whose stack was called ``before`` at its first `up`."""
    monkeypatch.setitem(FAKES, "pulumi:index:Stash", lambda _urn, _inputs: {"output": "neuronserve-before"})
    return project_with(tmp_path, values_of("inf2-8xlarge"))


def test_a_renamed_stack_is_refused(renamed: Path) -> None:
    with pytest.raises(ProgramError) as refused:
        synthesise(renamed, "test")
    assert "The cluster of this stack is called neuronserve-before" in str(refused.value)
    assert "pulumi config set --path cluster.clusterName neuronserve-before" in str(refused.value)


def test_a_stack_that_names_its_cluster_may_have_any_name(renamed: Path) -> None:
    project_with(renamed, values_of("inf2-8xlarge") | {"cluster": {"clusterName": "neuronserve-before"}})
    assert synthesise(renamed, "test").outputs["clusterName"] == "neuronserve-before"
