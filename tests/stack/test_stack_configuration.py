import json
from collections.abc import Callable, Collection, Mapping
from pathlib import Path
from typing import Any

import pulumi
import pytest
import yaml
from neuronserve.settings.settings import InvalidSettingsError

from neuronserve.plan.program import run
from neuronserve.stack import StackConfiguration, load

ROOT = Path(__file__).parents[2]
STACKS = sorted((ROOT / "stacks").glob("Pulumi.*.yaml"))

OBJECTS = {
    *("addOns", "cluster", "head", "mirror", "model", "network", "nodePools", "replicas", "tags", "worker"),
}

LOCAL = {
    "accelerator": "cpu",
    "cluster": {"existing": {}},
    "name": "llm",
    "image": "localhost/neuronserve:cpu",
    "model": {"name": "smollm2-135m-instruct", "maxModelLen": 2048, "maxNumSeqs": 16},
}


def loaded(
    values: Mapping[str, Any],
    *,
    encrypted: Collection[str] = (),
    region: str | None = "us-west-2",
    then: Callable[[StackConfiguration], object] = lambda _: None,
) -> StackConfiguration | InvalidSettingsError:
    """Load the configuration of a stack with these values, handed over as Pulumi's CLI does.

    ``then`` is called with it inside the program, where outputs can be used.
    """
    results: list[StackConfiguration | InvalidSettingsError] = []

    def program() -> None:
        try:
            configuration = load()
        except InvalidSettingsError as error:
            results.append(error)
        else:
            results.append(configuration)
            then(configuration)

    texts = {
        f"neuronserve:{key}": value if isinstance(value, str) else json.dumps(value) for key, value in values.items()
    }
    run(
        program,
        project="neuronserve",
        stack="test",
        config={"aws:region": region, **texts} if region else texts,
        secret_keys=[f"neuronserve:{key}" for key in encrypted],
    )
    return results[0]


def load_values(values: Mapping[str, Any], **options: Any) -> StackConfiguration:
    result = loaded(values, **options)
    assert isinstance(result, StackConfiguration), result
    return result


def problems(values: Mapping[str, Any], **options: Any) -> list[str]:
    result = loaded(values, **options)
    assert isinstance(result, InvalidSettingsError), result
    return result.problems


def declared() -> dict[str, dict[str, Any]]:
    config: dict[str, dict[str, Any]] = yaml.safe_load((ROOT / "Pulumi.yaml").read_text())["config"]
    return config


@pytest.mark.parametrize("stack_file", STACKS, ids=lambda path: path.stem)
def test_every_stack_is_valid(stack_file: Path) -> None:
    config = yaml.safe_load(stack_file.read_text())["config"]
    values = {
        key.removeprefix("neuronserve:"): value for key, value in config.items() if key.startswith("neuronserve:")
    }
    assert values.keys() <= declared().keys()
    configuration = load_values(values)
    assert configuration.name == values["name"]
    assert configuration.model.max_model_len == values["model"]["maxModelLen"]


def test_pulumi_yaml_declares_what_the_model_reads() -> None:
    aliases = {field.alias for field in StackConfiguration.model_fields.values()}
    assert declared().keys() == aliases
    assert all(declaration["description"] for declaration in declared().values())


def test_pulumi_yaml_has_the_defaults_of_the_model() -> None:
    required = {field.alias for field in StackConfiguration.model_fields.values() if field.is_required()}
    assert {key for key, declaration in declared().items() if "default" not in declaration} == required
    defaults = {key: declared()[key]["default"] for key in declared() if key not in required}
    # What Pulumi's CLI fills in, and what the model would without it, are the same.
    given = {key: json.dumps(value) if isinstance(value, bool) else value for key, value in defaults.items()}
    assert load_values({**given, **LOCAL}) == load_values(LOCAL)
    for key, value in defaults.items():
        if value not in ("", {}):
            name = next(name for name, field in StackConfiguration.model_fields.items() if field.alias == key)
            assert StackConfiguration.model_fields[name].default == value


def test_pulumi_yaml_has_the_types_of_the_model() -> None:
    types = {str: "string", bool: "boolean", dict: "object"}
    for key, declaration in declared().items():
        default = declaration.get("default")
        if default is not None:
            assert types[type(default)] == declaration["type"]
        assert (declaration["type"] == "object") == (key in OBJECTS)
        # Pulumi's CLI refuses a default, which is plain text, for a key declared secret.
        assert "secret" not in declaration


