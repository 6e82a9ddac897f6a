"""The settings of an LLM service as plain, typed values, with every default, and how they are read.

Both ways in use it: the component's arguments, written in snake_case, and a stack file, in camelCase.
"""

import copy
import difflib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeGuard, TypeVar

import pulumi
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, JsonValue, ValidationError
from pydantic.alias_generators import to_camel, to_snake
from pydantic_core import ErrorDetails

from neuronserve.components.llm_service_args import UpgradeStrategy
from neuronserve.serving.settings import Accelerator


@dataclass(frozen=True)
class SettingNames:
    """How a user writes settings: turns a path, such as ``model.max_num_seqs``, into what the user wrote."""

    prefix: str = ""
    camel_case: bool = False

    def __call__(self, path: str) -> str:
        """Return the name of the setting at a path in snake_case."""
        return self.prefix + (".".join(map(to_camel, path.split("."))) if self.camel_case else path)

    def unknown(self, path: str) -> str:
        """Return the name of a setting that does not exist: its last part stays as it was written."""
        parent, _, key = path.rpartition(".")
        return f"{self(parent)}.{key}" if parent else f"{self.prefix}{key}"


PYTHON_NAMES = SettingNames()
"""The names of the component's arguments."""


class InvalidSettingsError(pulumi.RunError, ValueError):
    """Settings cannot be deployed; the message lists everything that is wrong with them.

    As a ``pulumi.RunError`` it ends a Pulumi program with its message and without a traceback.
    """

    def __init__(self, subject: str, problems: list[str]) -> None:
        self.problems = problems
        count = "1 problem" if len(problems) == 1 else f"{len(problems)} problems"
        numbered = (f"  {number}. {problem}" for number, problem in enumerate(problems, start=1))
        super().__init__("\n".join([f"{subject} cannot be deployed: {count}.", *numbered]))


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


def _text_or_later(value: object) -> object:
    if isinstance(value, str):
        if not value:
            raise ValueError("it should not be empty")
        return value
    if isinstance(value, pulumi.Output):
        return value
    raise ValueError("it should be text")


def _whole_numbers_restored(value: Any) -> Any:
    """Return JSON with every float that is whole as an int."""
    match value:
        case float() if value.is_integer():
            return int(value)
        case Mapping():
            return {key: _whole_numbers_restored(item) for key, item in value.items()}
        case list() | tuple():
            return [_whole_numbers_restored(item) for item in value]
        case _:
            return value


WholeNumber = Annotated[int, BeforeValidator(_whole)]
Number = Annotated[float, BeforeValidator(_number), Field(gt=0)]
Text = Annotated[str, Field(min_length=1)]
TextOrOutput = Annotated[Any, AfterValidator(_text_or_later)]
"""A string, or a Pulumi output that becomes one."""
Json = Annotated[dict[str, JsonValue], BeforeValidator(_whole_numbers_restored)]


class _Settings(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel,
        arbitrary_types_allowed=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
        protected_namespaces=(),
        validate_by_name=True,
    )


class ModelSettings(_Settings):
    """The model, and how one replica serves it."""

    name: Text
    revision: Text | None = None
    served_model_name: Text | None = None
    tensor_parallel_size: Annotated[WholeNumber, Field(ge=1)] = 1
    max_model_len: Annotated[WholeNumber, Field(ge=1)]
    max_num_seqs: Annotated[WholeNumber, Field(ge=1)]
    max_queued_requests: Annotated[WholeNumber, Field(ge=0)] = 64
    engine_arguments: Json = {}
    architecture: Json | None = None


class ReplicasSettings(_Settings):
    """How many replicas: ``max`` is ``min`` when unset."""

    min: Annotated[WholeNumber, Field(ge=1)] = 1
    max: Annotated[WholeNumber, Field(ge=1)] | None = None

    @property
    def maximum(self) -> int:
        """Most replicas."""
        return self.min if self.max is None else self.max


class ResourcesSettings(_Settings):
    """What a container may use; what is unset depends on the accelerator."""

    cpu: Number | None = None
    memory_gib: Number | None = None


class ServiceSettings(_Settings):
    """What every way in can set."""

    name: Text
    accelerator: Accelerator = Accelerator.NEURON
    instance_type: Text | None = None
    image: TextOrOutput
    namespace: TextOrOutput = "vllm"
    model: ModelSettings
    replicas: ReplicasSettings = ReplicasSettings()
    worker: ResourcesSettings = ResourcesSettings()
    head: ResourcesSettings = ResourcesSettings()
    api_key: Annotated[TextOrOutput | None, Field(repr=False)] = None
    require_api_key: bool = True
    hugging_face_token: Annotated[TextOrOutput | None, Field(repr=False)] = None
    upgrade_strategy: UpgradeStrategy = UpgradeStrategy.NEW_CLUSTER


class LlmServiceSettings(ServiceSettings):
    """The component's arguments: :mod:`~neuronserve.components.llm_service_args` describes each."""

    create_namespace: bool = True
    head_service_name: TextOrOutput = "vllm"


SettingsType = TypeVar("SettingsType", bound=ServiceSettings)

SECRETS = frozenset({"api_key", "hugging_face_token"})

