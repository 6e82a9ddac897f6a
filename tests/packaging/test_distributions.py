"""Wheel and sdist hold the whole package and nothing else, whichever checkout they are built from."""

import sys
import zipfile
from pathlib import Path

from neuronserve import __version__
from tests.packaging.commands import ROOT, build, done


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_wheel_has_every_module_and_the_mark_of_a_typed_package(checkout: Path, wheel: Path) -> None:
    expected = {"neuronserve/py.typed", "neuronserve/provider/schema.json"}
    for folder, package in (("neuronserve", ""), ("components", "neuronserve/"), ("serving", "neuronserve/")):
        modules = {package + str(file.relative_to(checkout)) for file in (checkout / folder).rglob("*.py")}
        assert modules
        expected |= modules

    assert {name for name in contents(wheel) if ".dist-info/" not in name} == expected


def test_a_checkout_with_links_makes_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    assert contents(build(ROOT, tmp_path, "wheel")) == contents(wheel)


def test_the_sdist_makes_the_same_wheel(unpacked_sdist: Path, wheel: Path, tmp_path: Path) -> None:
    assert contents(build(unpacked_sdist, tmp_path, "wheel")) == contents(wheel)


def test_the_sdist_has_neither_tests_nor_tools(unpacked_sdist: Path) -> None:
    assert {file.name for file in unpacked_sdist.iterdir()} == {
        ".gitignore",
        "LICENSE",
        "PKG-INFO",
        "README.md",
        "components",
        "neuronserve",
        "pyproject.toml",
        "serving",
    }


def test_what_pulumi_installs_for_the_component_package_is_the_library_of_the_same_checkout(checkout: Path) -> None:
    tried = ("install", "--dry-run", "--no-index", "--no-deps", "--no-build-isolation", "-r", "requirements.txt")
    said = done(sys.executable, "-m", "pip", *tried, cwd=checkout / "package")
    assert said.rstrip().endswith(f"Would install neuronserve-{__version__}")
