"""Reading a stack's values: what they come to, and what is said of those that are wrong."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml

from neuronserve.facts.instance_types import INSTANCE_TYPES
from neuronserve.plan.program import run
from neuronserve.settings import InvalidSettingsError
from neuronserve.stack import StackSettings, load
from tests.stack.reading import AWS, LLAMA, LOCAL, SMALL, problems_of, settings_of

ROOT = Path(__file__).parents[2]
STACKS = sorted((ROOT / "stacks").glob("Pulumi.*.yaml"))
OBJECTS = ("addOns", "cluster", "mirror", "network", "nodePools", "services", "tags")


def loaded(texts: Mapping[str, str]) -> StackSettings | InvalidSettingsError:
    """Load a configuration of texts, as Pulumi's CLI hands them over."""
    results: list[StackSettings | InvalidSettingsError] = []

    def program() -> None:
        try:
            results.append(load())
        except InvalidSettingsError as error:
            results.append(error)

    run(program, project="neuronserve", stack="test", config=texts)
    return results[0]


def as_texts(values: Mapping[str, Any]) -> dict[str, str]:
    return {
        f"neuronserve:{key}": value if isinstance(value, str) else json.dumps(value) for key, value in values.items()
    }


def problems_of_texts(texts: Mapping[str, str]) -> list[str]:
    error = loaded(texts)
    assert isinstance(error, InvalidSettingsError)
    return error.problems


@pytest.mark.parametrize("stack_file", STACKS, ids=lambda path: path.stem)
def test_every_stack_is_valid(stack_file: Path) -> None:
    config = yaml.safe_load(stack_file.read_text())["config"]
    values = {key.partition(":")[2]: value for key, value in config.items() if key.startswith("neuronserve:")}
    stack = settings_of(values)
    assert stack.services.keys() == values["services"].keys()
    for name, service in stack.services.items():
        assert service.name == name
        assert service.model.max_model_len == values["services"][name]["model"]["maxModelLen"]


def test_a_configuration_is_read_from_the_texts_that_pulumi_hands_over() -> None:
    def program() -> None:
        stack = load()
        assert stack.protect is True
        assert stack.all_tags == {"project": "neuronserve", "stack": "test", "team": "search"}
        assert stack.services["llama"].model.max_num_seqs == 8
        assert (stack.region, stack.cluster_name) == ("us-west-2", "neuronserve-test")
        pulumi.export("was", "read")

    texts = as_texts(AWS | {"protect": True, "tags": {"team": "search"}}) | {"aws:region": "us-west-2"}
    assert run(program, project="neuronserve", stack="test", config=texts).outputs == {"was": "read"}


def test_empty_texts_are_what_is_not_set() -> None:
    unset = {f"neuronserve:{key}": "{}" for key in OBJECTS} | {"neuronserve:protect": ""}
    assert loaded(unset | as_texts(LOCAL)) == loaded(as_texts(LOCAL))


def test_the_settings_of_a_service_are_what_was_set() -> None:
    changes = {
        "model": SMALL["model"] | {"engineArguments": {"enable_auto_tool_choice": True}},
        "replicas": {"min": 2},
        "head": {"memoryGib": 2.5},
        "requireApiKey": False,
    }
    service = settings_of(LOCAL | {"services": {"llm": SMALL | changes}}).services["llm"]
    assert service.model_dump(mode="json", exclude_unset=True) == {
        "service_name": "llm",
        "do_not_disrupt": True,
        "head_fault_tolerance": {"storage": "None"},
        "accelerator": "cpu",
        "image": "localhost/neuronserve:cpu",
        "model": {
            "name": "smollm2-135m-instruct",
            "max_model_len": 2048,
            "max_num_seqs": 16,
            "engine_arguments": {"enable_auto_tool_choice": True},
        },
        "replicas": {"min": 2},
        "head": {"memory_gib": 2.5, "priority_class_name": "vllm-ray-head"},
        "require_api_key": False,
    }
    assert service.model.max_queued_requests == 64
    assert service.namespace == "vllm"


