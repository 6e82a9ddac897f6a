"""Model resolution: from the name in the settings to what vLLM loads."""

import re
from pathlib import Path

from neuronserve.serving import embedded_model

HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")


class ModelNotFoundError(ValueError):
    """The settings name a model that cannot be served; the message says what would be right."""


def resolve_model(name: str) -> str:
    """Return the Hugging Face id or local directory that vLLM loads for a model's name.

    Args:
        name: a Hugging Face id (``owner/model``), a local directory (starting with ``/``, ``./``, ``../`` or ``~``),
            or the name of the embedded model.

    Raises:
        ModelNotFoundError: the name is none of these, or the directory holds no checkpoint.
        EmbeddedModelMissingError: the embedded model's package is not installed.
    """
    if name == embedded_model.NAME:
        return str(embedded_model.materialise(embedded_model.cache_directory()))
    if name.startswith("s3://"):
        raise ModelNotFoundError(
            f"model is {name}: serving straight from S3 is not supported yet. Copy the checkpoint into the image or "
            "onto a volume and set model to its directory, or set model to a Hugging Face id."
        )
    if name.startswith(("/", "./", "../", "~")):
        directory = Path(name).expanduser()
        if not (directory / "config.json").is_file():
            raise ModelNotFoundError(
                f"model is {name}, but {directory / 'config.json'} does not exist. "
                "Set model to a directory that holds a Hugging Face checkpoint."
            )
        return str(directory)
    if HUB_ID.fullmatch(name):
        return name
    raise ModelNotFoundError(
        f"model is {name}, which is neither a Hugging Face id (owner/model), nor a directory "
        f"(/…, ./…, ../…, ~…), nor the embedded model {embedded_model.NAME}."
    )
