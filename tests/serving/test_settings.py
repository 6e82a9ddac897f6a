import subprocess
import sys

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from neuronserve.serving.engine_arguments import SMALLEST_BUCKET, context_buckets, engine_arguments, engine_environment
from neuronserve.serving.serve_config import REFUSAL_HEADROOM, Replicas, serve_config
from neuronserve.serving.settings import (
    ENGINE_ARGUMENT,
    RESERVED_ENGINE_ARGUMENTS,
    Accelerator,
    EngineSettings,
    LiveSettings,
    ServingSettings,
)

settings_strategy = st.builds(
    ServingSettings,
    accelerator=st.sampled_from(Accelerator),
    model=st.text(min_size=1),
    revision=st.none() | st.text(),
    served_model_name=st.lists(st.text(min_size=1), max_size=3),
    tensor_parallel_size=st.integers(1, 32),
    max_model_len=st.integers(1, 200_000),
    max_num_seqs=st.integers(1, 512),
    max_queued_requests=st.integers(0, 1000),
    graceful_shutdown_timeout_s=st.integers(1, 1000),
    engine_arguments=st.dictionaries(
        st.from_regex(ENGINE_ARGUMENT, fullmatch=True).filter(lambda name: name not in RESERVED_ENGINE_ARGUMENTS),
        st.booleans() | st.integers(),
    ),
)


def neuron(**changes: object) -> ServingSettings:
    values = {
        "accelerator": "neuron",
        "model": "a/b",
        "tensor_parallel_size": 2,
        "max_model_len": 4096,
        "max_num_seqs": 8,
    }
    return ServingSettings.model_validate(values | changes)


@given(settings_strategy, st.integers(1, 4), st.integers(0, 4))
def test_what_is_deployed_is_what_is_read_back(settings: ServingSettings, minimum: int, more: int) -> None:
    text = yaml.safe_dump(serve_config(settings, Replicas(minimum, minimum + more)))
    (application,) = yaml.safe_load(text)["applications"]
    (deployment,) = application["deployments"]
    assert EngineSettings.model_validate(application["args"]) == _of(EngineSettings, settings)
    assert LiveSettings.model_validate(deployment["user_config"]) == _of(LiveSettings, settings)


def _of(part: type[BaseModel], settings: ServingSettings) -> BaseModel:
    return part.model_validate({name: getattr(settings, name) for name in part.model_fields})


@given(settings_strategy, settings_strategy)
def test_a_change_that_needs_no_engine_leaves_the_args_alone(one: ServingSettings, other: ServingSettings) -> None:
    changed = one.model_copy(
        update=_of(LiveSettings, other).model_dump()
        | {"graceful_shutdown_timeout_s": other.graceful_shutdown_timeout_s}
    )
    before, after = (serve_config(settings, Replicas(1, 1))["applications"][0] for settings in (one, changed))
    assert before["args"] == after["args"]  # Serve makes new replicas where they differ
    assert before["deployments"][0]["ray_actor_options"] == after["deployments"][0]["ray_actor_options"]


@given(settings_strategy)
def test_the_replica_refuses_before_serve_does(settings: ServingSettings) -> None:
    (deployment,) = serve_config(settings, Replicas(1, 1))["applications"][0]["deployments"]
    assert deployment["max_ongoing_requests"] == settings.max_num_seqs + settings.max_queued_requests + REFUSAL_HEADROOM


def test_serve_itself_accepts_the_configuration() -> None:
    from ray.serve.schema import ServeDeploySchema

    for replicas in (Replicas(1, 1), Replicas(1, 3)):
        parsed = ServeDeploySchema.model_validate(serve_config(neuron(), replicas))
        assert parsed.applications[0].import_path == "neuronserve.serving.application:build"


def test_serves_proxies_are_told_how_long_connections_stay() -> None:
    from ray.serve.schema import ServeDeploySchema

    own, told = (serve_config(neuron(), Replicas(1, 1), keep_alive_timeout_s=seconds) for seconds in (None, 660))
    assert "http_options" not in own
    options = ServeDeploySchema.model_validate(told).http_options
    assert (options.keep_alive_timeout_s, options.port) == (660, 8000)


