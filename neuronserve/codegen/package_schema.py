"""The Pulumi schema of the component package, from which the SDKs of other languages are generated.

Written here and not inferred by Pulumi's analyzer, which loses what settings know: that a value is secret, the items of
a list that are one of an enumeration, texts and numbers inside JSON.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from typing import Any

from pydantic.alias_generators import to_camel, to_pascal

from neuronserve.codegen.documentation import ComponentDocumentation, Output, member_meanings
from neuronserve.codegen.kinds import Kind, Setting, explained, settings_of
from neuronserve.codegen.stack_keys import camel_case
from neuronserve.settings.base import Settings

PACKAGE = "neuronserve"
HOME = "https://github.com/neuronserve/neuronserve"
LANGUAGES = ("csharp", "go", "java", "nodejs", "python")

# Without it Go has no type for the values of a plain map of objects.
OF_LANGUAGE: dict[str, dict[str, Any]] = {"go": {"generateExtraInputTypes": True}}

PLAIN: dict[Any, str] = {str: "string", int: "integer", float: "number", bool: "boolean"}
ANY: dict[str, Any] = {"$ref": "pulumi.json#/Any"}


def package_schema(
    version: str, settings_types: Iterable[type[Settings]], components: Mapping[str, ComponentDocumentation]
) -> str:
    """Return the text of the schema.

    Args:
        version: of the package.
        settings_types: all that belong to components, and maybe more.
        components: what each component is and gives, by the name of its class.
    """
    settings = {one.__name__.removesuffix("Settings"): one for one in settings_types}
    made = {name: settings[name] for name in sorted(components)}
    document = {
        "name": PACKAGE,
        "displayName": PACKAGE,
        "version": version,
        "description": "Pulumi components that serve LLMs on AWS Inferentia2 and Trainium",
        "homepage": HOME,
        "repository": HOME,
        "license": "Apache-2.0",
        # SDKs ask the engine for the plugin of their own version.
        "language": {
            language: {"respectSchemaVersion": True, **OF_LANGUAGE.get(language, {})} for language in LANGUAGES
        },
        "types": dict(sorted(_types(made.values()))),
        "resources": {
            f"{PACKAGE}:index:{name}": _resource(components[name], settings_type)
            for name, settings_type in made.items()
        },
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _resource(documentation: ComponentDocumentation, settings_type: type[Settings]) -> dict[str, Any]:
    inputs = _object(settings_type)
    return {
        "isComponent": True,
        "description": documentation.meaning,
        "inputProperties": inputs["properties"],
        "requiredInputs": inputs["required"],
        "properties": {to_camel(output.name): _output(output) for output in documentation.outputs},
        "required": [to_camel(output.name) for output in documentation.outputs if not output.may_be_none],
    }


def _types(settings_types: Iterable[type[Settings]]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield what inputs hold, by token; what several hold comes several times, and is the same each time."""
    for settings_type in settings_types:
        for setting in settings_of(settings_type):
            kind = setting.kind.items or setting.kind
            if issubclass(kind.of, Settings):
                yield _token(kind.of), {"type": "object", "description": _meaning(kind.of), **_object(kind.of)}
                yield from _types([kind.of])
            elif issubclass(kind.of, Enum):
                yield _token(kind.of), _enumeration(kind.of)


def _token(held: type) -> str:
    return f"{PACKAGE}:index:{held.__name__.removesuffix('Settings')}"


def _meaning(held: type) -> str:
    return camel_case(" ".join((held.__doc__ or "").split()))


def _object(settings_type: type[Settings]) -> dict[str, Any]:
    settings = settings_of(settings_type)
    return {
        "properties": {setting.alias: _input(setting) for setting in settings},
        "required": [setting.alias for setting in settings if setting.is_required],
    }


def _input(setting: Setting) -> dict[str, Any]:
    # Its default is in the description alone: as a value of the schema every SDK would set it, and the component would
    # take it for the user's own.
    described = {"description": camel_case(explained(setting)), **_type(setting.kind)}
    # An SDK makes one Output of all that is marked, and what is plain cannot be one: its items are secret as they come.
    return {**described, "secret": True} if setting.is_secret and setting.kind.may_be_output else described


def _type(kind: Kind) -> dict[str, Any]:
    # What is plain has to be known when the program runs; SDKs then take no outputs.
    described = _known(kind)
    return described if kind.may_be_output else {**described, "plain": True}


def _known(kind: Kind) -> dict[str, Any]:
    if kind.of is list and kind.items:
        return {"type": "array", "items": _type(kind.items)}
    if kind.of is dict and kind.items:
        return {"type": "object", "additionalProperties": _type(kind.items)}
    if kind.of in PLAIN:
        return {"type": PLAIN[kind.of]}
    if kind.of is Any:
        return {"type": "object", "additionalProperties": ANY}
    return {"type": "string" if issubclass(kind.of, Enum) else "object", "$ref": f"#/types/{_token(kind.of)}"}


def _enumeration(enum: type[Enum]) -> dict[str, Any]:
    meanings = member_meanings(enum)
    values = [
        {"name": to_pascal(member.name.lower()), "value": member.value}
        | ({"description": meanings[member.name]} if member.name in meanings else {})
        for member in enum
    ]
    return {"type": "string", "description": _meaning(enum), "enum": values}


def _output(output: Output) -> dict[str, Any]:
    meaning = output.meaning.replace("``", "`")  # from reStructuredText to Markdown
    described = {"description": camel_case(meaning), **_output_type(output.kind)}
    return {**described, "secret": True} if output.is_secret else described


def _output_type(kind: str) -> dict[str, Any]:
    """Return the type of an output, by its annotation."""
    name, _, held = kind.removesuffix("]").partition("[")
    match name:
        case "list":
            return {"type": "array", "items": _output_type(held)}
        case "dict":
            return {"type": "object", "additionalProperties": _output_type(held.removeprefix("str, "))}
        case _:
            return {"type": {known.__name__: described for known, described in PLAIN.items()}[name]}