def test_five_different_mistakes_are_five_problems_of_one_message() -> None:
    service = {
        "serviceName": "Llama_3",
        "instanceTyp": "inf2.8xlarge",
        "instanceType": "inf2.8xlarge",
        "image": "example.com/neuronserve:1",
        "model": LLAMA["model"] | {"maxModelLen": 8192, "maxNumSeqs": 16},
        "replicas": {"min": 2, "max": 1},
        "requireApiKey": "perhaps",
    }
    error = loaded(as_texts(LOCAL | {"services": {"llama": service}}))
    assert isinstance(error, InvalidSettingsError)
    beginnings = (
        'neuronserve:services.llama.requireApiKey is "perhaps"; it should be true or false.',
        "neuronserve:services.llama.instanceTyp is unknown. Did you mean neuronserve:services.llama.instanceType?",
        "neuronserve:services.llama.serviceName is 'Llama_3' (7 characters); it should start with a lower-case letter",
        "neuronserve:services.llama.model.maxNumSeqs is 16, and with maxModelLen 8192 the KV cache takes 16.0 GiB",
        "neuronserve:services.llama.replicas.min is 2, more than neuronserve:services.llama.replicas.max, which is 1.",
    )
    assert len(error.problems) == len(beginnings)
    assert all(problem.startswith(start) for problem, start in zip(error.problems, beginnings, strict=True))
    assert isinstance(error, pulumi.RunError)
    assert str(error).startswith("Stack test cannot be deployed: 5 problems.\n  1. neuronserve:services.llama.require")


@pytest.mark.parametrize("key", OBJECTS)
def test_an_object_has_to_be_one(key: str) -> None:
    for text, shown in (("small", '"small"'), ("5", "5"), ("[1]", "a list")):
        problems = problems_of_texts(as_texts(LOCAL) | {f"neuronserve:{key}": text})
        assert f"neuronserve:{key} is {shown}; it should be an object." in problems


@pytest.mark.parametrize(
    ("instance_type", "cores"), [("inf2.8xlarge", 2), ("inf2.48xlarge", 24), ("trn1.32xlarge", 32)]
)
def test_more_cores_than_a_node_has_are_refused_with_the_arithmetic(instance_type: str, cores: int) -> None:
    assert INSTANCE_TYPES[instance_type].cores == cores
    model = LLAMA["model"] | {"tensorParallelSize": 2 * cores}
    service = LLAMA | {"instanceType": instance_type, "model": model, "replicas": {"min": 1}}
    problems = problems_of(AWS | {"services": {"llama": service}})
    assert problems[0].startswith(f"neuronserve:services.llama.model.tensorParallelSize is {2 * cores}")
    assert instance_type in problems[0]


def test_four_cores_on_inf2_8xlarge_are_one_message() -> None:
    model = LLAMA["model"] | {"tensorParallelSize": 4}
    # The pool of a service that cannot be deployed is still its pool.
    for pools in ({}, {"inferentia-inf2": {"capacityTypes": ["on-demand", "spot"]}}):
        values = AWS | {"services": {"llama": LLAMA | {"model": model}}, "nodePools": pools}
        (problem,) = problems_of(values)
        assert problem.startswith("neuronserve:services.llama.model.tensorParallelSize is 4")


