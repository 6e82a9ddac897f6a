"""Copies of the project with stacks of their own."""

import shutil
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[1]


def project_with(directory: Path, values: dict[str, Any]) -> Path:
    """Copy the project, with a stack ``test`` that holds these values."""
    for file in ("Pulumi.yaml", "__main__.py"):
        shutil.copy(ROOT / file, directory / file)
    (directory / "stacks").mkdir(exist_ok=True)
    config = {key if ":" in key else f"neuronserve:{key}": value for key, value in values.items()}
    (directory / "stacks" / "Pulumi.test.yaml").write_text(yaml.safe_dump({"config": config}))
    return directory


def values_of(stack: str) -> dict[str, Any]:
    """Return the values of a stack of ours, by key."""
    config = yaml.safe_load((ROOT / "stacks" / f"Pulumi.{stack}.yaml").read_text())["config"]
    return {key.removeprefix("neuronserve:"): value for key, value in config.items()}


def change_service(project: Path, stack: str, **settings: object) -> None:
    """Set what is given in the one service of a stack's file."""
    file = project / "stacks" / f"Pulumi.{stack}.yaml"
    document = yaml.safe_load(file.read_text())
    (service,) = document["config"]["neuronserve:services"].values()
    service.update(settings)
    file.write_text(yaml.safe_dump(document))