def test_the_arguments_of_the_component_are_what_was_set() -> None:
    values = LOCAL | {
        "model": LOCAL["model"] | {"engineArguments": {"enable_auto_tool_choice": True}},  # type: ignore[operator]
        "replicas": {"min": 2},
        "head": {"memoryGib": 2.5},
        "requireApiKey": False,
    }
    configuration = load_values(values)
    assert configuration.llm_service_args() == {
        "accelerator": "cpu",
        "image": "localhost/neuronserve:cpu",
        "namespace": "vllm",
        "model": {
            "name": "smollm2-135m-instruct",
            "tensor_parallel_size": 1,
            "max_model_len": 2048,
            "max_num_seqs": 16,
            "max_queued_requests": 64,
            "engine_arguments": {"enable_auto_tool_choice": True},
        },
        "replicas": {"min": 2},
        "worker": {},
        "head": {"memory_gib": 2.5},
        "require_api_key": False,
        "upgrade_strategy": "NewCluster",
    }


def test_five_different_mistakes_are_five_problems_of_one_message() -> None:
    values = {
        "name": "Llama_3",
        "instanceTyp": "inf2.8xlarge",
        "instanceType": "inf2.8xlarge",
        "image": "example.com/neuronserve:1",
        "model": {
            "name": "NousResearch/Meta-Llama-3-8B-Instruct",
            "tensorParallelSize": 2,
            "maxModelLen": 8192,
            "maxNumSeqs": 16,
        },
        "replicas": {"min": 2, "max": 1},
        "requireApiKey": "perhaps",
    }
    found = problems(values)
    beginnings = (
        'neuronserve:requireApiKey is "perhaps"; it should be true or false.',
        "neuronserve:instanceTyp is unknown. Did you mean neuronserve:instanceType?",
        "neuronserve:name is 'Llama_3' (7 characters); it should start with a lower-case letter",
        "neuronserve:model.maxNumSeqs is 16, and with maxModelLen 8192 the KV cache takes 16.0 GiB",
        "neuronserve:replicas.min is 2, more than neuronserve:replicas.max, which is 1.",
    )
    assert len(found) == len(beginnings)
    assert all(problem.startswith(start) for problem, start in zip(found, beginnings, strict=True))
    error = loaded(values)
    assert isinstance(error, pulumi.RunError)
    assert str(error).startswith("Stack test cannot be deployed: 5 problems.\n  1. neuronserve:requireApiKey is ")


@pytest.mark.parametrize("key", sorted(OBJECTS - {"tags"}))
def test_an_object_has_to_be_one(key: str) -> None:
    assert f'neuronserve:{key} is "small"; it should be an object.' in problems(LOCAL | {key: "small"})
    assert f"neuronserve:{key} is 5; it should be an object." in problems(LOCAL | {key: "5"})


@pytest.mark.parametrize(
    ("key", "setting"),
    [("apiKey", "api_key"), ("huggingFaceToken", "hugging_face_token")],
)
def test_what_is_encrypted_stays_secret(key: str, setting: str) -> None:
    seen: list[Any] = []

    def use(configuration: StackConfiguration) -> None:
        output = getattr(configuration, setting)
        output.apply(seen.append)
        pulumi.Output.from_input(output.is_secret()).apply(seen.append)

    configuration = load_values(LOCAL | {key: "hunter2"}, encrypted=[key], then=use)
    assert sorted(map(str, seen)) == ["True", "hunter2"]
    assert "hunter2" not in repr(configuration)


@pytest.mark.parametrize(("key", "setting"), [("apiKey", "api_key"), ("huggingFaceToken", "hugging_face_token")])
def test_secrets_have_to_be_encrypted(key: str, setting: str) -> None:
    configuration = load_values(LOCAL | {key: "hunter2"}, encrypted=[key])
    args = dict(configuration.llm_service_args())
    assert args[setting] is getattr(configuration, setting)
    (problem,) = problems(LOCAL | {key: "hunter2"})
    assert problem == (
        f"neuronserve:{key} is in plain text in the stack file. Encrypt it: "
        f"pulumi config set --secret neuronserve:{key}"
    )


AWS = LOCAL | {"cluster": {}}


def test_a_cluster_is_made_unless_there_is_one() -> None:
    assert load_values(AWS).makes_cluster
    assert load_values(AWS).is_on_aws
    theirs = load_values(LOCAL | {"cluster": {"existing": {"name": "theirs"}}})
    assert (theirs.makes_cluster, theirs.is_on_aws) == (False, True)
    local = load_values(LOCAL | {"cluster": {"existing": {"kubeconfig": "/path", "context": "kind-kind"}}})
    assert (local.makes_cluster, local.is_on_aws) == (False, False)


