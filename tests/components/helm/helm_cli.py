"""What the real helm makes of a release."""

import json
import subprocess
from pathlib import Path
from typing import Any

import yaml


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
