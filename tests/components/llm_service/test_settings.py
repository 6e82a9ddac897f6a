from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuronserve.components.llm_service.args import (
    HeadArgs,
    LlmServiceArgs,
    ModelArgs,
    ReplicasArgs,
    ServingNamespaceArgs,
    WorkerArgs,
)
from neuronserve.components.llm_service.settings import (
    HeadSettings,
    LlmServiceSettings,
    ModelSettings,
    ReplicasSettings,
    ServingNamespaceSettings,
    WorkerSettings,
)
from neuronserve.settings import PYTHON_NAMES, InvalidSettingsError, Required, SettingNames, Settings, read

STACK_NAMES = SettingNames(prefix="neuronserve:", camel_case=True)

VALID: dict[str, Any] = {
    "service_name": "llm",
    "image": "example.com/neuronserve:1",
    "instance_type": "inf2.8xlarge",
    "model": {"name": "owner/model", "max_model_len": 4096, "max_num_seqs": 8},
}


def changed(**changes: Any) -> dict[str, Any]:
    """Return valid settings, changed: a double underscore goes one level down, None takes a setting out."""
    settings: dict[str, Any] = {**VALID, "model": {**VALID["model"]}}
    for path, value in changes.items():
        *parents, key = path.split("__")
        target = settings
        for parent in parents:
            target = target.setdefault(parent, {})
        target[key] = value
        if value is None:
            del target[key]
    return settings


@pytest.mark.parametrize(
    ("args", "settings"),
    [
        (LlmServiceArgs, LlmServiceSettings),
        (ModelArgs, ModelSettings),
        (ReplicasArgs, ReplicasSettings),
        (HeadArgs, HeadSettings),
        (WorkerArgs, WorkerSettings),
        (ServingNamespaceArgs, ServingNamespaceSettings),
    ],
)
def test_arguments_and_settings_are_the_same_things(args: type, settings: type[Settings]) -> None:
    assert args.__annotations__.keys() == settings.model_fields.keys()
    required = {name for name, field in settings.model_fields.items() if field.is_required()}
    assert args.__required_keys__ == required  # type: ignore[attr-defined]


def test_whatever_is_required_has_an_explanation_and_a_stand_in() -> None:
    for settings in (LlmServiceSettings, ModelSettings):
        for field in settings.model_fields.values():
            assert field.is_required() == any(isinstance(item, Required) for item in field.metadata)
    reading = read(LlmServiceSettings, {}, PYTHON_NAMES)
    assert reading.unusable >= {("image",), ("model",)}
    assert len(reading.problems) == 2  # of a missing model, not all that it would have held


def test_valid_settings_are_read_with_their_defaults() -> None:
    reading = read(LlmServiceSettings, VALID, PYTHON_NAMES)
    assert not reading.problems
    assert not reading.unusable
    settings = reading.settings
    assert (settings.accelerator, settings.namespace, settings.require_api_key) == ("neuron", "vllm", True)
    assert (settings.replicas.min, settings.replicas.maximum) == (1, 1)
    assert (settings.model.tensor_parallel_size, settings.model.max_queued_requests) == (1, 64)


def test_the_most_replicas_are_the_fewest_unless_said_otherwise() -> None:
    assert read(LlmServiceSettings, changed(replicas={"min": 3}), PYTHON_NAMES).settings.replicas.maximum == 3


