"""Which values of a stack's file are encrypted: Pulumi tells a program no more than the keys that hold any."""

from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import pulumi
import yaml

from neuronserve.settings import MapKey, SettingNames
from neuronserve.settings import Path as SettingPath

ENCRYPTED = {"secure"}
"""The keys of what stands for an encrypted value."""


def encrypted_paths(namespace: str, secret_keys: Collection[str]) -> set[SettingPath]:
    """Return where encrypted values are; of a key that is not in the stack's file, the key itself.

    Args:
        namespace: the project's, before the colon of its keys.
        secret_keys: the keys, without it, that hold anything encrypted.
    """
    config = _config_of_file()
    found: set[SettingPath] = set()
    for key in secret_keys:
        within = {(key, *path) for path in _encrypted(config.get(f"{namespace}:{key}", config.get(key)))}
        found |= within or {(key,)}
    return found


def misplaced(encrypted: Collection[SettingPath], secrets: Collection[SettingPath], names: SettingNames) -> list[str]:
    """Return which values are encrypted and would come out in plain text, as they are no secrets."""
    places = {path for path in encrypted if not any(secret[: len(path)] == path for secret in secrets)}
    return [
        f"{names(tuple(map(MapKey, path)))} holds an encrypted value, but nothing that is kept secret: it would come "
        "out in plain text. Set it without --secret."
        for path in sorted(places)
    ]


def _config_of_file() -> Mapping[str, Any]:
    """Return the stack file's configuration, an empty one if it is elsewhere, as with ``pulumi --config-file``."""
    for folder in (Path.cwd(), *Path.cwd().parents):
        if (folder / "Pulumi.yaml").is_file():
            directory = folder / _mapping(folder / "Pulumi.yaml").get("stackConfigDir", ".")
            config = _mapping(directory / f"Pulumi.{pulumi.get_stack()}.yaml").get("config")
            return config if isinstance(config, Mapping) else {}
    return {}


def _mapping(file: Path) -> Mapping[str, Any]:
    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, ValueError, yaml.YAMLError):  # Pulumi has read it, or says what is wrong with it
        return {}
    return document if isinstance(document, Mapping) else {}


def _encrypted(value: object) -> Iterator[SettingPath]:
    if isinstance(value, Mapping):
        if value.keys() == ENCRYPTED:
            yield ()
        else:
            for key, item in value.items():
                yield from ((str(key), *path) for path in _encrypted(item))
    elif isinstance(value, list):
        for place, item in enumerate(value):
            yield from ((str(place), *path) for path in _encrypted(item))
