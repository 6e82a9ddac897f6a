"""pyproject.toml admits the versions of Pulumi's SDKs that are tested, and no others."""

import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

ROOT = Path(__file__).resolve().parents[2]
SDKS = ("pulumi", "pulumi-aws", "pulumi-eks", "pulumi-kubernetes")


def admitted() -> dict[str, Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    requirements = [Requirement(line) for line in project["dependencies"]]
    return {requirement.name: requirement for requirement in requirements}


def pinned() -> dict[str, Version]:
    lines = (ROOT / "requirements" / "control-plane.txt").read_text().splitlines()
    pins = [line.split("==") for line in lines if "==" in line]
    return {name: Version(pin) for name, pin in pins}


@pytest.mark.parametrize("sdk", SDKS)
def test_the_tested_version_and_its_patches_are_admitted_and_no_others(sdk: str) -> None:
    pin, specifier = pinned()[sdk], admitted()[sdk].specifier
    assert specifier.contains(pin)
    assert specifier.contains(f"{pin.major}.{pin.minor}.{pin.micro + 1}")
    for untested in (f"{pin.major}.{pin.minor - 1}.99", f"{pin.major}.{pin.minor + 1}.0", f"{pin.major + 1}.0.0"):
        assert not specifier.contains(untested), f"pyproject.toml admits {sdk} {untested}, which no test has seen"


def test_every_other_dependency_admits_the_version_that_is_pinned() -> None:
    pins = pinned()
    for name, requirement in admitted().items():
        assert requirement.specifier.contains(pins[name]), f"{requirement} leaves out {pins[name]}"