@pytest.mark.parametrize(
    ("values", "wrong"),
    [
        ({"network": {"cidr": "10.1.0.0/25"}}, "neuronserve:network.cidr is 10.1.0.0/25"),
        ({"network": {"zones": ["usw2-az1", "usw2-az2", "usw2-az3", "usw2-az4", "usw2-az5"]}}, "network.zones holds 5"),
        ({"network": {"zones": ["usw2-az1", "use1-az6"]}}, "use1-az6: not in us-west-2"),
        ({"cluster": {"version": "1.30"}}, "neuronserve:cluster.version is '1.30'"),
        ({"cluster": {"endpointPublicAccess": True}}, "neuronserve:cluster.publicAccessCidrs is not set"),
        ({"cluster": {"verison": "1.35"}}, "neuronserve:cluster.verison is unknown. Did you mean"),
        ({"cluster": {"systemNodes": {"minSize": "two"}}}, 'neuronserve:cluster.systemNodes.minSize is "two"'),
        ({"cluster": {"existing": {}}, "network": {"zoneCount": 3}}, "neuronserve:network is set, but"),
    ],
)
def test_network_and_cluster_are_checked(values: dict[str, Any], wrong: str) -> None:
    (problem,) = problems(AWS | values)
    assert wrong in problem


NEURON = {
    "name": "llm",
    "image": "example.com/neuronserve:1",
    "instanceType": "inf2.8xlarge",
    "model": {
        "name": "NousResearch/Meta-Llama-3-8B-Instruct",
        "tensorParallelSize": 2,
        "maxModelLen": 4096,
        "maxNumSeqs": 8,
    },
    "replicas": {"min": 1, "max": 3},
    "network": {"zones": ["usw2-az1", "usw2-az4"]},
}


@pytest.mark.parametrize(
    ("values", "wrong", "right"),
    [
        ({"nodePools": {"accelerated": {"maxNodes": 5}}}, "accelerated.maxNodes is 5", "Set it to 6"),
        ({"nodePools": {"accelerated": {"diskGib": 50}}}, "accelerated.diskGib is 50", "200 or more"),
        ({"nodePools": {"accelerated": {"zones": ["usw2-az2"]}}}, "accelerated.zones holds usw2-az2", "no subnet"),
        ({"nodePools": {"accelerated": {"capacityTypes": ["reserved"]}}}, "capacityReservationIds is not", "Name them"),
        ({"nodePools": {"default": {"capacityTypes": ["spot"]}}}, "default.capacityTypes holds spot", "Take spot out"),
        ({"nodePools": {"default": {"instanceTypes": ["m5.huge"]}}}, "holds m5.huge", "m7i.xlarge"),
        ({"addOns": {"efa": True}}, "addOns.efa is true", "trn1.32xlarge"),
        ({"addOns": {"kubeRai": True}}, "addOns.kubeRai is unknown", "addOns.kubeRay"),
        (
            {"mirror": {"chartDirectory": "/nowhere"}, "addOns": {"karpenter": False, "neuron": False}},
            "no chart",
            "pull",
        ),
    ],
)
def test_pools_and_add_ons_are_checked_against_the_service(values: dict[str, Any], wrong: str, right: str) -> None:
    (problem,) = problems(NEURON | values)
    assert wrong in problem
    assert right in problem


def test_what_needs_eks_is_refused_elsewhere() -> None:
    (problem,) = problems(LOCAL | {"addOns": {"karpenter": True, "kubeRay": True}})
    assert problem.startswith("neuronserve:addOns.karpenter is true, but neuronserve:cluster.existing is known by")


def test_the_accelerated_pool_admits_an_upgrade() -> None:
    assert load_values(NEURON).accelerated_nodes == 6
    assert load_values(NEURON | {"upgradeStrategy": "None"}).accelerated_nodes == 3
    assert load_values(LOCAL).accelerated_nodes == 0


def test_aws_needs_a_region() -> None:
    (problem,) = problems(AWS, region=None)
    assert problem.startswith("aws:region is not set.")
    assert loaded(LOCAL, region=None).__class__ is StackConfiguration


def test_no_configuration_at_all_is_explained() -> None:
    assert [problem.partition(" is not set")[0] for problem in problems({})] == [
        "neuronserve:name",
        "neuronserve:image",
        "neuronserve:model",
        "neuronserve:instanceType",
    ]
