"""The JSON schema of stack files, from which editors complete and check them."""

import json
from enum import Enum
from typing import Any

from neuronserve.codegen.kinds import Kind, Setting, settings_of
from neuronserve.codegen.stack_keys import camel_case
from neuronserve.settings.base import Settings

NAMES: dict[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}
SECURE = {
    "type": "object",
    "properties": {"secure": {"type": "string"}},
    "required": ["secure"],
    "additionalProperties": False,
    "description": "What `pulumi config set --secret` writes.",
}


def schema(settings_type: type[Settings]) -> str:
    """Return the schema of the stack files of project ``neuronserve``."""
    document = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A stack of neuronserve",
        "type": "object",
        "properties": {
            "config": {
                "type": "object",
                "properties": {
                    **{f"neuronserve:{setting.alias}": _described(setting) for setting in settings_of(settings_type)},
                    "aws:region": {"type": "string", "description": "The region to deploy to, such as us-west-2."},
                    "aws:profile": {"type": "string", "description": "Profile of the AWS CLI."},
                },
                # A misspelt setting of ours is one; those of providers are theirs to know.
                "patternProperties": {"^(?!neuronserve:)": {}},
                "additionalProperties": False,
            },
            "secretsprovider": {"type": "string"},
            "encryptedkey": {"type": "string"},
            "encryptionsalt": {"type": "string"},
            "environment": {"type": "array", "items": {"type": "string"}},
        },
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _described(setting: Setting) -> dict[str, Any]:
    value = _schema(setting.kind)
    if setting.is_secret:
        value = {"anyOf": [value, SECURE]}
    described = {"description": camel_case(setting.meaning), **value}
    return described if setting.default is None else {**described, "default": setting.default}


def _schema(kind: Kind) -> dict[str, Any]:
    if kind.of is list and kind.items:
        array = {"type": "array", "items": _schema(kind.items)}
        return {"anyOf": [array, _schema(kind.items)]} if kind.may_be_one else array
    if kind.of is dict and kind.items:
        return {"type": "object", "additionalProperties": _schema(kind.items)}
    if isinstance(kind.of, type) and issubclass(kind.of, Settings):
        settings = settings_of(kind.of)
        required = [setting.alias for setting in settings if setting.is_required]
        return {
            "type": "object",
            "properties": {setting.alias: _described(setting) for setting in settings},
            "additionalProperties": False,
            **({"required": required} if required else {}),
        }
    if isinstance(kind.of, type) and issubclass(kind.of, Enum):
        return {"enum": [member.value for member in kind.of]}
    return {"type": NAMES.get(kind.of, "object")}
