"""Small Pulumi projects, made for one test."""

import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

MakeProject = Callable[..., Path]


@pytest.fixture
def make_project(tmp_path: Path) -> MakeProject:
    """Write a project of the given texts into a folder, and return the folder."""

    def make(*, project: str = "", program: str = "", **stacks: str) -> Path:
        (tmp_path / "Pulumi.yaml").write_text("name: demo\nruntime: python\n" + textwrap.dedent(project))
        (tmp_path / "__main__.py").write_text(textwrap.dedent(program))
        for stack, text in (stacks or {"dev": ""}).items():
            (tmp_path / f"Pulumi.{stack}.yaml").write_text(textwrap.dedent(text))
        return tmp_path

    return make
