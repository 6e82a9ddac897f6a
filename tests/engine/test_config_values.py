"""A stack file is read offline as the CLI reads it."""

import json
from pathlib import Path

import yaml

from neuronserve.plan.project import load_project, load_stack_config
from tests.engine.pulumi_cli import Project
from tests.plan.scalars import SCALARS

TAGS = "neuronserve:tags"


def test_nested_scalars_are_what_the_cli_makes_of_them(engine: dict[str, str], tmp_path: Path) -> None:
    project = Project.copied(tmp_path, "local", engine)
    lines = [f"    k{number}: {text}" for number, text in enumerate(SCALARS)]
    project.stack_file.write_text("\n".join(["config:", f"  {TAGS}:", *lines, ""]))
    known = json.loads(project.run("config", "--json").succeeded().output)[TAGS]["objectValue"]
    assert known == {f"k{number}": value for number, value in enumerate(SCALARS.values())}
    offline = load_stack_config(load_project(project.project), "local").values[TAGS]
    assert yaml.safe_load(offline) == known
