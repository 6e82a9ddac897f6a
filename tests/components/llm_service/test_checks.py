from typing import Any

import pulumi
import pytest
from hypothesis import given
from hypothesis import strategies as st

from neuronserve.components.llm_service.checks import NAMESPACE_RULES, RULES
from neuronserve.components.llm_service.settings import LlmServiceSettings, ServingNamespaceSettings
from neuronserve.facts.instance_types import INSTANCE_TYPES
from neuronserve.settings import PYTHON_NAMES, SettingNames, broken_rules, read
from neuronserve.sizing import replicas_per_node

STACK_NAMES = SettingNames(prefix="neuronserve:", camel_case=True)

LLAMA = {
    "name": "NousResearch/Meta-Llama-3-8B-Instruct",
    "tensor_parallel_size": 2,
    "max_model_len": 4096,
    "max_num_seqs": 8,
}
NEURON: dict[str, Any] = {
    "service_name": "llm",
    "image": "example.com/neuronserve:1",
    "instance_type": "inf2.8xlarge",
    "model": LLAMA,
}
CPU: dict[str, Any] = {
    "service_name": "llm",
    "image": "example.com/neuronserve:1",
    "accelerator": "cpu",
    "model": {"name": "smollm2-135m-instruct", "max_model_len": 2048, "max_num_seqs": 16},
}


def problems(raw: dict[str, Any], names: SettingNames = PYTHON_NAMES, **changes: Any) -> list[str]:
    """Return what is wrong with settings after changes; those of ``model`` are merged."""
    model = raw["model"] | changes.pop("model", {})
    reading = read(LlmServiceSettings, {**raw, **changes, "model": model}, PYTHON_NAMES)
    assert not reading.problems
    return broken_rules(RULES, reading.settings, names)


def test_good_settings_have_no_problems() -> None:
    assert problems(NEURON) == []
    assert problems(CPU) == []


@pytest.mark.parametrize(
    ("raw", "changes", "message"),
    [
        (NEURON, {"service_name": "a" * 48}, "service_name is 'aaaaaaaa"),
        (
            NEURON,
            {"service_name": "Llm"},
            "service_name is 'Llm' (3 characters); it should start with a lower-case letter",
        ),
        (NEURON, {"namespace": "my_llm"}, "namespace is 'my_llm'; it should"),
        (
            NEURON,
            {"head_service_name": "3"},
            "head_service_name is '3'; it should start with a lower-case let",
        ),
        (NEURON, {"head_service_name": "llm-head-svc"}, "head_service_name is 'llm-head-svc', which KubeRay"),
        (NEURON, {"head_service_name": "llm-serve-svc"}, "head_service_name is 'llm-serve-svc', which Kube"),
        (
            NEURON,
            {"image": "<account>/x:1"},
            "image is '<account>/x:1', which is not a reference to a containe",
        ),
        (
            NEURON,
            {"instance_type": None},
            "instance_type is not set, and accelerator is neuron. Set it to one of",
        ),
        (
            NEURON,
            {"instance_type": "inf2.9xlarge"},
            "instance_type: Instance type 'inf2.9xlarge' is not known. Did you mean inf2.xlarge? Known are",
        ),
        (
            CPU,
            {"instance_type": "inf2.8xlarge"},
            "instance_type is inf2.8xlarge, but accelerator is cpu. Rem",
        ),
        (
            CPU,
            {"model": {"tensor_parallel_size": 2}},
            "model.tensor_parallel_size is 2, but accelerator is c",
        ),
        (CPU, {"model": {"name": "llama"}}, "model.name is 'llama'; it should be a Hugging Face id"),
        (
            CPU,
            {"model": {"name": "s3://bucket/model"}},
            "model.name is 's3://bucket/model'; it should be a Hu",
        ),
        (
            NEURON,
            {"model": {"name": "owner/model"}},
            "model.name is owner/model, whose size is not known here, so whether it fits cannot be told. Set "
            "model.architecture to what its config.json holds, https://huggingface.co/owner/model/blob/main/",
        ),
        (
            NEURON,
            {"model": {"architecture": {"hidden_size": 1}}},
            "model.architecture: intermediate_size is mis",
        ),
        (
            CPU,
            {"model": {"engine_arguments": {"api_key": "hunter2", "port": 1}}},
            "model.engine_arguments: api_key may not be set here: the API key comes from the environment or "
            "a file, never from the settings; port may not be set here",
        ),
        (
            CPU,
            {"replicas": {"min": 3, "max": 2}},
            "replicas.min is 3, more than replicas.max, which is 2. Set replicas.max to 3 or more.",
        ),
        (
            CPU,
            {"api_key": "hunter2", "require_api_key": False},
            "api_key is set, but require_api_key is false",
        ),
        (
            CPU,
            {"api_keys": {"team-a": "hunter2"}, "require_api_key": False},
            "api_keys is set, but require_api_key is false",
        ),
        (
            CPU,
            {"api_keys": {"api-key": "hunter2"}},
            "api_keys.api-key is what api_key is called. Set that one instead.",
        ),
        (
            CPU,
            {"api_keys": {"team a": "hunter2"}},
            "api_keys has 'team a', which cannot be the name of an entry in a Secret. Use up to 63 letters, digits, ",
        ),
        (NEURON, {"worker": {"cpu": 32}}, "worker.cpu is 32, but a pod on inf2.8xlarge can have "),
        (
            NEURON,
            {"worker": {"memory_gib": 128}},
            "worker.memory_gib is 128, but a pod on inf2.8xlarge can have ",
        ),
    ],
)
def test_a_mistake_is_one_problem_with_what_would_be_right(
    raw: dict[str, Any], changes: dict[str, Any], message: str
) -> None:
    (problem,) = problems(raw, **changes)
    assert problem.startswith(message)
    assert problem.endswith(".")
    assert "hunter2" not in problem


