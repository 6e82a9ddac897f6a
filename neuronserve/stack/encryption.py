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

BY_ENV_FROM = (
    "Put it into a Secret of the namespace, kubectl create secret generic my-secret --from-env-file=…, and name that "
    "in envFrom: {secretRef: {name: my-secret}}."
)
"""The way of a secret into an environment variable."""


def encrypted_paths(namespace: str, raw: Mapping[str, Any], secret_keys: Collection[str]) -> set[SettingPath]:
    """Return where encrypted values are; of a key of which the stack's file says something else, the key itself.

    Args:
        namespace: the project's, before the colon of its keys.
        raw: the values by key, without it, as Pulumi hands them over.
        secret_keys: the keys that hold anything encrypted.
    """
    config = _config_of_file()
    found: set[SettingPath] = set()
    for key in secret_keys:
        written = config.get(f"{namespace}:{key}", config.get(key))
        within = {(key, *path) for path in _encrypted(written)} if _has_shape(written, raw[key]) else set()
        found |= within or {(key,)}
    return found


def misplaced(encrypted: Collection[SettingPath], secrets: Collection[SettingPath], names: SettingNames) -> list[str]:
    """Return which values are encrypted and would come out in plain text, as they are no secrets."""
    places = {path for path in encrypted if not any(secret[: len(path)] == path for secret in secrets)}
    return [
        f"{names(tuple(map(MapKey, path)))} holds an encrypted value, but nothing that is kept secret: it would come "
        f"out in plain text. {BY_ENV_FROM if 'env' in path else 'Set it without --secret.'}"
        for path in sorted(places)
    ]


def _config_of_file() -> Mapping[str, Any]:
    """Return the configuration in the stack's file, which is not the one in use with ``pulumi --config-file``."""
    for folder in (Path.cwd(), *Path.cwd().parents):
        if (folder / "Pulumi.yaml").is_file():
            directory = folder / _mapping(folder / "Pulumi.yaml").get("stackConfigDir", ".")
            config = _mapping(directory / f"Pulumi.{pulumi.get_stack()}.yaml").get("config")
            return config if isinstance(config, Mapping) else {}
    return {}


def _mapping(file: Path) -> Mapping[str, Any]:
    try:
        document = yaml.safe_load(file.read_text(encoding="utf-8"))
    # Pulumi has read it, or says what is wrong with it. PyYAML gives `!!timestamp x` an AttributeError.
    except (OSError, ValueError, AttributeError, yaml.YAMLError):
        return {}
    return document if isinstance(document, Mapping) else {}


def _has_shape(written: object, known: object) -> bool:
    """Return whether a file's value can be what Pulumi has read: it decrypts, and writes numbers its own way."""
    if isinstance(written, Mapping):
        if written.keys() == ENCRYPTED:
            return True
        return (
            isinstance(known, Mapping)
            and {str(key) for key in written} == known.keys()
            and all(_has_shape(item, known[str(key)]) for key, item in written.items())
        )
    if isinstance(written, list):
        return (
            isinstance(known, list)
            and len(written) == len(known)
            and all(_has_shape(*pair) for pair in zip(written, known, strict=True))
        )
    return not isinstance(known, Mapping | list)


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