def test_a_cluster_is_made_unless_there_is_one() -> None:
    made = settings_of(AWS)
    assert (made.has_system_nodes, made.is_on_eks) == (True, True)
    theirs = settings_of(LOCAL | {"cluster": {"existing": {"name": "theirs"}}})
    assert (theirs.has_system_nodes, theirs.is_on_eks, theirs.cluster_name) == (False, True, "theirs")
    local = settings_of(LOCAL | {"cluster": {"existing": {"kubeconfig": "/path", "context": "kind-kind"}}})
    assert (local.has_system_nodes, local.is_on_eks) == (False, False)


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        (
            {"network": {"numberOfAvailabilityZones": 3}},
            "neuronserve:network is set, but neuronserve:cluster.existing is a cluster in a network of its own.",
        ),
        (
            {"cluster": {"existing": {"name": "theirs", "kubeconfig": "/path"}}},
            "cluster.existing.name is theirs, an EKS cluster, and neuronserve:cluster.existing.kubeconfig is set as",
        ),
        (
            {"cluster": {"existing": {"name": "theirs", "context": "kind"}}},
            "cluster.existing.context is kind, a context of a kubeconfig, but the cluster is found by",
        ),
        (
            {"cluster": {"existing": {}, "deletionProtection": True}},
            "neuronserve:cluster.existing is set, so nothing is made, and neuronserve:cluster.deletionProtection would",
        ),
        (
            {"cluster": {"existing": {"nam": "theirs"}}},
            "neuronserve:cluster.existing.nam is unknown. Did you mean neuronserve:cluster.existing.name?",
        ),
        ({"addOns": {"karpenter": True, "kubeRay": True}}, "neuronserve:addOns.karpenter is true, and it needs an EKS"),
        (
            {"nodePools": {"spare": {"instanceTypes": ["m7i.xlarge"], "maxNodes": 1}}},
            "neuronserve:nodePools holds spare, and neuronserve:addOns.karpenter is not true, so nothing would make n",
        ),
    ],
)
def test_what_a_cluster_that_is_there_does_not_go_with(values: dict[str, Any], wrong: str) -> None:
    (problem,) = problems_of(LOCAL | values)
    assert wrong in problem


@pytest.mark.parametrize(
    ("existing", "wrong"),
    [
        ({"vpcId": "vpc-1"}, "network.existing.privateSubnetIds is not set. Set it to the ids of subnets for nodes"),
        ({"vpcId": "vpc-1", "privateSubnetIds": ["subnet-1"]}, "network.existing.privateSubnetIds holds 1; EKS"),
        (
            {"vpcId": "vpc-1", "privateSubnetIds": ["subnet-1", "subnet-2"], "intraSubnetIds": ["a", "a"]},
            "network.existing.intraSubnetIds holds 1; EKS",
        ),
    ],
)
def test_a_network_that_is_there_is_checked(existing: dict[str, Any], wrong: str) -> None:
    (problem,) = problems_of({"network": {"existing": existing}})
    assert wrong in problem


def test_a_network_that_is_there_goes_with_nothing_else() -> None:
    existing = {"vpcId": "vpc-1", "privateSubnetIds": ["subnet-1", "subnet-2"]}
    assert not problems_of({"network": {"existing": existing}})
    (problem,) = problems_of({"network": {"existing": existing, "natGateways": "Single"}})
    assert problem.startswith("neuronserve:network.existing is set, so nothing is made, and neuronserve:network.natGat")


def test_node_pools_without_karpenter_are_refused() -> None:
    (problem,) = problems_of({"nodePools": {"default": {"maxNodes": 3}}, "addOns": {"karpenter": False}})
    assert problem.startswith("neuronserve:nodePools holds default, and neuronserve:addOns.karpenter is not true")


def test_aws_needs_a_region() -> None:
    (problem,) = problems_of(AWS, region=None)
    assert problem.startswith("aws:region is not set.")
    assert not problems_of(LOCAL, region=None)


def test_a_stack_without_any_setting_is_a_platform_on_a_new_cluster() -> None:
    stack = settings_of({})
    assert not stack.services
    assert (stack.has_system_nodes, stack.uses_neuron) == (True, False)


def test_an_empty_service_is_explained() -> None:
    problems = problems_of(AWS | {"services": {"llama": {}}})
    assert [problem.partition(" is not set")[0] for problem in problems] == [
        "neuronserve:services.llama.image",
        "neuronserve:services.llama.model",
        "neuronserve:services.llama.instanceType",
    ]