def test_a_model_that_does_not_fit_says_so_with_the_numbers() -> None:
    (problem,) = problems(NEURON, STACK_NAMES, model={"max_model_len": 8192, "max_num_seqs": 16})
    assert problem.startswith(
        "neuronserve:model.maxNumSeqs is 16, and with maxModelLen 8192 the KV cache takes 16.0 GiB; "
        "with 15.0 GiB of weights that is 15.5 of 16 G"
    )
    assert " on each of the 2 cores of inf2.8xlarge, where 2 GiB are kept for compiled code and scratch. " in problem
    assert "Set maxNumSeqs to 8, or maxModelLen to 4096, or choose inf2." in problem


def test_an_unknown_model_is_checked_by_its_architecture() -> None:
    architecture = {
        "hidden_size": 4096,
        "intermediate_size": 14336,
        "num_hidden_layers": 32,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "vocab_size": 128256,
        "max_position_embeddings": 8192,
    }
    unknown = {"name": "owner/model", "architecture": architecture}
    assert problems(NEURON, model=unknown) == []
    (problem,) = problems(NEURON, model=unknown | {"max_model_len": 8192, "max_num_seqs": 16})
    assert problem.startswith("model.max_num_seqs is 16, and with ")


@pytest.mark.parametrize(
    ("replicas", "message"),
    [
        ({"min": 3}, None),
        ({"min": 1, "max": 6}, None),
        ({"min": 1, "max": 4}, "16 of the 48 cores that are paid for would never work. Set it to 3 or 6."),
        ({"min": 4, "max": 5}, "8 of the 48 cores that are paid for would never work. Set it to 6."),
        ({"min": 1}, "16 of the 24 cores that are paid for would never work. Set it to 3."),
    ],
)
def test_the_last_node_has_to_be_full(replicas: dict[str, int], message: str | None) -> None:
    found = problems(NEURON, instance_type="inf2.48xlarge", model={"tensor_parallel_size": 8}, replicas=replicas)
    if message is None:
        assert found == []
    else:
        (problem,) = found
        assert problem.startswith("replicas.max is ")
        assert problem.endswith(message)


def test_replicas_that_cannot_take_all_cores_of_a_node_are_refused() -> None:
    (problem,) = problems(NEURON, instance_type="inf2.24xlarge", model={"tensor_parallel_size": 8})
    assert problem.startswith("model.tensor_parallel_size is 8 on inf2.24xlarge")
    assert "4 of the 12 cores of inf2.24xlarge idle" in problem


@pytest.mark.parametrize(
    ("instance", "chips", "right"),
    [("inf2.48xlarge", 13, "1 to 12"), ("trn1.32xlarge", 2, "1, 4, 8, 16"), ("inf2.8xlarge", 2, "can take 1")],
)
def test_a_worker_takes_as_many_chips_as_the_scheduler_gives(instance: str, chips: int, right: str) -> None:
    found = problems(NEURON, instance_type=instance, replicas={"min": 1}, worker={"neuron_chips": chips})
    (problem,) = [problem for problem in found if problem.startswith("worker.neuron_chips is ")]
    assert right in problem


def test_chips_need_an_accelerator() -> None:
    (problem,) = problems(CPU, worker={"neuron_chips": 1})
    assert problem.startswith("worker.neuron_chips is 1, but accelerator is cpu.")


def test_a_worker_with_some_chips_is_checked_against_these() -> None:
    part = {"instance_type": "inf2.48xlarge", "worker": {"neuron_chips": 1}}
    assert problems(NEURON, **part) == []
    assert "KV cache" in problems(NEURON, **part, model={"max_model_len": 8192, "max_num_seqs": 16})[0]
    assert "tensor_parallel_size is 8" in problems(NEURON, **part, model={"tensor_parallel_size": 8})[0]


