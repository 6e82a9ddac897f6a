"""The way from the README to a planned stack of one's own, step by step as it is written there."""

import os
import re
import sys
from pathlib import Path

import pytest

from tests.packaging.commands import ROOT, done
from tests.packaging.conftest import with_wheel

LINK = re.compile(r"\(docs/components\.md#(your-own-program-in-ten-minutes)\)")
PIP = '.venv/bin/pip install "neuronserve @ git+https://github.com/neuronserve/neuronserve"'


def section(text: str, anchor: str) -> str:
    """Return what follows the heading with an anchor, to the end."""
    headings = re.finditer(r"^## (.*)\n", text, re.MULTILINE)
    (found,) = (one for one in headings if one[1].lower().replace(" ", "-") == anchor)
    return text[found.end() :]


@pytest.mark.slow
def test_a_reader_of_the_readme_comes_to_a_plan_of_their_own(wheel: Path, tmp_path: Path) -> None:
    link = LINK.search((ROOT / "README.md").read_text())
    assert link
    text = section((ROOT / "docs" / "components.md").read_text(), link[1])
    commands = [line.strip() for line in text.partition("\n## ")[0].splitlines() if line.startswith("    ")]
    program = text.partition("```python\n")[2].partition("```")[0]
    before, after = commands[: commands.index(PIP)], commands[commands.index(PIP) + 1 :]
    assert (before[0], after[-1]) == (
        "mkdir my-platform && cd my-platform",
        ".venv/bin/neuronserve synth --stack dev --out plan",
    )
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])

    def follow(*lines: str) -> str:
        return done("bash", "-e", "-c", "\n".join(lines), cwd=tmp_path, PATH=path)

    follow(*before)
    mine = tmp_path / "my-platform"
    with_wheel(mine / ".venv", wheel)  # in place of what GitHub has
    (mine / "__main__.py").write_text(program)
    said = follow("cd my-platform", *after)
    assert "LlmService" in said
    assert [*(mine / "plan" / "manifests").glob("*rayservice*")]

    (mine / "__main__.py").write_text(program.replace('"m7i.2xlarge"', '"m7i.huge"'))
    with pytest.raises(AssertionError, match="instance_types holds m7i.huge, of which nothing is known here"):
        follow("cd my-platform", *after)
