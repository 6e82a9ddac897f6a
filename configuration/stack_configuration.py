"""What a stack file sets below the project's name, as typed values. Pulumi.yaml describes each key."""

import json
from collections.abc import Mapping
from typing import Any, cast

import pulumi
from pulumi.runtime import config as pulumi_config
from pydantic import BaseModel
from pydantic.alias_generators import to_camel

from neuronserve.components.llm_service.args import LlmServiceArgs
from neuronserve.components.llm_service.checks import find_problems
from neuronserve.components.llm_service.settings import ServiceSettings
from neuronserve.components.settings import (
    InvalidSettingsError,
    SettingNames,
    Text,
    TextOrOutput,
    is_secret,
    nested_settings,
    read,
)


class StackConfiguration(ServiceSettings):
    """Everything that a stack can set.

    What an :class:`~neuronserve.components.llm_service.LlmService` takes has its defaults in
    :class:`~neuronserve.components.llm_service.settings.ServiceSettings`.
    """

    kubeconfig: TextOrOutput | None = None
    """Path or content of a kubeconfig; the ambient one when unset."""
    kube_context: Text | None = None
    """Context of the kubeconfig; its current one when unset."""

    def llm_service_args(self) -> LlmServiceArgs:
        """Return the arguments of the component that this configuration describes."""
        ours = {"name", "kubeconfig", "kube_context"}
        values = {
            setting: value.model_dump(exclude_none=True) if isinstance(value, BaseModel) else value
            for setting in ServiceSettings.model_fields
            if setting not in ours and (value := getattr(self, setting)) is not None
        }
        return cast(LlmServiceArgs, values)


UNSET = {"", "{}"}
"""Values that stand for unset: Pulumi.yaml needs a default for what a stack may leave out."""

OBJECT_KEYS = {str(field.alias) for field in StackConfiguration.model_fields.values() if nested_settings(field)}
SECRETS = sorted(setting for setting, field in StackConfiguration.model_fields.items() if is_secret(field))
SECRET_KEYS = {to_camel(setting) for setting in {*SECRETS, "kubeconfig"}}


def load() -> StackConfiguration:
    """Return the stack's configuration.

    Raises:
        InvalidSettingsError: something in it is unknown, missing, of the wrong type or impossible; the
            message lists everything at once.
    """
    config = pulumi.Config()
    names = SettingNames(prefix=f"{config.name}:", camel_case=True)
    raw = _raw_values(config)
    reading = read(StackConfiguration, raw, names)
    problems = [
        *_plain_secrets(config, raw, names),
        *reading.problems,
        *find_problems(reading.settings, names, reading.unusable),
    ]
    if problems:
        raise InvalidSettingsError(f"Stack {pulumi.get_stack()}", problems)
    return reading.settings


def _raw_values(config: pulumi.Config) -> dict[str, Any]:
    """Return the values that are set, by key: objects as such, what is encrypted as secret outputs."""
    raw: dict[str, Any] = {}
    for full_key in sorted({*pulumi_config.CONFIG.get(), *pulumi_config.get_config_env()}):
        namespace, _, key = full_key.partition(":")
        text = pulumi_config.get_config(full_key)
        if namespace != config.name or text in UNSET:
            continue
        if key in OBJECT_KEYS:
            raw[key] = _parsed(text)
        elif key in SECRET_KEYS and pulumi_config.is_config_secret(full_key):
            raw[key] = config.require_secret(key)
        else:
            raw[key] = text
    return raw


def _parsed(text: str) -> object:
    try:
        return json.loads(text)
    except ValueError:
        return text  # which is no object, as reading it will say


def _plain_secrets(config: pulumi.Config, raw: Mapping[str, Any], names: SettingNames) -> list[str]:
    return [
        f"{names(setting)} is in plain text in the stack file. Encrypt it: "
        f"pulumi config set --secret {config.name}:{to_camel(setting)}"
        for setting in SECRETS
        if isinstance(raw.get(to_camel(setting)), str)
    ]