def test_a_worker_needs_a_cpu_for_each_of_its_replicas() -> None:
    (problem,) = problems(
        NEURON,
        instance_type="inf2.48xlarge",
        model={"tensor_parallel_size": 8},
        replicas={"min": 3},
        worker={"cpu": 2},
    )
    assert problem.startswith("worker.cpu is 2, and a worker holds 3 replicas, which take 1 each. Set it to 3 or")


@given(
    st.sampled_from(list(INSTANCE_TYPES)),
    st.sampled_from([1, 2, 4, 8, 16, 24, 32]),
    st.integers(1, 30),
)
def test_whatever_passes_uses_every_core_that_is_paid_for(instance: str, size: int, maximum: int) -> None:
    found = problems(
        NEURON,
        instance_type=instance,
        model={"tensor_parallel_size": size, "max_model_len": 512, "max_num_seqs": 1},
        replicas={"min": 1, "max": maximum},
    )
    hardware = INSTANCE_TYPES[instance]
    per_node = replicas_per_node(hardware, size)
    if not found:
        assert per_node * size == hardware.cores
        assert maximum % per_node == 0


def test_what_pulumi_knows_only_later_is_not_checked() -> None:
    later: pulumi.Output[str] = pulumi.Output.__new__(pulumi.Output)
    assert problems(NEURON, image=later, namespace=later, head_service_name=later, api_key=later) == []


def test_a_rule_does_not_apply_to_what_is_known_to_be_wrong() -> None:
    reading = read(LlmServiceSettings, NEURON | {"instance_type": [5], "replicas": {"min": "3"}}, PYTHON_NAMES)
    assert len(reading.problems) == 2
    assert broken_rules(RULES, reading.settings, PYTHON_NAMES, reading.unusable) == []
    # ... while without knowing, one would be told that the instance type is not set.
    assert broken_rules(RULES, reading.settings, PYTHON_NAMES)


def test_nothing_is_said_about_a_model_that_is_none() -> None:
    reading = read(LlmServiceSettings, NEURON | {"model": "small"}, PYTHON_NAMES)
    assert reading.problems == ['model is "small"; it should be an object.']
    assert broken_rules(RULES, reading.settings, PYTHON_NAMES, reading.unusable) == []


def test_replicas_in_the_wrong_order_are_one_problem_on_shared_nodes_too() -> None:
    (problem,) = problems(
        NEURON,
        instance_type="inf2.48xlarge",
        model={"tensor_parallel_size": 8},
        replicas={"min": 4, "max": 2},
    )
    assert problem.startswith("replicas.min is 4, more than replicas.max, which is 2.")


@pytest.mark.parametrize(
    ("namespace", "message"),
    [
        ("kube-system", "which belongs to Kubernetes"),
        ("kube-anything", "which belongs to Kubernetes"),
        ("default", "which belongs to Kubernetes"),
        ("my_llm", "it should start with a lower-case letter or digit"),
    ],
)
def test_a_namespace_of_its_own_is_refused_where_a_service_would_be(namespace: str, message: str) -> None:
    (problem,) = problems(NEURON, namespace=namespace)
    assert problem.startswith(f"namespace is {namespace!r}")
    assert message in problem
    settings = read(ServingNamespaceSettings, {"namespace_name": namespace}, PYTHON_NAMES).settings
    (problem,) = broken_rules(NAMESPACE_RULES, settings, PYTHON_NAMES)
    assert problem.startswith(f"namespace_name is {namespace!r}")
    assert message in problem


@pytest.mark.parametrize(
    ("argument", "message"),
    [
        ("max-model-len", "'max-model-len' is not written in lower case with underscores"),
        ("api-key", "'api-key' is not written in lower case with underscores"),
        ("maxModelLen", "'maxModelLen' is not written in lower case with underscores"),
        ("--port", "'--port' is not written in lower case with underscores"),
        ("hf_token", "hf_token may not be set here: the token comes from a file, never from the settings"),
    ],
)
def test_engine_arguments_have_no_other_way_in(argument: str, message: str) -> None:
    (problem,) = problems(CPU, model={"engine_arguments": {argument: "hunter2"}})
    assert problem.startswith(f"model.engine_arguments: {message}")
    assert "hunter2" not in problem


def test_more_cores_than_a_node_has_are_one_message() -> None:
    (problem,) = problems(NEURON, model={"tensor_parallel_size": 4}, replicas={"min": 1, "max": 3})
    assert problem.startswith("model.tensor_parallel_size is 4")
    assert "inf2.8xlarge" in problem
