"""The serving images: what their Dockerfiles copy is enough for the application."""

import importlib.metadata
import re
import shutil
import sys
from pathlib import Path

import pytest
from packaging.requirements import Requirement

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


def pins(name: str) -> dict[str, str]:
    return dict(re.findall(r"^([\w.-]+)==(\S+)", (ROOT / "requirements" / f"{name}.txt").read_text(), re.MULTILINE))


@pytest.mark.parametrize("package", ["fastapi", "starlette"])
def test_what_ray_asks_to_be_newer_than_in_the_neuron_image_comes_with_ray(package: str) -> None:
    declared = [Requirement(text) for text in importlib.metadata.requires("ray") or []]
    wanted = [one for one in declared if one.name == package and one.marker and one.marker.evaluate({"extra": "serve"})]
    version = pins("serving-neuron")[package]
    assert wanted
    assert all(version in one.specifier for one in wanted)


def test_the_neuron_image_gets_what_vllm_0_13_is_tested_with() -> None:
    tested = pins("vllm-0.13")
    assert {name: tested.get(name) for name in pins("serving-neuron")} == pins("serving-neuron")


@pytest.mark.parametrize("accelerator", ["cpu", "neuron"])
def test_nobody_else_owns_what_is_installed(accelerator: str) -> None:
    lines = (ROOT / "serving" / "image" / f"Dockerfile.{accelerator}").read_text().splitlines()
    last_user = max(number for number, line in enumerate(lines) if line.startswith("USER "))
    assert not [line for line in lines[last_user:] if line.startswith(("RUN", "COPY"))]
    assert not [line for line in lines if "--chown" in line]