REQUIRED = {
    "image": "the container image of head and workers",
    "model": "an object with the model's name, its longest sequence and how many it serves at once",
    "model.max_model_len": "the longest prompt plus answer, in tokens",
    "model.max_num_seqs": "the number of requests that a replica works on at once",
    "model.name": "a Hugging Face id (owner/model), a directory in the image, or the embedded model's name",
    "name": "the name of the service",
}
"""What has no default, and what to set it to."""

STAND_INS: dict[str, Any] = {
    "image": "stand-in",
    "model": {},
    "model.max_model_len": 1,
    "model.max_num_seqs": 1,
    "model.name": "stand-in/stand-in",
    "name": "stand-in",
}
"""Values for required settings that are missing or wrong, so that the others can still be checked."""


@dataclass(frozen=True)
class Reading(Generic[SettingsType]):
    """What came of reading raw settings: values, what is wrong, and which values are therefore stand-ins."""

    settings: SettingsType
    problems: list[str]
    unusable: frozenset[str]
    """Paths of settings whose value in ``settings`` is a default or stand-in: the given one is wrong."""


def read(settings_type: type[SettingsType], raw: Mapping[str, Any], names: SettingNames) -> Reading[SettingsType]:
    """Read raw settings, nested mappings with the given names. Problems are collected, never raised."""
    values = _mutable(raw)
    problems: list[str] = []
    unusable: set[str] = set()
    while True:
        try:
            settings = settings_type.model_validate(values, by_alias=names.camel_case, by_name=not names.camel_case)
            return Reading(settings, problems, frozenset(unusable))
        except ValidationError as validation_error:
            errors = [(_path(settings_type, error["loc"]), error) for error in validation_error.errors()]
        if all(path in unusable for path, _ in errors):  # a stand-in is refused: a mistake here
            raise AssertionError(errors)
        misspelt = {
            suggestion
            for path, error in errors
            if error["type"] == "extra_forbidden" and (suggestion := _suggestion(settings_type, path))
        }
        for path, error in errors:
            below_wrong = any(path == wrong or path.startswith(f"{wrong}.") for wrong in unusable)
            if not below_wrong and not (error["type"] == "missing" and path in misspelt):
                problems.append(_problem(settings_type, path, error, names))
        for path, _ in errors:
            unusable.add(path)
            _replace(values, path, camel_case=names.camel_case)


def _is_model(annotation: object) -> TypeGuard[type[BaseModel]]:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)


def _mutable(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {key: _mutable(value) if isinstance(value, Mapping) else value for key, value in raw.items()}


def _path(settings_type: type[BaseModel], location: tuple[str | int, ...]) -> str:
    """Return the path of a validation error in snake_case, no deeper than the settings' own fields.

    A key that is unknown stays as it was written.
    """
    path: list[str] = []
    for part in map(str, location):
        names = {part, *(name for name, field in settings_type.model_fields.items() if field.alias == part)}
        known = sorted(names & settings_type.model_fields.keys())
        path.append(known[0] if known else part)
        annotation = settings_type.model_fields[known[0]].annotation if known else None
        if not _is_model(annotation):
            break
        settings_type = annotation
    return ".".join(path)


def _suggestion(settings_type: type[BaseModel], path: str) -> str | None:
    """Return the path of the setting that an unknown one was probably meant to be."""
    parent, _, key = path.rpartition(".")
    known = _siblings(settings_type, path)
    close = difflib.get_close_matches(to_snake(key), known, n=1)
    return f"{parent}.{close[0]}".lstrip(".") if close else None


def _siblings(settings_type: type[BaseModel], path: str) -> list[str]:
    for parent in path.split(".")[:-1]:
        annotation = settings_type.model_fields[parent].annotation
        assert _is_model(annotation)  # noqa: S101 (only a model refuses keys)
        settings_type = annotation
    return list(settings_type.model_fields)


def _problem(settings_type: type[BaseModel], path: str, error: ErrorDetails, names: SettingNames) -> str:
    if error["type"] == "extra_forbidden":
        if suggestion := _suggestion(settings_type, path):
            return f"{names.unknown(path)} is unknown. Did you mean {names(suggestion)}?"
        parent = path.rpartition(".")[0]
        known = sorted(names(f"{parent}.{key}".lstrip(".")) for key in _siblings(settings_type, path))
        return f"{names.unknown(path)} is unknown. Remove it, or use one of {', '.join(known)}."
    if error["type"] == "missing":
        return f"{names(path)} is not set. Set it to {REQUIRED[path]}."
    match error["type"]:
        case "value_error":
            requirement = str(error["ctx"]["error"])
        case "model_type" | "dict_type":
            requirement = "it should be an object"
        case "bool_parsing" | "bool_type":
            requirement = "it should be true or false"
        case _:
            requirement = error["msg"].replace("Input should be", "it should be")
    return f"{names(path)} is {'set' if path in SECRETS else _shown(error['input'])}; {requirement}."


def _shown(value: object) -> str:
    return (
        json.dumps(value, default=str) if isinstance(value, str | int | float | bool) else f"a {type(value).__name__}"
    )


def _replace(values: dict[str, Any], path: str, *, camel_case: bool) -> None:
    """Take the setting at a path out of raw values; put its stand-in there if it is required."""
    *parents, name = path.split(".")
    for parent in parents:
        values = values[to_camel(parent) if camel_case else parent]
    values.pop(name, None)
    key = to_camel(name) if camel_case else name
    values.pop(key, None)
    if path in STAND_INS:
        values[key] = copy.deepcopy(STAND_INS[path])
