"""A cluster keeps its name when its stack gets another one; through the engine: tests/engine/test_rename.py."""

import shutil
from pathlib import Path

import pytest
import yaml

from neuronserve.plan.errors import ProgramError
from neuronserve.plan.fakes import FAKES
from neuronserve.plan.program import synthesise

ROOT = Path(__file__).resolve().parents[2]
STACK = "inf2-8xlarge"


@pytest.fixture
def renamed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a project whose stack was called ``before`` at its first `up`."""
    for name in ("Pulumi.yaml", "__main__.py"):
        shutil.copy(ROOT / name, tmp_path)
    (tmp_path / "stacks").mkdir()
    shutil.copy(ROOT / "stacks" / f"Pulumi.{STACK}.yaml", tmp_path / "stacks")
    monkeypatch.setitem(FAKES, "pulumi:index:Stash", lambda _urn, _inputs: {"output": "neuronserve-before"})
    return tmp_path


def test_a_renamed_stack_is_refused(renamed: Path) -> None:
    with pytest.raises(ProgramError) as refused:
        synthesise(renamed, STACK)
    assert "The cluster of this stack is called neuronserve-before" in str(refused.value)
    assert "pulumi config set --path cluster.clusterName neuronserve-before" in str(refused.value)


def test_a_stack_that_names_its_cluster_may_have_any_name(renamed: Path) -> None:
    file = renamed / "stacks" / f"Pulumi.{STACK}.yaml"
    document = yaml.safe_load(file.read_text())
    document["config"]["neuronserve:cluster"] = {"clusterName": "neuronserve-before"}
    file.write_text(yaml.safe_dump(document))
    assert synthesise(renamed, STACK).outputs["clusterName"] == "neuronserve-before"
