"""Reading a stack's configuration, as the Pulumi CLI or an offline plan hands it to the program."""

import json
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import pulumi
from pulumi.runtime import get_config, get_config_env, get_config_secret_keys_env

from neuronserve.components.llm_service.priorities import HEAD, priority_class_name
from neuronserve.components.platform.checks import KARPENTER
from neuronserve.settings import InvalidSettingsError, MapKey, Path, Secret, SettingNames, Settings, read
from neuronserve.settings.base import is_map, mark, nested_fields
from neuronserve.stack.checks import find_problems
from neuronserve.stack.encryption import encrypted_paths, misplaced
from neuronserve.stack.exposure import exposed
from neuronserve.stack.head_storage import chosen, doubtful_storage
from neuronserve.stack.interruptions import interruptions
from neuronserve.stack.network_policies import doubtful_policies
from neuronserve.stack.observability import watched
from neuronserve.stack.open_web_ui import let_open_web_ui_in
from neuronserve.stack.schedulers import unknown_schedulers
from neuronserve.stack.settings import StackSettings

UNSET = {"", "{}", "[]"}
"""Values that stand for unset: Pulumi.yaml needs a default for what a stack may leave out."""

STRUCTURED_KEYS = {
    str(field.alias) for field in StackSettings.model_fields.values() if field.annotation not in (str, bool)
}


def load() -> StackSettings:
    """Return the stack's settings; what is no mistake, but may come to one in the cluster, are warnings.

    Raises:
        InvalidSettingsError: something in them is unknown, missing, of the wrong type or impossible; the
            message lists everything at once.
    """
    config = pulumi.Config()
    names = SettingNames(prefix=f"{config.name}:", camel_case=True)
    raw = _raw_values(config.name)
    secret_keys = {key for key in raw if f"{config.name}:{key}" in get_config_secret_keys_env()}
    stack, problems = read_stack(raw, encrypted_paths(config.name, raw, secret_keys), names)
    if problems:
        raise InvalidSettingsError(f"Stack {pulumi.get_stack()}", problems)
    for warning in (
        *interruptions(stack, names),
        *unknown_schedulers(stack, names),
        *doubtful_policies(stack, names),
        *doubtful_storage(stack, names),
    ):
        pulumi.log.warn(warning)
    return stack


def read_stack(
    raw: dict[str, Any], encrypted: Collection[Path], names: SettingNames
) -> tuple[StackSettings, list[str]]:
    """Return the settings that raw values come to, and everything that is wrong with them.

    Args:
        raw: values by key, as JSON has them; those that are encrypted become secret Outputs in it.
        encrypted: the paths of values that are encrypted, or that hold any and it is not known where.
        names: how the stack file writes settings.
    """
    secrets = list(_secrets(StackSettings, raw, ()))
    problems = [problem for path, secret in secrets for problem in _keep_secret(raw, path, secret, encrypted, names)]
    problems += misplaced(encrypted, [path for path, _ in secrets], names)
    reading = read(StackSettings, raw, names)
    stack = reading.settings.changed(services=_completed(reading.settings))
    return stack, [*problems, *reading.problems, *find_problems(stack, names, reading.unusable)]


def _completed(stack: StackSettings) -> dict[str, Any]:
    """Return the services with what the stack knows: a name, clients, storage, priority, who decides on disruption."""
    makes_karpenter = stack.makes(KARPENTER)
    return {
        name: watched(stack, exposed(stack, let_open_web_ui_in(stack, service))).changed(
            service_name=service.service_name or name,
            head_fault_tolerance=chosen(stack, service),
            do_not_disrupt=not makes_karpenter if service.do_not_disrupt is None else service.do_not_disrupt,
            head=service.head.changed(
                priority_class_name=service.head.priority_class_name or priority_class_name(service.namespace, HEAD)
            ),
        )
        for name, service in stack.services.items()
    }


def _raw_values(namespace: str) -> dict[str, Any]:
    """Return the values that are set, by key."""
    raw: dict[str, Any] = {}
    for full_key in sorted(get_config_env()):
        owner, _, key = full_key.partition(":")
        text = get_config(full_key)
        if owner != namespace or text in UNSET:
            continue
        raw[key] = _parsed(str(text)) if key in STRUCTURED_KEYS else text
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
        entries: dict[Path, Any] = {(key,): value}
        if is_map(field) and isinstance(value, Mapping):
            entries = {(key, name): entry for name, entry in value.items()}
        for place, entry in entries.items():
            if secret and isinstance(entry, str | int | float):  # which are taken as text
                yield (*at, *place), secret
            elif held and isinstance(entry, Mapping):
                yield from _secrets(held.settings_type, entry, (*at, *place))


def _keep_secret(
    raw: dict[str, Any], path: Path, secret: Secret, encrypted: Collection[Path], names: SettingNames
) -> list[str]:
    """Make a secret of the value at a path, unless it is none, and say so if it is in plain text."""
    holder = raw
    for part in path[:-1]:
        holder = holder[part]
    value = holder[path[-1]]
    is_encrypted = any(path[: len(place)] == place for place in encrypted)
    if not is_encrypted and secret.unless(str(value)):
        return []
    holder[path[-1]] = pulumi.Output.secret(value)
    if is_encrypted:
        return []
    name = names(tuple(map(MapKey, path)))
    return [f"{name} is in plain text in the stack file. Encrypt it: pulumi config set --secret --path '{name}'"]
