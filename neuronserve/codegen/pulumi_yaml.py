"""The config block of Pulumi.yaml, from which the CLI takes types and defaults."""

import textwrap
from typing import Any

from neuronserve.codegen.kinds import Setting, explained, settings_of
from neuronserve.codegen.stack_keys import camel_case, kind_in_words, stack_keys
from neuronserve.settings.base import Settings

MARK = "# Generated from the settings classes by `make generate`, to the end of the file: a change belongs there.\n"
TYPES: dict[Any, str] = {str: "string", bool: "boolean"}
WIDTH = 118


def with_config_block(project_file: str, settings_type: type[Settings]) -> str:
    """Return the text of a Pulumi.yaml with the config block of a stack's settings at its end."""
    head = project_file.partition(MARK)[0]
    lines = ["# All keys of a stack may be left out; {} and an empty text stand for that.", "config:"]
    for setting in settings_of(settings_type):
        lines += _declaration(setting)
    return f"{head}{MARK}" + "\n".join(lines) + "\n"


def _declaration(setting: Setting) -> list[str]:
    kind = TYPES.get(setting.kind.of, "object")
    default = {"string": '""', "object": "{}"}.get(kind) or str(setting.default).lower()
    paragraphs = [camel_case(explained(setting))]
    if held := setting.kind.settings_type:
        prefix = "<name>." if setting.kind.of is dict else ""
        paragraphs += [
            f"- {key.path} ({kind_in_words(key.setting.kind)}): {key.meaning}" for key in stack_keys(held, prefix)
        ]
    lines = [f"  {setting.alias}:", f"    type: {kind}", f"    default: {default}", "    description: |-"]
    for paragraph in paragraphs:
        indent = "  " if paragraph.startswith("- ") else ""
        lines += textwrap.wrap(
            paragraph, WIDTH, initial_indent="      ", subsequent_indent=f"      {indent}", break_long_words=False
        )
    return lines