@given(st.integers(1, 10**6))
def test_whole_numbers_may_arrive_as_floats(value: int) -> None:
    # What Pulumi hands to a component that is called from another language.
    settings = read(
        LlmServiceSettings,
        changed(
            model__max_model_len=float(value),
            replicas={"max": float(value)},
            model__engine_arguments={"a": float(value), "b": [{"c": float(value)}], "d": 0.5, "e": True},
        ),
        PYTHON_NAMES,
    ).settings
    assert type(settings.model.max_model_len) is int
    assert type(settings.replicas.maximum) is int
    arguments = settings.model.engine_arguments
    assert arguments == {"a": value, "b": [{"c": value}], "d": 0.5, "e": True}
    assert type(arguments["a"]) is int
    assert type(arguments["b"][0]["c"]) is int  # type: ignore[index,call-overload]
    assert arguments["e"] is True


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"model__max_num_seqs": 1.5}, "model.max_num_seqs is 1.5; it should be a whole number."),
        ({"model__max_num_seqs": True}, "model.max_num_seqs is true; it should be a whole number."),
        ({"model__max_num_seqs": "8"}, 'model.max_num_seqs is "8"; it should be a whole number.'),
        ({"model__max_num_seqs": 0}, "model.max_num_seqs is 0; it should be greater than or equal to 1."),
        ({"replicas": {"min": 0}}, "replicas.min is 0; it should be greater than or equal to 1."),
        ({"head": {"cpu": -1}}, "head.cpu is -1; it should be greater than or equal to 0.001."),
        ({"head": {"cpu": "1"}}, 'head.cpu is "1"; it should be a number.'),
        ({"head": 2}, "head is 2; it should be an object."),
        ({"model": []}, "model is a list; it should be an object."),
        ({"image": ""}, 'image is ""; it should not be empty.'),
        ({"image": [5]}, "image is a list; it should be text."),
        ({"accelerator": "gpu"}, "accelerator is \"gpu\"; it should be 'neuron' or 'cpu'."),
        ({"require_api_key": "perhaps"}, 'require_api_key is "perhaps"; it should be true or false.'),
        ({"upgrade_strategy": "none"}, "upgrade_strategy is \"none\"; it should be 'NewCluster' or 'None'."),
        ({"model__max_num_seqs": None}, "model.max_num_seqs is not set. Set it to the number of requests"),
        ({"instance_typ": "x"}, "instance_typ is unknown. Did you mean instance_type?"),
        ({"modle__max_model_len": 1}, "modle is unknown. Did you mean model?"),
        ({"replicas": {"least": 1}}, "replicas.least is unknown. Remove it, or use one of replicas.max, re"),
        ({"model__engine_arguments": []}, "model.engine_arguments is a list; it should be an object."),
    ],
)
def test_a_mistake_is_named_once_with_what_would_be_right(changes: dict[str, Any], message: str) -> None:
    reading = read(LlmServiceSettings, changed(**changes), PYTHON_NAMES)
    (problem,) = reading.problems
    assert problem.startswith(message)
    assert reading.unusable


def test_a_misspelt_required_setting_is_one_mistake_not_two() -> None:
    raw = changed(model__max_model_len=None, model__max_modle_len=4096)
    assert read(LlmServiceSettings, raw, PYTHON_NAMES).problems == [
        "model.max_modle_len is unknown. Did you mean model.max_model_len?"
    ]


def test_a_stack_file_is_read_and_named_in_camel_case() -> None:
    raw = {
        "serviceName": "llm",
        "image": "i",
        "instanceType": "inf2.8xlarge",
        "model": {"name": "o/m", "maxModelLen": 1, "max_num_seqs": 8, "engineArguments": {"enable_x": 1}},
    }
    reading = read(LlmServiceSettings, raw, STACK_NAMES)
    assert reading.problems == ["neuronserve:model.max_num_seqs is unknown. Did you mean neuronserve:model.maxNumSeqs?"]
    assert reading.settings.instance_type == "inf2.8xlarge"
    assert reading.settings.model.engine_arguments == {"enable_x": 1}


def test_all_mistakes_are_collected_and_the_rest_is_kept() -> None:
    raw = changed(image=None, accelerator="gpu", model__max_num_seqs="many", replicas={"min": 2.5, "max": 4})
    reading = read(LlmServiceSettings, raw, PYTHON_NAMES)
    assert len(reading.problems) == 4
    assert reading.unusable == {("image",), ("accelerator",), ("model", "max_num_seqs"), ("replicas", "min")}
    assert reading.settings.model.max_model_len == 4096
    assert reading.settings.replicas.max == 4


@pytest.mark.parametrize("setting", ["api_key", "hugging_face_token"])
def test_a_secret_is_in_no_message(setting: str) -> None:
    hidden = {"value": "hunter2"}
    reading = read(LlmServiceSettings, changed(**{setting: hidden}), PYTHON_NAMES)
    assert reading.problems == [f"{setting} is set; it should be text."]
    settings = read(LlmServiceSettings, changed(**{setting: "hunter2"}), PYTHON_NAMES).settings
    assert "hunter2" not in repr(settings)


def test_reading_changes_nothing_in_what_it_reads() -> None:
    raw = changed(model__max_num_seqs="many")
    read(LlmServiceSettings, raw, PYTHON_NAMES)
    assert raw == changed(model__max_num_seqs="many")


def test_the_error_lists_its_problems_and_ends_a_program_without_traceback() -> None:
    error = InvalidSettingsError("Stack x", ["first", "second"])
    assert str(error) == "Stack x cannot be deployed: 2 problems.\n  1. first\n  2. second"
    assert isinstance(error, pulumi.RunError)
    assert isinstance(error, ValueError)
