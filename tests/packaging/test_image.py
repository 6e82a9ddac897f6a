"""The serving images: what their Dockerfiles copy is enough for the application."""

import re
import shutil
import sys
from pathlib import Path

import pytest

from tests.packaging.commands import ROOT, done


@pytest.mark.parametrize("accelerator", ["cpu", "neuron"])
def test_what_is_copied_is_importable(accelerator: str, tmp_path: Path) -> None:
    dockerfile = (ROOT / "serving" / "image" / f"Dockerfile.{accelerator}").read_text()
    for source, target in re.findall(r"^COPY ([^-\s]\S*) (/opt/\S+)$", dockerfile, re.MULTILINE):
        destination = tmp_path / target.lstrip("/")
        if (ROOT / source).is_dir():
            shutil.copytree(ROOT / source, destination)
        else:
            destination.mkdir(parents=True)
            shutil.copy(ROOT / source, destination)
    (search_path,) = re.findall(r"^ENV PYTHONPATH=([^$\s]+)", dockerfile, re.MULTILINE)

    program = "from neuronserve.serving import serve_config; print(serve_config.__file__)"
    environment = {"PYTHONPATH": str(tmp_path / search_path.lstrip("/"))}
    printed = done(sys.executable, "-c", program, cwd=tmp_path, **environment)
    assert Path(printed.strip()).is_relative_to(tmp_path)
