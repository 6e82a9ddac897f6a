"""The types of single settings: plain values, and values that may be known only while Pulumi runs."""

import json
from collections.abc import Awaitable, Mapping
from typing import Annotated, Any, TypeVar, get_args, get_origin

import pulumi
from pydantic import BeforeValidator, Field, GetCoreSchemaHandler, JsonValue
from pydantic_core import CoreSchema, core_schema

T = TypeVar("T")


LARGEST_WHOLE_NUMBER = 2**31 - 1
"""What Kubernetes and AWS take where they name no smaller bound: an int32."""

SMALLEST_NUMBER, LARGEST_NUMBER = 0.001, 1_000_000
"""Of CPU cores (a thousandth is Kubernetes' smallest), GiB and seconds."""


def _whole(value: object) -> object:
    # Pulumi hands a packaged component whole numbers as floats (https://github.com/pulumi/pulumi/pull/21944).
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    raise ValueError("it should be a whole number")


def _number(value: object) -> object:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return value
    raise ValueError("it should be a number")


def text(value: object) -> str:
    """Return a value as text, which `pulumi config set --path tags.cost-center 4711` writes as a number.

    Raises:
        ValueError: it is no plain value, or one that nothing takes.
    """
    if isinstance(value, bool | int | float):
        value = json.dumps(whole_numbers_restored(value))
    if not isinstance(value, str):
        raise ValueError("it should be text")
    if "\0" in value:
        raise ValueError("it should not hold the character NUL")
    return value


def _full_text(value: object) -> str:
    if not (full := text(value)):
        raise ValueError("it should not be empty")
    return full


def whole_numbers_restored(value: Any) -> Any:
    """Return JSON with every float that is whole as an int."""
    match value:
        case float() if value.is_integer():
            return int(value)
        case Mapping():
            return {key: whole_numbers_restored(item) for key, item in value.items()}
        case list() | tuple():
            return [whole_numbers_restored(item) for item in value]
        case _:
            return value


WholeNumber = Annotated[int, BeforeValidator(_whole), Field(ge=0, le=LARGEST_WHOLE_NUMBER)]
Number = Annotated[float, BeforeValidator(_number), Field(ge=SMALLEST_NUMBER, le=LARGEST_NUMBER)]
Text = Annotated[str, BeforeValidator(_full_text)]
MaybeEmpty = Annotated[str, BeforeValidator(text)]


class OutputsInside:
    """Marks JSON of which any part may be an Output."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Return the schema of JSON, which Outputs in it pass by."""

        def validate(value: Any, plainly: core_schema.ValidatorFunctionWrapHandler) -> Any:
            plainly(_without_outputs(value))
            return value

        return core_schema.no_info_wrap_validator_function(validate, handler(source))


def _without_outputs(value: Any) -> Any:
    match value:
        case pulumi.Output():
            return None
        case Mapping():
            return {key: _without_outputs(item) for key, item in value.items()}
        case list():
            return [_without_outputs(item) for item in value]
        case _:
            return value


Json = Annotated[dict[str, JsonValue], OutputsInside(), BeforeValidator(whole_numbers_restored)]
"""A JSON object; in a program any part of it may be an Output, which is handed on."""


class OrOutput:
    """Marks a setting on whose value no decision hangs: it may be an Output, which is handed on as it is."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Return the schema of the plain value, which an Output or an awaitable passes by."""
        plain = next(member for member in get_args(source) if get_origin(member) is not pulumi.Output)

        def validate(value: Any, plainly: core_schema.ValidatorFunctionWrapHandler) -> Any:
            if isinstance(value, pulumi.Output):
                return value
            return pulumi.Output.from_input(value) if isinstance(value, Awaitable) else plainly(value)

        return core_schema.no_info_wrap_validator_function(validate, handler.generate_schema(plain))


class OrOne:
    """Marks a list of which a single item may be written by itself."""


def _listed(value: object) -> object:
    return [value] if isinstance(value, str | bool | int | float | pulumi.Output) else value


OneOrMore = Annotated[list[T], BeforeValidator(_listed), OrOne()]
"""``OneOrMore[Text]`` is a list of texts, or one text."""

Later = Annotated[T | pulumi.Output[T], OrOutput()]
"""``Later[Text]`` is a text, or an Output of one: of a component's argument it is checked when it is known."""
