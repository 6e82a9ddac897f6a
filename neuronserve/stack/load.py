"""Reading a stack's configuration, as the Pulumi CLI or an offline plan hands it to the program."""

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import pulumi
from pulumi.runtime import get_config, get_config_env, get_config_secret_keys_env

from neuronserve.components.platform.checks import KARPENTER
from neuronserve.settings import InvalidSettingsError, MapKey, Path, Secret, SettingNames, Settings, read
from neuronserve.settings.base import mark, nested_fields
from neuronserve.stack.checks import find_problems
from neuronserve.stack.settings import StackSettings

UNSET = {"", "{}", "[]"}
"""Values that stand for unset: Pulumi.yaml needs a default for what a stack may leave out."""

STRUCTURED_KEYS = {
    str(field.alias) for field in StackSettings.model_fields.values() if field.annotation not in (str, bool)
}


def load() -> StackSettings:
    """Return the stack's settings.

    Raises:
        InvalidSettingsError: something in them is unknown, missing, of the wrong type or impossible; the
            message lists everything at once.
    """
    config = pulumi.Config()
    names = SettingNames(prefix=f"{config.name}:", camel_case=True)
    encrypted: set[str] = set()
    stack, problems = read_stack(_raw_values(config.name, encrypted), encrypted, names)
    if problems:
        raise InvalidSettingsError(f"Stack {pulumi.get_stack()}", problems)
    return stack


def read_stack(raw: dict[str, Any], encrypted: Collection[str], names: SettingNames) -> tuple[StackSettings, list[str]]:
    """Return the settings that raw values come to, and everything that is wrong with them.

    Args:
        raw: values by key, as JSON has them; those that are encrypted become secret Outputs in it.
        encrypted: the keys that hold anything that is encrypted.
        names: how the stack file writes settings.
    """
    secrets = list(_secrets(StackSettings, raw, ()))
    problems = [problem for path, secret in secrets for problem in _keep_secret(raw, path, secret, encrypted, names)]
    problems += [
        f"{names((MapKey(key),))} holds an encrypted value, but nothing that is kept secret: it would come out in "
        "plain text. Set it without --secret."
        for key in sorted({*encrypted} - {path[0] for path, _ in secrets})
    ]
    reading = read(StackSettings, raw, names)
    stack = reading.settings.changed(services=_completed(reading.settings))
    return stack, [*problems, *reading.problems, *find_problems(stack, names, reading.unusable)]


def _completed(stack: StackSettings) -> dict[str, Any]:
    """Return the services with what they do not say: the name of their entry, and that Karpenter's budgets decide."""
    makes_karpenter = stack.makes(KARPENTER)
    return {
        name: service.changed(
            service_name=service.service_name or name,
            do_not_disrupt=not makes_karpenter if service.do_not_disrupt is None else service.do_not_disrupt,
        )
        for name, service in stack.services.items()
    }


def _raw_values(namespace: str, encrypted: set[str]) -> dict[str, Any]:
    """Return the values that are set, by key, and note which keys hold anything that is encrypted."""
    raw: dict[str, Any] = {}
    secret_keys = get_config_secret_keys_env()
    for full_key in sorted(get_config_env()):
        owner, _, key = full_key.partition(":")
        text = get_config(full_key)
        if owner != namespace or text in UNSET:
            continue
        raw[key] = _parsed(str(text)) if key in STRUCTURED_KEYS else text
        if full_key in secret_keys:
            encrypted.add(key)
    return raw


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text  # which is no object, as reading it will say


def _secrets(settings_type: type[Settings], raw: Mapping[str, Any], at: Path) -> Iterator[tuple[Path, Secret]]:
    """Yield the paths of secrets that are set, as they are written, and their marks."""
    for name, field in settings_type.model_fields.items():
        key, held = str(field.alias), nested_fields(settings_type).get(name)
        value, secret = raw.get(key), mark(field, Secret)
        if secret and isinstance(value, str):
            yield (*at, key), secret
        elif held and isinstance(value, Mapping):
            entries = {(key, name): entry for name, entry in value.items()} if held.is_map else {(key,): value}
            for place, entry in entries.items():
                if isinstance(entry, Mapping):
                    yield from _secrets(held.settings_type, entry, (*at, *place))


def _keep_secret(
    raw: dict[str, Any], path: Path, secret: Secret, encrypted: Collection[str], names: SettingNames
) -> list[str]:
    """Make a secret of the value at a path, or say that it is in plain text."""
    holder = raw
    for part in path[:-1]:
        holder = holder[part]
    value = holder[path[-1]]
    holder[path[-1]] = pulumi.Output.secret(value)
    if path[0] in encrypted or secret.unless(value):
        return []
    name = names(tuple(map(MapKey, path)))
    return [f"{name} is in plain text in the stack file. Encrypt it: pulumi config set --secret --path '{name}'"]
