"""docs/reference.md: every setting of a stack file, and every argument and output of every component."""

from collections.abc import Iterable, Mapping

from neuronserve.codegen.args import args_name
from neuronserve.codegen.documentation import Output
from neuronserve.codegen.kinds import Setting, explained, settings_of
from neuronserve.codegen.stack_keys import camel_case, kind_in_words, stack_keys
from neuronserve.settings.base import Settings

HEAD = """# Reference

Generated from the settings classes by `make generate`: a change belongs there.

## Settings of a stack file

Each stands below `config:` in `stacks/Pulumi.<stack>.yaml` as `neuronserve:<key>`. Required ones are marked with *;
what is not set, or null, has its default. Secrets are set with `pulumi config set --secret --path`.
"""

COMPONENTS = """
## Arguments of the components

In Python they are keys of the component's second argument, a mapping. `Input` marks values that may be Outputs.
"""


OUTPUTS = """
## Outputs of the components

Attributes of the component, each a `pulumi.Output` of the type given, which goes straight into the next component.
"""


def reference(
    settings_type: type[Settings],
    components: Mapping[str, Iterable[type[Settings]]],
    outputs: Mapping[str, Iterable[Output]],
) -> str:
    """Return the text of the reference.

    Args:
        settings_type: the settings of a stack.
        components: the settings of components, by folder.
        outputs: the outputs of components, by class.
    """
    parts = [HEAD]
    for setting in settings_of(settings_type):
        parts.append(f"### {setting.alias}\n\n{camel_case(explained(setting))}\n")
        if held := setting.kind.settings_type:
            prefix = f"{setting.alias}.<name>." if setting.kind.of is dict else f"{setting.alias}."
            rows = [
                _row(
                    f"{key.path}{'*' if key.setting.is_required else ''}", kind_in_words(key.setting.kind), key.meaning
                )
                for key in stack_keys(held, prefix)
            ]
            parts.append(_table("key", rows))
    parts.append(COMPONENTS)
    for folder, settings_types in components.items():
        for one in settings_types:
            parts.append(f"### {args_name(one)}\n\n`components/{folder}`. {' '.join((one.__doc__ or '').split())}\n")
            parts.append(_table("argument", [_argument(setting) for setting in settings_of(one)]))
    parts.append(OUTPUTS)
    for component, found in sorted(outputs.items()):
        if rows := [_row(one.name, f"`{one.kind}`{', or None' * one.may_be_none}", one.meaning) for one in found]:
            parts.append(f"### {component}\n\n{_table('output', rows)}")
    return "\n".join(parts)


def _argument(setting: Setting) -> str:
    kind = kind_in_words(setting.kind)
    if held := setting.kind.settings_type:
        kind = f"{'map of ' if setting.kind.of is dict else ''}{args_name(held)}"
    shown = f"Input, {kind}" if setting.kind.may_be_output else kind
    return _row(f"{setting.name}{'*' if setting.is_required else ''}", shown, explained(setting))


def _table(first: str, rows: list[str]) -> str:
    return "\n".join([f"| {first} | type | meaning |", "|---|---|---|", *rows]) + "\n"


def _row(name: str, kind: str, meaning: str) -> str:
    escaped = meaning.replace("|", "\\|").replace("<", "&lt;")
    return f"| `{name}` | {kind} | {escaped} |"