def test_a_neuron_replica_asks_for_its_cores() -> None:
    (deployment,) = serve_config(neuron(tensor_parallel_size=8), Replicas(3, 3))["applications"][0]["deployments"]
    assert deployment["ray_actor_options"]["resources"] == {"neuron_cores": 8}
    assert deployment["num_replicas"] == 3


def test_autoscaling_aims_below_the_batch() -> None:
    (deployment,) = serve_config(neuron(), Replicas(1, 3))["applications"][0]["deployments"]
    scaling = deployment["autoscaling_config"]
    assert (scaling["min_replicas"], scaling["max_replicas"]) == (1, 3)
    assert 1 <= scaling["target_ongoing_requests"] < 8
    assert "num_replicas" not in deployment


@pytest.mark.parametrize("name", sorted(RESERVED_ENGINE_ARGUMENTS))
def test_reserved_engine_arguments_say_what_to_do_instead(name: str) -> None:
    with pytest.raises(ValidationError, match=f"{name} may not be set here: "):
        neuron(engine_arguments={name: 1})


def test_unknown_settings_are_refused() -> None:
    with pytest.raises(ValidationError, match="max_num_seq\n"):
        neuron(max_num_seq=4)


def test_settings_import_neither_ray_nor_vllm() -> None:
    code = (
        "import sys, neuronserve.serving.serve_config;"
        "sys.exit(bool({'ray', 'vllm', 'torch', 'pulumi', 'starlette'} & set(sys.modules)))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@given(st.integers(1, 200_000))
def test_buckets_rise_and_end_at_the_longest_sequence(max_model_len: int) -> None:
    buckets = context_buckets(max_model_len)
    assert buckets == sorted(set(buckets))
    assert buckets[-1] == max_model_len
    assert all(bucket >= SMALLEST_BUCKET for bucket in buckets[:-1])


def test_neuron_engine_has_one_block_per_sequence() -> None:
    arguments = engine_arguments(neuron(), "/models/llama")
    assert arguments["block_size"] == 4096
    assert arguments["num_gpu_blocks_override"] == 8
    assert arguments["enable_prefix_caching"] is False
    override = arguments["additional_config"]["override_neuron_config"]
    assert override["context_encoding_buckets"] == [512, 1024, 2048, 4096]
    assert override["attn_kernel_enabled"] is False


def test_own_engine_arguments_win() -> None:
    arguments = engine_arguments(neuron(engine_arguments={"enable_prefix_caching": True}), "m")
    assert arguments["enable_prefix_caching"] is True


@pytest.mark.parametrize(
    ("accelerator", "arguments", "compiles"),
    [("cpu", {}, False), ("cpu", {"enforce_eager": False}, True), ("neuron", {}, True)],
)
def test_an_eager_engine_on_the_cpu_compiles_nothing(
    accelerator: str, arguments: dict[str, bool], *, compiles: bool
) -> None:
    values = {"accelerator": accelerator, "model": "m", "max_model_len": 512, "max_num_seqs": 2}
    settings = EngineSettings.model_validate(values | {"engine_arguments": arguments})
    assert ("TORCH_COMPILE_DISABLE" not in engine_environment(settings)) == compiles


def test_clients_see_the_name_in_the_settings_not_the_path_that_it_became() -> None:
    assert neuron().served_model_name == ["a/b"]
    assert neuron(served_model_name=["llama", "gpt-4"]).served_model_name == ["llama", "gpt-4"]
    assert engine_arguments(neuron(), "/some/where")["served_model_name"] == ["a/b"]


@given(st.text().filter(lambda name: not ENGINE_ARGUMENT.fullmatch(name)))
def test_an_argument_is_written_in_one_way_so_that_none_slips_by(name: str) -> None:
    with pytest.raises(ValueError, match="is not written in lower case with underscores"):
        neuron(engine_arguments={name: True})


@pytest.mark.parametrize("name", ["max-model-len", "api-key", "enable-log-requests", "Model"])
def test_a_reserved_argument_cannot_be_written_otherwise(name: str) -> None:
    with pytest.raises(ValueError, match="is not written in lower case with underscores"):
        neuron(engine_arguments={name: True})
